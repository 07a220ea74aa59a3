"""Drives as the api lists and shows them."""

from datetime import timedelta
from urllib.parse import quote

import pytest

from obd2_common.db.database import Database
from support.api_client import api_client
from support.api_rows import (
    DEVICE,
    NOON,
    analysis_row,
    drive_row,
    finding_row,
    recommendation_row,
    statistic_row,
    store,
)


def keys(document: dict[str, list[dict[str, object]]]) -> list[object]:
    return [drive["driveKey"] for drive in document["drives"]]


def test_without_drives_the_list_is_empty(database: Database) -> None:
    assert api_client(database).get("/api/v1/drives").json() == {"drives": [], "nextCursor": None}


def test_drives_are_listed_latest_first_with_everything_known_about_them(database: Database) -> None:
    store(
        database,
        drive_row("1", started_at=NOON - timedelta(days=1)),
        drive_row("2", flags=["overlap"], overlaps_with=["3"], is_real=None),
        drive_row("derived-7", started_at=None),
    )

    listed = api_client(database).get("/api/v1/drives").json()

    assert keys(listed) == ["2", "1", "derived-7"]
    assert listed["drives"][0] | {"startedAt": "2026-07-11T12:00:00.250000Z"} == listed["drives"][0]
    assert listed["drives"][0]["deviceId"] == DEVICE
    assert listed["drives"][0]["flags"] == ["overlap"]
    assert listed["drives"][0]["isReal"] is None
    assert listed["drives"][1]["flags"] == []
    assert listed["drives"][2]["driveId"] is None


def test_drives_can_be_asked_for_by_device_epoch_and_start(database: Database) -> None:
    store(
        database,
        drive_row("1"),
        drive_row("2", epoch=2, started_at=NOON + timedelta(hours=1)),
        drive_row("1", device="other"),
    )
    client = api_client(database)

    assert keys(client.get("/api/v1/drives", deviceId="other").json()) == ["1"]
    assert keys(client.get("/api/v1/drives", deviceId=DEVICE, epoch=2).json()) == ["2"]
    assert keys(client.get("/api/v1/drives", since="2026-07-11T12:30:00Z").json()) == ["2"]
    assert keys(client.get("/api/v1/drives", since="2026-07-11T07:30:00-05:00").json()) == ["2"]
    assert keys(client.get("/api/v1/drives", since="2026-07-11T12:30:00").json()) == ["2"]


def test_pages_show_every_drive_once(database: Database) -> None:
    store(
        database,
        *(drive_row(str(number), started_at=NOON + timedelta(minutes=number // 3)) for number in range(1, 9)),
        *(drive_row(str(number), device="other") for number in range(1, 4)),
        *(drive_row(f"derived-{number}", started_at=None) for number in range(1, 4)),
    )
    client = api_client(database)
    whole = client.get("/api/v1/drives").json()["drives"]

    paged: list[object] = []
    cursor: str | None = ""
    while cursor is not None:
        page = client.get("/api/v1/drives", limit=4, **({"cursor": cursor} if cursor else {})).json()
        paged += page["drives"]
        cursor = page["nextCursor"]

    assert len(whole) == 14
    assert paged == whole


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("limit", 0),
        ("limit", 501),
        ("limit", "x"),
        ("epoch", 0),
        ("since", "soon"),
        ("cursor", "x"),
        ("cursor", "4oCm"),
    ],
)
def test_a_filter_that_is_not_valid_is_named(database: Database, name: str, value: object) -> None:
    answer = api_client(database).get("/api/v1/drives", **{name: value})

    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"
    assert name in answer.json()["detail"]


def test_a_drive_is_shown_with_statistics_findings_and_its_latest_analysis(database: Database) -> None:
    store(
        database,
        drive_row(),
        statistic_row("RPM"),
        statistic_row("COOLANT_TEMP", scope="warm"),
        statistic_row("COOLANT_TEMP"),
        statistic_row("SPEED", drive_key="34"),
        finding_row(2),
        finding_row(1),
        analysis_row("an-old", created_at=NOON),
        analysis_row("an-new"),
        analysis_row("an-mute", created_at=NOON + timedelta(hours=1), status="failed"),
        recommendation_row(2, analysis_id="an-new"),
        recommendation_row(1, analysis_id="an-new"),
    )

    shown = api_client(database).get(f"/api/v1/drives/{DEVICE}/33").json()

    assert [(row["parameterName"], row["scope"]) for row in shown["statistics"]] == [
        ("COOLANT_TEMP", "all"),
        ("COOLANT_TEMP", "warm"),
        ("RPM", "all"),
    ]
    assert shown["statistics"][0]["avgValue"] == 88.123456789012345
    assert [finding["sentence"] for finding in shown["findings"]] == ["Finding 1.", "Finding 2."]
    assert shown["latestAnalysis"]["analysisId"] == "an-new"
    assert [item["rank"] for item in shown["latestAnalysis"]["recommendations"]] == [1, 2]


def test_of_several_epochs_the_latest_is_shown_unless_another_is_asked_for(database: Database) -> None:
    store(database, drive_row(row_count=1), drive_row(epoch=2, row_count=2))
    client = api_client(database)

    assert client.get(f"/api/v1/drives/{DEVICE}/33").json()["rowCount"] == 2
    assert client.get(f"/api/v1/drives/{DEVICE}/33", epoch=1).json()["rowCount"] == 1
    assert client.get(f"/api/v1/drives/{DEVICE}/33", epoch=3).status_code == 404


@pytest.mark.parametrize("device", ["a b", "a/b", "a%2Fb", "ü/é?#&", "..x", "'; DROP TABLE drives; --", "\U0001f697"])
def test_a_device_may_have_any_name(database: Database, device: str) -> None:
    store(database, drive_row(device=device))

    shown = api_client(database).get(f"/api/v1/drives/{quote(device, safe='')}/33")

    assert (shown.status_code, shown.json()["deviceId"]) == (200, device)


@pytest.mark.parametrize(
    "path", [f"{DEVICE}/34", "other/33", f"{DEVICE.upper()}/33", f"{DEVICE}%20/33", f"{DEVICE}/033"]
)
def test_a_drive_that_is_not_there_is_not_found(database: Database, path: str) -> None:
    store(database, drive_row())

    answer = api_client(database).get(f"/api/v1/drives/{path}")

    assert (answer.status_code, answer.json()["detail"]) == (404, "No such drive")


def test_a_stored_analysis_is_read_by_its_id(database: Database) -> None:
    store(database, analysis_row(), recommendation_row(1))
    client = api_client(database)

    shown = client.get("/api/v1/analyses/an-1").json()

    assert (shown["deviceId"], shown["epoch"], shown["driveKey"], shown["engine"]) == (DEVICE, 1, "33", "rules")
    assert shown["recommendations"] == [
        {
            "rank": 1,
            "category": "Cooling",
            "confidence": 0.7,
            "recommendation": "Advice 1.",
            "rule": None,
            "signal": None,
            "severity": None,
            "firstSeenAt": None,
            "occurrences": 1,
            "state": "open",
            "decision": None,
            "evidence": [{"id": "E1", "value": 103.0}],
            "isDuplicateOf": None,
            "isRepeat": False,
        },
    ]
    assert client.get("/api/v1/analyses/an-2").status_code == 404
