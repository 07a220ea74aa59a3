"""`POST /analyze` over HTTP with a language model behind it, and what is answered when that misbehaves."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from support.drive_rows import between, drive_rows
from support.embedded_server import KEY, EmbeddedServer, embedded_server
from support.fake_ollama import FakeOllama, Mishap

MODEL = "llama3.1:8b"
ITEM = {"evidence": "E1", "category": "Cooling", "checks": ["coolant.fan"]}
ROWS_PER_BATCH = 500


@pytest.fixture(scope="module")
def fake() -> Iterator[FakeOllama]:
    with FakeOllama(MODEL).running() as server:
        yield server


@pytest.fixture(scope="module")
def server(fake: FakeOllama, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedServer]:
    folder: Path = tmp_path_factory.mktemp("served")
    settings = {"OLLAMA_BASE_URL": fake.base_url, "ANALYSIS_TIMEOUT_SECONDS": "6.5"}
    with embedded_server(folder, **settings) as running:
        push(running)
        yield running


@pytest.fixture(autouse=True)
def _well_behaved(fake: FakeOllama) -> Iterator[None]:
    fake.replies.clear()
    fake.replies.append(json.dumps([ITEM]))
    fake.mishaps.clear()
    yield
    fake.may_answer.set()


def push(running: EmbeddedServer) -> None:
    """Send a drive that runs hot as a Pi does."""
    rows = [
        {
            "id": source_id,
            "timestamp": f"{datetime.fromtimestamp(seconds or 0, UTC):%Y-%m-%dT%H:%M:%SZ}",
            "parameter_name": name,
            "value": value,
            "unit": unit,
            "profile_id": profile,
            "data_source": source,
            "drive_id": drive_id,
        }
        for source_id, seconds, name, value, unit, profile, source, drive_id in drive_rows(
            600, signals={"COOLANT_TEMP": between(400, 500, 105.0, 90.0)}
        )
    ]
    for start in range(0, len(rows), ROWS_PER_BATCH):
        batch = {"realtime_data": {"lastSyncedId": start, "rows": rows[start : start + ROWS_PER_BATCH]}}
        body: dict[str, object] = {"deviceId": "chi-eclipse-01", "batchId": f"b-{start}", "tables": batch}
        assert post(running, "/api/v1/sync", body).status_code == 200


def post(running: EmbeddedServer, path: str, body: dict[str, object]) -> httpx.Response:
    headers = {"X-API-Key": KEY}
    return httpx.post(running.url + path, json=body, headers=headers, timeout=60, trust_env=False)


def analyze(running: EmbeddedServer, **more: object) -> httpx.Response:
    return post(running, "/api/v1/analyze", {"drive_id": 7, "parameters": {}, **more})


def test_the_models_choice_is_told_behind_the_finding(server: EmbeddedServer) -> None:
    answer = analyze(server)

    assert answer.status_code == 200
    document = answer.json()
    assert (document["engine"], document["model"]) == ("llm", MODEL)
    assert document["message"].startswith(f"1 recommendation from {MODEL}")
    (advice,) = document["recommendations"]
    assert (advice["rule"], advice["severity"], advice["isRepeat"]) == ("coolant", "STOP", False)
    assert "105 °C" in advice["recommendation"]
    assert "radiator fan" in advice["recommendation"]
    stored = server.get(f"/api/v1/analyses/{document['analysis_id']}").json()
    assert stored["recommendations"][0]["evidence"][0]["parameters"] == ["COOLANT_TEMP"]


def test_health_knows_the_model(server: EmbeddedServer) -> None:
    components = server.get("/api/v1/health").json()["components"]

    assert (components["ollama"], components["ollamaModel"]) == ("up", MODEL)


def test_an_empty_list_still_tells_the_severe_finding(fake: FakeOllama, server: EmbeddedServer) -> None:
    fake.replies[0] = "[]"

    document = analyze(server).json()

    assert document["engine"] == "llm"
    assert [advice["category"] for advice in document["recommendations"]] == ["Cooling"]


@pytest.mark.parametrize("reply", ["", "no JSON", json.dumps([{**ITEM, "evidence": "E99"}])])
def test_a_reply_without_evidence_gives_way_to_the_rules(fake: FakeOllama, server: EmbeddedServer, reply: str) -> None:
    fake.replies[0] = reply

    rules, required = analyze(server), analyze(server, requireLlm=True)

    assert (rules.status_code, rules.json()["engine"]) == (200, "rules")
    assert "105 °C" in rules.json()["recommendations"][0]["recommendation"]
    assert required.status_code == 502
    assert required.json()["detail"].startswith("The language model failed")


def test_a_busy_server_is_unavailable(fake: FakeOllama, server: EmbeddedServer) -> None:
    fake.mishaps.extend([Mishap.BUSY, Mishap.BUSY])

    rules, required = analyze(server), analyze(server, requireLlm=True)

    assert (rules.status_code, rules.json()["engine"]) == (200, "rules")
    assert required.status_code == 503
    assert (required.json()["detail"], required.json()["model"]) == ("Ollama unavailable", MODEL)
    assert required.json()["ollamaUrl"] == fake.base_url


def test_a_slow_model_is_a_time_out(fake: FakeOllama, server: EmbeddedServer) -> None:
    fake.may_answer.clear()

    rules, required = analyze(server), analyze(server, requireLlm=True)

    assert (rules.status_code, rules.json()["engine"]) == (200, "rules")
    assert required.status_code == 504
