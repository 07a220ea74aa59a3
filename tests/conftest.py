"""Fixtures for tests that need a database, and the account of what a run left out."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest

from obd2_common.db.database import Database
from support.database_server import ServerMissingError
from support.database_servers import ServerPool
from support.database_sources import DatabaseSource, ServerSource, SqliteSource
from support.pi_files import build_pi_files
from support.suite_settings import DatabaseKind, SuiteSettings

SETTINGS = pytest.StashKey[SuiteSettings]()
POOL = pytest.StashKey[ServerPool]()
WORKER_INPUT = "obd2_database_servers"
MISSING = "no database: "

# How long an example takes says more about what else the machine does than about the code.
hypothesis.settings.register_profile("unhurried", deadline=None)
hypothesis.settings.load_profile("unhurried")


def pytest_configure(config: pytest.Config) -> None:
    settings = SuiteSettings()
    worker_input: dict[str, Any] | None = getattr(config, "workerinput", None)  # set by xdist in its workers
    config.stash[SETTINGS] = settings
    config.stash[POOL] = ServerPool(settings, None if worker_input is None else worker_input[WORKER_INPUT])


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    # One more than cores: much of a run is waiting for databases and for processes to start.
    return len(os.sched_getaffinity(0)) + 1


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:  # noqa: ANN401 - xdist's own type is private
    # xdist: the controller starts the servers once for all its workers.
    node.workerinput[WORKER_INPUT] = node.config.stash[POOL].share()


def pytest_unconfigure(config: pytest.Config) -> None:
    config.stash[POOL].close()


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run a test that uses a database once per wanted kind, or on those its `databases` marker leaves."""
    if "database_kind" not in metafunc.fixturenames:
        return
    kinds: tuple[DatabaseKind, ...] = metafunc.config.stash[SETTINGS].databases
    marker = metafunc.definition.get_closest_marker("databases")
    if marker is not None:
        (side,) = marker.args
        if side not in {"sqlite", "server", "products"}:
            raise pytest.UsageError(f"databases({side!r}): name sqlite, server or products")
        if side == "products":
            kinds = metafunc.config.stash[SETTINGS].server_products
        else:
            kinds = tuple(kind for kind in kinds if (kind == "sqlite") == (side == "sqlite"))
    metafunc.parametrize("database_kind", kinds)


@pytest.fixture(scope="session")
def pi_files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Databases of a Pi by name, `PI_NAMES` in all; a test must not change them."""
    return build_pi_files(tmp_path_factory.mktemp("pi"))


@pytest.fixture(scope="session")
def _database_sources() -> Iterator[dict[DatabaseKind, DatabaseSource]]:
    sources: dict[DatabaseKind, DatabaseSource] = {}
    yield sources
    for source in sources.values():
        source.close()


@pytest.fixture
def database_source(
    database_kind: DatabaseKind,
    _database_sources: dict[DatabaseKind, DatabaseSource],
    pytestconfig: pytest.Config,
) -> DatabaseSource:
    """Where this test's databases come from; skips, or fails when one is required, where there is none."""
    if database_kind not in _database_sources:
        _database_sources[database_kind] = _new_source(database_kind, pytestconfig)
    return _database_sources[database_kind]


@pytest.fixture
def database_url(database_source: DatabaseSource) -> Iterator[str]:
    """The address of a database with all tables and without rows, for programs that open it themselves."""
    yield from database_source.migrated()


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A database with all tables and without rows."""
    opened = Database(database_url)
    yield opened
    opened.close()


@pytest.fixture
def empty_database_url(database_source: DatabaseSource) -> Iterator[str]:
    """The address of a database without any table."""
    yield from database_source.empty()


@pytest.fixture
def empty_database(empty_database_url: str) -> Iterator[Database]:
    """A database without any table."""
    opened = Database(empty_database_url)
    yield opened
    opened.close()


def _new_source(kind: DatabaseKind, config: pytest.Config) -> DatabaseSource:
    if kind == "sqlite":
        return SqliteSource(Path(tempfile.mkdtemp(prefix="obd2-sqlite-")))
    settings = config.stash[SETTINGS]
    try:
        return ServerSource(config.stash[POOL].get(kind))
    except ServerMissingError as error:
        reason = f"{MISSING}{kind}: {error}"
    is_wanted = settings.require_database and kind in settings.databases
    if is_wanted or settings.database_url is not None:
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say which servers were used, and name every test that was left out for want of one."""
    for line in config.stash[POOL].describe():
        terminalreporter.write_line(f"database {line}")
    left_out: dict[str, list[str]] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
        if MISSING in reason:
            left_out.setdefault(reason.partition(MISSING)[2], []).append(report.nodeid)
    for reason, names in left_out.items():
        terminalreporter.write_sep("-", f"{len(names)} left out, no database {reason}", yellow=True)
        for name in names:
            terminalreporter.write_line(name)
