"""The main job over HTTP on the running stack: push, analysis, backup, metrics."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from support.pi_files import PI_NAMES, device_of
from support.stack_running import Stack, eventually, source_counts

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

SCRAPE = """
import urllib.request
print(urllib.request.urlopen("http://{service}:9100/metrics", timeout=10).read().decode())
"""


def metrics(stack: Stack, service: str) -> dict[str, float]:
    """Return the samples of a service by name and labels."""
    text = stack.python("api", SCRAPE.format(service=service))
    return {
        f"{sample.name}{json.dumps(sample.labels, sort_keys=True) if sample.labels else ''}": sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def test_make_up_brings_everything_up_healthy(stack: Stack) -> None:
    states = dict(
        line.split("\t") for line in stack.compose("ps", "--all", "--format", "{{.Service}}\t{{.Health}}").splitlines()
    )
    health = stack.get("/api/v1/health")

    assert {name for name, state in states.items() if state == "healthy"} == {
        "api",
        "analyzer",
        "backup",
        "mysql",
        "ollama",
    }
    assert health["status"] == "healthy"
    assert health["components"]["ollamaModel"] == "llama3.1:8b"
    assert json.loads(stack.make("health"))["status"] == "healthy"


@pytest.mark.parametrize("name", PI_NAMES)
def test_every_row_of_a_pi_database_arrives_once(stack: Stack, pi_files: dict[str, Path], name: str) -> None:
    file = pi_files[name]
    device = f"e2e-{device_of(file)}"

    stack.push_all(file, device)
    stack.push_all(file, device)

    counts = stack.counts(device)
    assert counts == source_counts(file, counts)


def test_a_drive_is_analysed_and_graded(stack: Stack) -> None:
    file = stack.simulate("analysed", "--seed", "5", "--kind", "hot_idle", "--duration", "300")

    stack.push_all(file, "e2e-analysed")

    def computed() -> list[dict[str, Any]]:
        answer = stack.get("/api/v1/drives?deviceId=e2e-analysed")
        mine: list[dict[str, Any]] = [drive for drive in answer["drives"] if drive["deviceId"] == "e2e-analysed"]
        return [drive for drive in mine if drive["state"] == "computed"]

    (drive,) = eventually(computed)
    assert drive["rowCount"] > 1000
    assert drive["grade"] is not None


def test_what_the_model_says_is_checked_and_the_findings_answer_when_nothing_of_it_holds(stack: Stack) -> None:
    """The stand-in's model was not asked about cars: what it says survives no check."""
    device = "e2e-overheated"
    file = stack.simulate(device, "--seed", "5", "--kind", "city", "--duration", "900", "--fault", "overheating")
    stack.push_all(file, device)
    eventually(
        lambda: "computed" in {drive["state"] for drive in stack.get(f"/api/v1/drives?deviceId={device}")["drives"]}
    )
    before = metrics(stack, "analyzer")
    question = {"drive_id": 1, "deviceId": device}

    with stack.client() as client:
        answer = client.post("/api/v1/analyze", json=question, timeout=180)
        insisted = client.post("/api/v1/analyze", json={**question, "requireLlm": True}, timeout=180)

    told = answer.json()
    assert (answer.status_code, told["status"]) == (200, "ok")
    assert any("oolant" in item["recommendation"] for item in told["recommendations"])
    after = metrics(stack, "analyzer")
    calls = {name for name in after if name.startswith("obd2_advice_calls_total")}
    assert sum(after[name] - before.get(name, 0) for name in calls) >= 2
    assert told["engine"] == "rules"
    assert (insisted.status_code, insisted.json()["title"]) == (502, "Bad Gateway")


def test_an_uploaded_backup_is_verified_and_counted(stack: Stack, tmp_path: Path) -> None:
    file = stack.simulate("upload", "--seed", "6", "--kind", "short_hop", "--duration", "60")
    packed = tmp_path / "obd.db.gz"
    packed.write_bytes(gzip.compress(file.read_bytes()))

    with stack.client() as client, packed.open("rb") as content:
        fields = {"type": "database", "deviceId": "e2e-backup"}
        receipt = client.post("/api/v1/backup", data=fields, files={"file": ("obd.db.gz", content)})

    assert receipt.status_code == 200
    counted = 'obd2_backups{"device": "e2e-backup", "state": "stored", "verification": "ok"}'
    assert eventually(lambda: metrics(stack, "backup").get(counted)) == 1


@pytest.mark.parametrize("service", ["api", "analyzer", "backup"])
def test_every_service_tells_its_metrics(stack: Stack, service: str) -> None:
    told = metrics(stack, service)

    assert told["obd2_database_up"] == 1
    assert told[f'obd2_metrics_source_up{{"source": "{service}"}}'] == 1
    assert [value for name, value in told.items() if name.startswith("obd2_schema_version")] == [1]


def test_a_dump_put_back_gives_the_same_rows(stack: Stack, tmp_path: Path) -> None:
    file = stack.simulate("dumped", "--seed", "7", "--kind", "short_hop", "--duration", "60")
    stack.push_all(file, "e2e-dumped")
    before = stack.counts("e2e-dumped")

    dump = stack.make("backup", DUMPS_DIR=str(tmp_path)).splitlines()[-1]
    stack.sql("DELETE FROM realtime_data WHERE source_device = 'e2e-dumped'")
    stack.make("restore", file=dump, yes="1")

    assert stack.counts("e2e-dumped") == before
    assert stack.get("/api/v1/health")["status"] == "healthy"


def test_the_operator_s_command_reaches_the_database_of_the_stack(stack: Stack) -> None:
    assert "e2e-analysed" in stack.make("obd2", args="devices")
    assert "drive_facts" in stack.make("obd2", args="jobs list --kind drive_facts")
