"""Metrics every process has, and the reading of those whose values live in the database.

Names are ``obd2_<what>_<unit>``; labels are few, and every label's values are bounded.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from platform import python_version
from typing import Protocol

import structlog
from prometheus_client import CollectorRegistry, Counter, Gauge, ProcessCollector, disable_created_metrics
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from prometheus_client.registry import Collector
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool
from sqlmodel import Session

from obd2_common import __version__
from obd2_common.db import dialect
from obd2_common.db.database import Database
from obd2_common.deadline import Deadline
from obd2_common.errors import Obd2Error
from obd2_common.migrate import current_revision, head_revision

log = structlog.get_logger(__name__)

READ_TIMEOUT_SECONDS = 4.0
"""How long a scrape waits for the database; Prometheus gives up after 10 s by default."""

_SCHEMA = "schema"
ReadMetrics = Callable[[Session], Sequence[Metric]]


class RunCounter(Protocol):
    """Hears that a scheduled task ran, as `ProcessMetrics.count_run` does."""

    def __call__(self, task: str, *, is_success: bool) -> None:
        """Take note of one run."""


class ProcessMetrics:
    """What is told of every process, whichever services run in it.

    Args:
        registry: takes the metrics; services add their own to it.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        disable_created_metrics()  # type: ignore[no-untyped-call]  # a second series per counter that nobody reads
        self.registry = registry
        ProcessCollector(registry=registry)
        build = Gauge("obd2_build_info", "The running version.", ["version", "python"], registry=registry)
        build.labels(__version__, python_version()).set(1)
        self._retries = Counter(
            "obd2_database_retries_total",
            "Transactions that were run again, by the database's error number.",
            ["code"],
            registry=registry,
        )
        self._runs = Counter(
            "obd2_scheduler_runs_total",
            "Runs of scheduled tasks.",
            ["task", "outcome"],
            registry=registry,
        )

    def count_retry(self, error: DBAPIError) -> None:
        """Count a transaction that is run again; `Database` calls this."""
        self._retries.labels(str(dialect.error_code(error) or "other")).inc()

    def count_run(self, task: str, *, is_success: bool) -> None:
        """Count a run of a scheduled task.

        Args:
            task: a name out of a fixed set.
            is_success: whether it came to its end.
        """
        self._runs.labels(task, "success" if is_success else "failure").inc()

    def watch(self, database: Database, sources: Mapping[str, ReadMetrics]) -> None:
        """Tell of a database and of what services keep in it.

        Args:
            database: the process's one.
            sources: service name -> what reads its metrics, in a transaction that only reads.
        """
        self.registry.register(DatabaseMetrics(database, sources))


class DatabaseMetrics(Collector):
    """Reads metrics from the database when they are asked for, in a bounded time.

    Args:
        database: is read; its pool is described.
        sources: service name -> what reads its metrics.
        timeout_seconds: after this long the scrape goes on without the values from the database.
    """

    def __init__(
        self,
        database: Database,
        sources: Mapping[str, ReadMetrics],
        *,
        timeout_seconds: float = READ_TIMEOUT_SECONDS,
    ) -> None:
        self._database = database
        self._sources = dict(sources)
        self._read = Deadline(self._read_all, timeout_seconds)

    def describe(self) -> Iterable[Metric]:
        """Name nothing in advance, so that registering does not ask the database."""
        return ()

    def collect(self) -> Iterable[Metric]:
        """Read everything; a source that fails is told by `obd2_metrics_source_up`."""
        try:
            families, working = self._read()
        except TimeoutError:
            log.warning("metrics_timed_out")
            families, working = [], set()
        up = GaugeMetricFamily("obd2_metrics_source_up", "Whether the values were read.", labels=["source"])
        for source in self._sources:
            up.add_metric([source], source in working)
        is_reached = GaugeMetricFamily("obd2_database_up", "Whether the database answers.", value=_SCHEMA in working)
        return [is_reached, up, _connections(self._database), *families]

    def _read_all(self) -> tuple[list[Metric], set[str]]:
        try:
            families = [_schema(self._database)]
        except (SQLAlchemyError, OSError) as error:
            log.warning("metrics_not_read", error=type(error).__name__)
            return [], set()
        working = {_SCHEMA}
        for source, read in self._sources.items():
            try:
                families.extend(self._database.read(read))
            except (Obd2Error, SQLAlchemyError) as error:
                log.warning("metrics_not_read", source=source, error=type(error).__name__)
            else:
                working.add(source)
        return families, working


def _schema(database: Database) -> Metric:
    found, head = current_revision(database), head_revision()
    family = GaugeMetricFamily(
        "obd2_schema_version",
        "1 when the database has the schema this version needs, else 0.",
        labels=["found", "needed"],
    )
    family.add_metric([found or "none", head], found == head)
    return family


def _connections(database: Database) -> Metric:
    family = GaugeMetricFamily("obd2_database_connections", "Pooled connections by state.", labels=["state"])
    pool = database.engine.pool
    if isinstance(pool, QueuePool):
        family.add_metric(["in_use"], pool.checkedout())
        family.add_metric(["idle"], pool.checkedin())
    return family
