"""Decisions about advice: kept for all that a rule says of a signal, shown everywhere, and taken back."""

from datetime import timedelta
from typing import Any

import pytest

from obd2_common.db.database import Database
from obd2_common.tables.analyses import Recommendation
from support.api_client import ApiClient, api_client
from support.api_rows import DEVICE, NOON, analysis_row, drive_row, finding_row, recommendation_row, store

PATH = "/api/v1/recommendations"
LATER = NOON + timedelta(days=2)


def hot(name: str, *, value: float = 107.0, severity: str = "WARNING", days: int = 0) -> Recommendation:
    return recommendation_row(
        1,
        analysis_id=name,
        rule="coolant",
        signal="COOLANT_TEMP",
        severity=severity,
        drive_started_at=NOON + timedelta(days=days),
    ).model_copy(update={"evidence": [{"value": value, "threshold": 105.0}]})


def client_with(database: Database, *rows: Recommendation) -> ApiClient:
    for row in rows:
        store(database, analysis_row(row.analysis_id), row)
    return api_client(database, clock=lambda: LATER)


def states(client: ApiClient) -> dict[str, str]:
    return {item["analysisId"]: item["state"] for item in client.get(PATH, duplicates="true").json()["recommendations"]}


def decide(client: ApiClient, name: str, **document: str) -> Any:  # noqa: ANN401 - JSON
    answer = client.post(f"{PATH}/{name}/decision", document)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_dismissal_is_about_repeats_too_until_it_worsens(database: Database) -> None:
    client = client_with(
        database, hot("an-1"), hot("an-2", value=108.0, days=3), hot("an-3", value=115.0), hot("an-4", severity="STOP")
    )

    answer = decide(client, "an-1/1", decision="dismissed", reason="a gauge that reads high")

    assert answer == {
        "decision": "dismissed",
        "reason": "a gauge that reads high",
        "decidedAt": "2026-07-13T12:00:00.250000Z",
        "decidedBy": "shared",
        "deviceId": DEVICE,
        "rule": "coolant",
        "signal": "COOLANT_TEMP",
    }
    assert states(client) == {"an-1": "dismissed", "an-2": "dismissed", "an-3": "open", "an-4": "open"}


def test_a_decision_is_taken_back_and_taken_again(database: Database) -> None:
    client = client_with(database, hot("an-1"))

    seen = []
    for document in ({"decision": "done"}, {"decision": "open"}, {"decision": "dismissed", "reason": "why"}):
        decide(client, "an-1%2F1", **document)
        seen.append(states(client)["an-1"])

    assert seen == ["done", "open", "dismissed"]


def test_what_is_done_opens_with_the_next_drive_that_shows_it(database: Database) -> None:
    client = client_with(database, hot("an-1"), hot("an-2", days=3))

    decide(client, "an-1/1", decision="done")

    assert states(client) == {"an-1": "done", "an-2": "open"}


def test_advice_of_no_rule_is_decided_alone(database: Database) -> None:
    store(database, analysis_row("an-1"), recommendation_row(1), recommendation_row(2))
    client = api_client(database, clock=lambda: LATER)

    decide(client, "an-1/2", decision="done")

    found = client.get("/api/v1/analyses/an-1").json()["recommendations"]
    assert [(item["state"], item["decision"] is None) for item in found] == [("open", True), ("done", False)]


def test_a_drive_shows_its_finding_and_its_advice_whatever_was_decided(database: Database) -> None:
    store(database, drive_row(), finding_row(1))
    client = client_with(database, hot("an-1", severity="STOP"))

    decide(client, "an-1/1", decision="dismissed", reason="known")

    drive = client.get(f"/api/v1/drives/{DEVICE}/33").json()
    assert [finding["severity"] for finding in drive["findings"]] == ["WARNING"]
    (item,) = drive["latestAnalysis"]["recommendations"]
    assert (item["rank"], item["state"], item["decision"]["reason"]) == (1, "dismissed", "known")


@pytest.mark.parametrize(
    ("name", "document", "status"),
    [
        ("an-1/9", {"decision": "done"}, 404),
        ("an-9/1", {"decision": "done"}, 404),
        ("an-1", {"decision": "done"}, 404),
        ("an-1/x", {"decision": "done"}, 404),
        (f"an-1/{'9' * 30}", {"decision": "done"}, 404),
        ("an-1/1", {"decision": "dismissed"}, 422),
        ("an-1/1", {"decision": "dismissed", "reason": "  "}, 422),
        ("an-1/1", {"decision": "forgotten"}, 422),
        ("an-1/1", {}, 422),
    ],
)
def test_what_cannot_be_decided_is_refused(
    database: Database, name: str, document: dict[str, str], status: int
) -> None:
    client = client_with(database, hot("an-1"))

    assert client.post(f"{PATH}/{name}/decision", document).status_code == status
    assert states(client) == {"an-1": "open"}
