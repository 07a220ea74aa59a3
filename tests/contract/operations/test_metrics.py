"""docs/operations.md names the metrics that are served, no more and no fewer, with their kinds and labels."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from prometheus_client import CollectorRegistry
from prometheus_client.metrics_core import Metric
from sqlalchemy.exc import OperationalError

from obd2_analyzer.metrics import JobMetrics, OllamaState
from obd2_analyzer.ollama.chat import Usage
from obd2_analyzer.ollama.metrics import ANSWERED, AdviceMetrics
from obd2_api.app import create_app
from obd2_api.metrics import ApiMetrics
from obd2_api.repository.operations import read_metrics as read_api_metrics
from obd2_api.settings import ApiSettings
from obd2_backup.metrics import VaultSpace
from obd2_backup.metrics import read_metrics as read_backup_metrics
from obd2_backup.runs import Run, record_run
from obd2_common.backups.vault_marker import mark
from obd2_common.clock import utc_now
from obd2_common.db.database import Database
from obd2_common.metrics import ProcessMetrics
from obd2_common.ops import OperationsServer
from obd2_common.tables.backups import Backup
from support.scraping import scrape

PAGE = Path(__file__).parents[3] / "docs" / "operations.md"
ROW = re.compile(r"^\| `(obd2_\w+)` \| (\w+) \|([^|]*)\|([^|]+)\|", re.MULTILINE)
EVERY_SERVICE = "every service"
KEY = "a-key-for-tests"

pytestmark = pytest.mark.databases("sqlite")


@dataclass(frozen=True)
class Described:
    """What is said of one metric."""

    kind: str
    labels: frozenset[str]


def documented(service: str) -> dict[str, Described]:
    rows = {
        name: (Described(kind, frozenset(filter(None, labels.strip().split(", ")))), told_by.strip())
        for name, kind, labels, told_by in ROW.findall(PAGE.read_text())
    }
    return {name: described for name, (described, told_by) in rows.items() if told_by in {service, EVERY_SERVICE}}


def served(process: ProcessMetrics) -> dict[str, Described]:
    process.count_retry(OperationalError("UPDATE", {}, Exception(1213)))
    process.count_run("any", is_success=True)
    server = OperationsServer(process.registry, lambda: None, host="127.0.0.1", port=0)
    server.start()
    try:
        families = scrape(server.port)
    finally:
        server.stop()
    return {
        f"{name}_total" if family.type == "counter" else name: Described(family.type, labels_of(family))
        for name, family in families.items()
        if name.startswith("obd2_")
    }


def labels_of(family: Metric) -> frozenset[str]:
    samples = [sample for sample in family.samples if not sample.name.endswith("_created")]
    assert samples, f"nothing served for {family.name}"
    return frozenset(label for sample in samples for label in sample.labels) - {"le"}


def run_api(process: ProcessMetrics, database: Database, tmp_path: Path) -> None:
    settings = ApiSettings(api_key=KEY, data_dir=tmp_path, backup_dir=tmp_path / "backups", _env_file=None)
    app = create_app(settings, database, metrics=ApiMetrics(process.registry))
    process.watch(database, {"api": read_api_metrics})
    body = {
        "deviceId": "chi-eclipse-01",
        "batchId": "chi-eclipse-01-2026-07-11T18:02:44Z",
        "tables": {"realtime_data": {"rows": [{"id": 1, "timestamp": "2026-07-11T18:02:39Z"}]}},
    }
    refused = {**body, "tables": {"power_log": {"rows": []}}}

    async def push() -> None:
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://api", headers={"X-API-Key": KEY}) as client:
            assert (await client.post("/api/v1/sync", json=body)).status_code == 200
            assert (await client.post("/api/v1/sync", json=refused)).status_code == 422

    asyncio.run(push())


def run_backup(process: ProcessMetrics, database: Database, tmp_path: Path) -> None:
    now = utc_now()
    stored = Backup(
        backup_id="b1",
        source_device="chi-eclipse-01",
        type="database",
        original_name="obd.db",
        filename="obd.db",
        path="chi-eclipse-01/database/obd.db",
        size_bytes=1,
        sha256="0" * 64,
        state="stored",
        verification="ok",
        received_at=now,
    )
    drill = Run("drill", now, is_success=True, details={"seconds": 0.5}, source_device="chi-eclipse-01")
    database.run(lambda session: session.add(stored))
    database.run(lambda session: record_run(session, drill, now=now))
    process.watch(database, {"backup": read_backup_metrics})
    mark(tmp_path)
    process.registry.register(VaultSpace(tmp_path))


def run_analyzer(process: ProcessMetrics, database: Database, _tmp_path: Path) -> None:
    process.watch(database, {"analyzer": JobMetrics()})
    process.registry.register(OllamaState("http://127.0.0.1:9", "llama3.1:8b"))
    AdviceMetrics(process.registry).count_call(ANSWERED, waited_seconds=1.0, usage=Usage(), verdicts=["accepted"])


RUN: dict[str, Callable[[ProcessMetrics, Database, Path], None]] = {
    "analyzer": run_analyzer,
    "api": run_api,
    "backup": run_backup,
}


@pytest.mark.parametrize("service", sorted(RUN))
def test_the_page_names_what_a_service_serves(service: str, database: Database, tmp_path: Path) -> None:
    process = ProcessMetrics(CollectorRegistry())

    RUN[service](process, database, tmp_path)

    assert served(process) == documented(service)


def test_the_page_names_no_metric_of_an_unknown_service() -> None:
    told_by = {row[3].strip() for row in ROW.findall(PAGE.read_text())}

    assert told_by == {*RUN, EVERY_SERVICE}
