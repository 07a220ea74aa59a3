"""The operations port: probes, metrics, and what it says while the database is away or hangs."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlmodel import Session

from obd2_common import __version__
from obd2_common.db.database import Database
from obd2_common.errors import ConfigurationError, DatabaseUnavailableError
from obd2_common.metrics import DatabaseMetrics, ProcessMetrics
from obd2_common.ops import OperationsServer, start_operations
from obd2_common.probe import is_ready
from obd2_common.settings import CommonSettings
from support.scraping import get, get_json, scrape, value


@contextmanager
def serving(
    registry: CollectorRegistry | None = None,
    check_ready: Callable[[], None] = lambda: None,
    *,
    ready_timeout_seconds: float = 5,
) -> Iterator[int]:
    server = OperationsServer(
        registry or CollectorRegistry(),
        check_ready,
        host="127.0.0.1",
        port=0,
        ready_timeout_seconds=ready_timeout_seconds,
    )
    server.start()
    try:
        yield server.port
    finally:
        server.stop()


def refuse() -> None:
    raise DatabaseUnavailableError("the database does not answer")


def test_a_process_that_can_work_is_alive_and_ready() -> None:
    with serving() as port:
        assert get_json(port, "/livez") == (200, {"status": "alive"})
        assert get_json(port, "/readyz") == (200, {"status": "ready"})
        assert is_ready(f"http://127.0.0.1:{port}/readyz")


def test_a_process_without_its_database_is_alive_but_not_ready_and_says_why() -> None:
    with serving(check_ready=refuse) as port:
        assert get_json(port, "/livez")[0] == 200
        assert get_json(port, "/readyz") == (
            503,
            {"status": "not ready", "reason": "the database does not answer"},
        )
        assert not is_ready(f"http://127.0.0.1:{port}/readyz")


def test_a_check_that_hangs_counts_as_not_ready() -> None:
    go_on = threading.Event()

    def hang() -> None:
        go_on.wait(30)

    with serving(check_ready=hang, ready_timeout_seconds=0.05) as port:
        status, answer = get_json(port, "/readyz")
        go_on.set()

    assert (status, answer["reason"]) == (503, "the check took too long")


def test_only_the_three_paths_exist_and_head_gets_no_body() -> None:
    with serving() as port:
        assert get(port, "/")[0] == 404
        assert get(port, "/livez", method="HEAD") == (200, "")
        assert get(port, "/livez", method="POST")[0] == 501


def test_a_port_that_is_taken_is_a_setting_to_mend() -> None:
    with serving() as port, pytest.raises(ConfigurationError, match=f"OPS_PORT {port}"):
        OperationsServer(CollectorRegistry(), refuse, host="127.0.0.1", port=port)


def test_settings_open_a_port_only_when_they_name_one() -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        free_port = probe.getsockname()[1]

    assert start_operations(CommonSettings(ops_port=0), CollectorRegistry(), refuse) is None
    server = start_operations(CommonSettings(ops_port=free_port), CollectorRegistry(), refuse)

    assert server is not None
    try:
        assert get(free_port, "/livez")[0] == 200
    finally:
        server.stop()
    assert not is_ready(f"http://127.0.0.1:{free_port}/livez")


def test_the_probe_refuses_what_is_no_web_address() -> None:
    assert not is_ready("file:///etc/passwd")
    assert not is_ready("http://127.0.0.1:no-port/")


def test_every_process_tells_version_schema_retries_and_connections(database: Database) -> None:
    registry = CollectorRegistry()
    process = ProcessMetrics(registry)
    process.count_retry(OperationalError("UPDATE", {}, Exception(1213, "deadlock")))
    process.count_retry(OperationalError("UPDATE", {}, Exception("locked")))
    process.count_run("rotate", is_success=True)
    process.watch(database, {})

    with serving(registry) as port:
        families = scrape(port)

    (build,) = families["obd2_build_info"].samples
    assert build.labels["version"] == __version__
    assert value(families, "obd2_database_up") == 1
    (schema,) = families["obd2_schema_version"].samples
    assert (schema.labels["found"], schema.value) == (schema.labels["needed"], 1)
    assert value(families, "obd2_database_retries_total", code="1213") == 1
    assert value(families, "obd2_database_retries_total", code="other") == 1
    assert value(families, "obd2_scheduler_runs_total", task="rotate", outcome="success") == 1
    assert {sample.labels["state"] for sample in families["obd2_database_connections"].samples} == {"in_use", "idle"}


@pytest.mark.databases("sqlite")
def test_one_source_that_cannot_be_read_leaves_the_others_readable(database: Database) -> None:
    def fail(session: Session) -> list[Metric]:
        session.connection().execute(text("SELECT * FROM nowhere"))
        return []

    def count(_session: Session) -> list[Metric]:
        return [GaugeMetricFamily("obd2_sound_rows", "Rows.", value=3)]

    metrics = DatabaseMetrics(database, {"broken": fail, "sound": count})
    registry = CollectorRegistry()
    registry.register(metrics)

    with serving(registry) as port:
        families = scrape(port)

    assert value(families, "obd2_sound_rows") == 3
    assert value(families, "obd2_metrics_source_up", source="broken") == 0
    assert value(families, "obd2_metrics_source_up", source="sound") == 1


def test_a_scrape_answers_although_the_database_cannot_be_opened(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'absent' / 'obd2.db'}")
    metrics = DatabaseMetrics(database, {"api": lambda _session: []})
    registry = CollectorRegistry()
    registry.register(metrics)

    with serving(registry) as port:
        families = scrape(port)
    database.close()

    assert value(families, "obd2_database_up") == 0
    assert value(families, "obd2_metrics_source_up", source="api") == 0


@pytest.mark.databases("sqlite")
def test_a_scrape_does_not_wait_for_a_database_that_hangs(database: Database) -> None:
    go_on = threading.Event()

    def hang(_session: Session) -> list[Metric]:
        go_on.wait(30)
        return []

    metrics = DatabaseMetrics(database, {"slow": hang}, timeout_seconds=0.05)
    registry = CollectorRegistry()
    registry.register(metrics)

    with serving(registry) as port:
        families = scrape(port)
        go_on.set()

    assert value(families, "obd2_metrics_source_up", source="slow") == 0
