"""What a device fetches: new recommendations, and an analysis it did not wait for."""

from datetime import timedelta

from obd2_common.db.database import Database
from obd2_common.jobs.analysis import AnalysisRequest, AnalysisResult, Outcome, analysis_id_of, job_id_of
from support.api_client import api_client
from support.api_rows import DEVICE, NOON, analysis_row, device_row, drive_row, recommendation_row, store
from support.fake_analyzer import fake_analyzer

PATH = "/api/v1/recommendations"


def told(database: Database, *names: str, minutes_apart: int = 1) -> None:
    """Store analyses with two recommendations each, one after the other."""
    for number, name in enumerate(names):
        store(
            database,
            analysis_row(name, finished_at=NOON + timedelta(minutes=number * minutes_apart)),
            recommendation_row(1, analysis_id=name),
            recommendation_row(2, analysis_id=name),
        )


def seen(document: dict[str, list[dict[str, object]]]) -> list[tuple[object, object]]:
    return [(item["analysisId"], item["rank"]) for item in document["recommendations"]]


def test_whoever_keeps_the_cursor_sees_every_recommendation_once(database: Database) -> None:
    told(database, "an-b", "an-a", minutes_apart=0)
    client = api_client(database)

    pages, cursor = [], None
    for _ in range(5):
        page = client.get(PATH, limit=1, **({"cursor": cursor} if cursor else {})).json()
        cursor = page["nextCursor"]
        pages.append((seen(page), page["hasMore"]))
    told(database, "an-c")

    assert pages == [
        ([("an-a", 1)], True),
        ([("an-a", 2)], True),
        ([("an-b", 1)], True),
        ([("an-b", 2)], False),
        ([], False),
    ]
    assert seen(client.get(PATH, since="2026-07-11T12:00:00Z").json())[-1] == ("an-c", 2)


def test_without_any_recommendation_there_is_no_cursor(database: Database) -> None:
    assert api_client(database).get(PATH).json() == {"recommendations": [], "nextCursor": None, "hasMore": False}


def test_recommendations_can_be_asked_for_by_device_and_time(database: Database) -> None:
    told(database, "an-1", "an-2", minutes_apart=60)
    client = api_client(database)

    assert seen(client.get(PATH, deviceId="other").json()) == []
    assert seen(client.get(PATH, deviceId=DEVICE, since="2026-07-11T12:30:00Z").json()) == [("an-2", 1), ("an-2", 2)]


def test_what_several_drives_showed_is_one_recommendation(database: Database) -> None:
    since = NOON.replace(microsecond=0) - timedelta(days=8)
    store(
        database,
        analysis_row("an-1", finished_at=NOON),
        recommendation_row(1, analysis_id="an-1", superseded_by="an-2/1"),
        analysis_row("an-2", finished_at=NOON + timedelta(minutes=1)),
        recommendation_row(
            1,
            analysis_id="an-2",
            is_duplicate_of="an-1/1",
            rule="coolant",
            signal="COOLANT_TEMP",
            severity="ALERT",
            first_seen_at=since,
            occurrences=19,
        ),
    )
    client = api_client(database)

    (shown,) = client.get(PATH).json()["recommendations"]
    older, _ = client.get(PATH, duplicates="true").json()["recommendations"]

    assert [shown[name] for name in ("analysisId", "rule", "signal", "severity")] == [
        "an-2",
        "coolant",
        "COOLANT_TEMP",
        "ALERT",
    ]
    assert (shown["firstSeenAt"], shown["occurrences"], shown["isRepeat"]) == ("2026-07-03T12:00:00Z", 19, True)
    assert (older["analysisId"], older["isRepeat"], older["supersededBy"]) == ("an-1", False, "an-2/1")


def test_what_was_told_a_moment_ago_waits_for_what_may_still_be_stored_before_it(database: Database) -> None:
    told(database, "an-1")

    early = api_client(database, clock=lambda: NOON + timedelta(seconds=2))
    late = api_client(database, clock=lambda: NOON + timedelta(seconds=6))

    assert seen(early.get(PATH).json()) == []
    assert seen(late.get(PATH).json()) == [("an-1", 1), ("an-1", 2)]


def test_a_cursor_that_is_none_of_ours_is_refused(database: Database) -> None:
    assert api_client(database).get(PATH, cursor="nonsense").status_code == 422


def test_whoever_prefers_not_to_wait_reads_the_analysis_where_it_will_be(database: Database) -> None:
    store(database, device_row(), drive_row())
    client = api_client(database)

    answer = client.call(
        "POST", "/api/v1/analyze", json={"drive_id": 33}, headers={"Prefer": "handling=lenient, Respond-Async; x=1"}
    )
    pending = client.get(answer.headers["Location"]).json()

    assert answer.status_code == 202
    assert answer.headers["Preference-Applied"] == "respond-async"
    assert answer.json() == pending
    assert answer.headers["Location"] == f"/api/v1/analyses/{pending['analysisId']}"
    assert (pending["status"], pending["driveKey"], pending["recommendations"]) == ("pending", "33", [])


def test_a_request_that_failed_is_told_so_under_its_id(database: Database) -> None:
    store(database, device_row(), drive_row())
    client = api_client(database)
    headers = {"Prefer": "respond-async"}
    where = client.call("POST", "/api/v1/analyze", json={"drive_id": 33}, headers=headers).headers["Location"]

    def die(_request: AnalysisRequest) -> None:
        return None

    with fake_analyzer(database, die) as taken:
        while client.get(where).json()["status"] == "pending":
            pass

    assert len(taken) <= 1
    assert client.get(where).json()["status"] == "failed"


def test_without_the_preference_the_call_waits(database: Database) -> None:
    store(database, device_row(), drive_row(), analysis_row("an-1"))

    def answer(_request: AnalysisRequest) -> dict[str, object]:
        return AnalysisResult(Outcome.ANSWERED, "an-1").to_json()

    with fake_analyzer(database, answer):
        answered = api_client(database).call(
            "POST", "/api/v1/analyze", json={"drive_id": 33}, headers={"Prefer": "return=minimal"}
        )

    assert answered.status_code == 200


def test_the_id_of_an_answer_follows_from_its_job() -> None:
    job_id = "5f0c1f0e-6d0b-4c6e-9a53-0f7d0f3f8f11"

    assert job_id_of(analysis_id_of(job_id)) == job_id
    for other in ("an-7d0be1a4", "", "an-", job_id, analysis_id_of(job_id).upper()):
        assert job_id_of(other) is None
