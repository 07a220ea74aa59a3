"""The quarantine as its operator sees it: listed, tried again, set aside."""

import threading
import time
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import func
from sqlmodel import col, select, update

from obd2_api.ingest.quiet_times import QuietTimes
from obd2_api.ingest.receive import Ingest
from obd2_api.ingest.replay_job import ROWS_AT_ONCE, ReplayWorker
from obd2_common.clock import utc_now
from obd2_common.db.database import Database
from obd2_common.jobs.queue import DRIVE_FACTS, QUARANTINE_REPLAY
from obd2_common.tables.devices import QuarantinedRow, SyncCursor
from obd2_common.tables.jobs import Job
from obd2_common.tables.synced import RealtimeData
from support.api_client import ApiClient, api_client
from support.api_rows import NOON
from support.api_server import serve_api

DEVICE = "chi-eclipse-01"
GOOD = {"id": 1, "timestamp": "2026-07-11T18:02:39Z", "parameter_name": "RPM", "value": 812.25, "drive_id": 4}


def push(client: ApiClient, rows: str, table: str = "realtime_data") -> None:
    body = f'{{"deviceId": "{DEVICE}", "batchId": "b-7", "tables": {{"{table}": {{"rows": {rows}}}}}}}'
    assert client.call("POST", "/api/v1/sync", content=body.encode()).status_code == 200


def listed(client: ApiClient, **parameters: object) -> dict[str, Any]:
    return dict(client.get("/api/v1/quarantine", **parameters).json())


def worker(database: Database) -> ReplayWorker:
    quiet = QuietTimes(timedelta(minutes=5), timedelta(seconds=10))
    return ReplayWorker(Ingest(database, utc_now, ZoneInfo("America/Chicago"), quiet))


def replayed(client: ApiClient, database: Database) -> dict[str, Any]:
    """Ask for a replay, have it done, and return what became of the rows."""
    asked = client.call("POST", "/api/v1/quarantine/replay")
    assert (asked.status_code, asked.json()["state"]) == (202, "queued")
    worker(database).work_once()
    told = client.get(asked.headers["Location"]).json()
    assert (told["state"], told["replayId"]) == ("done", asked.json()["replayId"])
    return {name: told[name] for name in ("stored", "kept", "reasons")}


def mend(database: Database, row_text: str) -> None:
    """Stand in for a server that learned to store what it could not: the row now reads as it should have."""

    def work(session: Any) -> None:  # noqa: ANN401
        row = session.exec(select(QuarantinedRow)).one()
        row.row_text = row_text
        session.add(row)

    database.run(work)


def test_a_bad_row_is_listed_word_for_word(database: Database) -> None:
    client = api_client(database)
    push(client, '[{"id": 7, "value": 1e999,   "unit": "x"}]')

    (row,) = listed(client)["rows"]

    assert row["row"] == '{"id": 7, "value": 1e999,   "unit": "x"}'
    assert (row["reason"], row["column"], row["sourceId"]) == ("not_finite", "value", "7")
    assert (row["deviceId"], row["table"], row["batchId"], row["timesReceived"]) == (DEVICE, "realtime_data", "b-7", 1)
    assert client.get(f"/api/v1/quarantine/{row['id']}").json() == row


def test_the_list_is_paged_and_filtered(database: Database) -> None:
    client = api_client(database)
    push(client, '[{"id": 1, "value": "a"}, {"id": 2, "value": "b"}, {"id": null}]')
    push(client, '[{"id": 1}]', table="startup_log")

    first = listed(client, limit=2)
    rest = listed(client, limit=2, after=first["nextAfter"])

    assert (first["total"], len(first["rows"]), len(rest["rows"]), rest["nextAfter"]) == (4, 2, 2, None)
    assert [row["reason"] for row in listed(client, table="startup_log")["rows"]] == ["unknown_table"]
    assert listed(client, reason="missing_key")["total"] == 1
    assert listed(client, deviceId="other")["total"] == 0


def test_a_replay_after_the_fix_stores_the_row_and_empties_the_quarantine(database: Database) -> None:
    client = api_client(database)
    push(client, '[{"id": 9, "value": "hot"}]')
    mend(database, '{"id": 9, "timestamp": "2026-07-11T18:02:39Z", "value": 99.5, "drive_id": 4}')

    outcome = replayed(client, database)

    assert outcome == {"stored": 1, "kept": 0, "reasons": {}}
    assert listed(client, state="all")["total"] == 0
    row = database.read(lambda session: session.get(RealtimeData, (DEVICE, 1, 9)))
    assert row is not None
    assert (row.value, row.sync_batch_id) == (99.5, "b-7")
    cursor = database.read(lambda session: session.get(SyncCursor, (DEVICE, 1, "realtime_data")))
    assert cursor is not None
    assert (cursor.high_water_id, cursor.row_count) == (9, 1)
    facts = select(Job).where(Job.kind == DRIVE_FACTS)
    assert [job.drive_id for job in database.read(lambda session: list(session.exec(facts)))] == [4]


def test_a_replay_without_a_fix_changes_nothing(database: Database) -> None:
    client = api_client(database)
    push(client, '[{"id": 9, "value": "hot"}]')
    push(client, '[{"id": 1}]', table="startup_log")

    outcome = replayed(client, database)

    assert outcome == {"stored": 0, "kept": 2, "reasons": {"wrong_type": 1, "unknown_table": 1}}
    assert listed(client)["total"] == 2
    assert not database.read(lambda session: list(session.exec(select(RealtimeData))))


def test_a_replay_never_overwrites_another_row_stored_since(database: Database) -> None:
    client = api_client(database)
    push(client, '[{"id": 1, "value": "hot"}]')
    client.post("/api/v1/sync", {"deviceId": DEVICE, "batchId": "c", "tables": {"realtime_data": {"rows": [GOOD]}}})
    mend(database, '{"id": 1, "timestamp": "2026-07-11T18:02:39Z", "parameter_name": "SPEED", "value": 3.0}')

    outcome = replayed(client, database)

    assert outcome["reasons"] == {"key_taken": 1}
    stored = database.read(lambda session: session.exec(select(RealtimeData.parameter_name)).one())
    assert stored == "RPM"


def test_a_replayed_row_goes_to_the_epoch_it_was_sent_in(database: Database) -> None:
    client = api_client(database)
    push(client, '[{"id": 1, "timestamp": "2026-07-11T18:02:39Z", "value": 1.0}, {"id": 2, "value": "hot"}]')
    push(client, '[{"id": 1, "timestamp": "2026-08-01T00:00:00Z", "value": 5.0}]')
    mend(database, '{"id": 2, "value": 2.0}')

    replayed(client, database)

    epochs = database.read(
        lambda session: list(session.exec(select(RealtimeData.source_epoch).where(col(RealtimeData.source_id) == 2)))
    )
    assert epochs == [1]


def test_a_discarded_row_stays_away_when_it_is_sent_again(database: Database) -> None:
    client = api_client(database)
    push(client, '[{"id": 9, "value": "hot"}]')
    (row,) = listed(client)["rows"]

    discarded = client.call("POST", f"/api/v1/quarantine/{row['id']}/discard").json()
    push(client, '[{"id": 9, "value": "hot"}]')

    assert discarded["state"] == "discarded"
    assert listed(client)["total"] == 0
    (kept,) = listed(client, state="discarded")["rows"]
    assert kept["timesReceived"] == 2


def test_an_unknown_row_is_not_found(database: Database) -> None:
    client = api_client(database)

    assert client.get("/api/v1/quarantine/5").status_code == 404
    assert client.call("POST", "/api/v1/quarantine/5/replay").status_code == 404
    assert client.call("POST", "/api/v1/quarantine/5/discard").status_code == 404


def test_a_row_too_large_to_be_shown_plainly_comes_back_whole(database: Database) -> None:
    client = api_client(database)
    text = '{"id": 3, "unit": "' + "ä" * 900_000 + '"}'
    push(client, f"[{text}]")

    (row,) = listed(client)["rows"]

    assert row["reason"] == "too_long"
    assert row["row"] == text


def test_a_replay_that_was_stopped_or_killed_goes_on_and_counts_what_it_did_before(database: Database) -> None:
    client = api_client(database)
    count = ROWS_AT_ONCE + 10
    rows = ", ".join(f'{{"id": {number}, "value": "x"}}' for number in range(1, count + 1))
    push(client, f"[{rows}]")
    mended = """{"id": 0, "value": 1.5}"""
    database.run(
        lambda session: session.connection().execute(
            update(QuarantinedRow).values(row_text=func.replace(mended, "0", col(QuarantinedRow.source_id)))
        )
    )
    place = client.call("POST", "/api/v1/quarantine/replay").headers["Location"]
    first = worker(database)
    first.stop()
    first.work_once()
    so_far = client.get(place).json()
    database.run(
        lambda session: session.connection().execute(
            update(Job).where(col(Job.kind) == QUARANTINE_REPLAY).values(state="running", lease_until=NOON)
        )
    )

    worker(database).work_once()

    told = client.get(place).json()
    assert (so_far["state"], so_far["stored"]) == ("queued", ROWS_AT_ONCE)
    assert (told["state"], told["stored"], told["kept"]) == ("done", count, 0)


def test_the_running_server_does_replays_by_itself(database: Database) -> None:
    with serve_api(database) as server:
        place = server.call("POST", "/api/v1/quarantine/replay").headers["location"]
        deadline = time.monotonic() + 60
        while (told := server.call("GET", place).json)["state"] != "done" and time.monotonic() < deadline:
            threading.Event().wait(0.1)

    assert (told["state"], told["stored"]) == ("done", 0)


def test_an_unknown_replay_is_not_there(database: Database) -> None:
    assert api_client(database).get("/api/v1/quarantine/replays/nothing").status_code == 404
