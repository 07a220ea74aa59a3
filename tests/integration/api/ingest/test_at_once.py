"""Clients at the same time: no failure is seen, and the result is that of one after the other."""

import random
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from multiprocessing import get_context

import pytest

from obd2_common.synced_specs import SYNCED_TABLES
from support.ingest_setup import Server, Stored, wire_values
from support.pi_rows import EXAMPLES, Row, example, reading, readings
from support.pushing import Pieces, push_at_once, push_pieces

ROWS = readings(1, 4000)
TIMES = {"timestamp", "start_time", "start_timestamp", "drive_start_timestamp", "first_seen_timestamp"}
NUMBER_KEYED = [name for name, spec in SYNCED_TABLES.items() if not spec.has_text_key]


@pytest.fixture
def threads() -> Iterator[Executor]:
    with ThreadPoolExecutor(8) as pool:
        yield pool


def pieces(rows: list[Row], size: int = 200, table: str = "realtime_data") -> Pieces:
    return [(table, rows[start : start + size]) for start in range(0, len(rows), size)]


def at_once(pool: Executor, url: str, jobs: Sequence[tuple[str, Pieces]]) -> list[Counter[str]]:
    """Run pushes of device and pieces at the same time and return what each counted."""
    running = [pool.submit(push_pieces, url, device, todo) for device, todo in jobs]
    return [job.result() for job in running]


def assert_holds_readings(server: Server, rows: list[Row], device: str = "pi") -> None:
    stored = {row["source_id"]: row for row in server.rows("realtime_data") if row["source_device"] == device}
    columns = SYNCED_TABLES["realtime_data"].columns
    assert {key: wire_values("realtime_data", row) for key, row in stored.items()} == {
        row["id"]: {name: row[name] for name in columns} for row in rows
    }


def everything(count: int) -> Pieces:
    """Return rows of every table with numbers for keys, in pieces."""
    result: list[tuple[str, Sequence[Row]]] = []
    for table in NUMBER_KEYED:
        rows = [example(table, id=number) for number in range(1, count + 1)]
        for number, row in enumerate(rows):
            row.update(dict.fromkeys(TIMES & row.keys(), f"2026-07-11T17:{number // 60:02}:{number % 60:02}Z"))
        result.extend(pieces(rows, 50, table))
    return result


def stored_of(server: Server, device: str) -> dict[str, list[Stored]]:
    """Return everything stored of a device, without its name and the time of receipt."""
    names = [*NUMBER_KEYED, "sync_cursors", "device_epochs"]
    own = {"source_device", "synced_at", "last_synced_at", "opened_at"}
    return {
        name: [
            {column: value for column, value in row.items() if column not in own}
            for row in server.rows(name)
            if row["source_device"] == device
        ]
        for name in names
    }


def server_version(server: Server) -> str:
    with server.database.engine.connect() as connection:
        return str(connection.exec_driver_sql("SELECT VERSION()").scalar_one()).lower()


def isolates_snapshots(server: Server) -> bool:
    """Tell whether new sessions get error 1020 where others would overwrite what they had not seen."""
    with server.database.engine.connect() as connection:
        return bool(connection.exec_driver_sql("SELECT @@innodb_snapshot_isolation").scalar_one())


def test_two_processes_send_the_same_rows(server: Server, database_url: str) -> None:
    with ProcessPoolExecutor(2, get_context("forkserver")) as processes:
        counted = at_once(processes, database_url, [("pi", pieces(ROWS))] * 2)

    sums = counted[0] + counted[1]
    assert (sums["inserted"], sums["updated"], sums["unchanged"]) == (4000, 4000, 4000)
    assert_holds_readings(server, ROWS)
    assert [row["source_epoch"] for row in server.rows("device_epochs")] == [1]
    assert [(row["high_water_id"], row["row_count"]) for row in server.rows("sync_cursors")] == [(4000, 4000)]


def test_clients_send_overlapping_pieces_in_any_order(server: Server, threads: Executor, database_url: str) -> None:
    generator = random.Random(8)  # noqa: S311 - test data
    jobs = []
    for _ in range(6):
        todo = [*pieces(ROWS[:2000]), *pieces(ROWS[:2000], 130)]
        jobs.append(("pi", generator.sample(todo, len(todo))))

    counted = at_once(threads, database_url, jobs)

    sums = sum(counted, Counter())
    assert (sums["inserted"], sums["inserted"] + sums["updated"]) == (2000, 6 * 4000)
    assert sums["unchanged"] == sums["updated"]
    assert_holds_readings(server, ROWS[:2000])
    assert server.rows("sync_cursors")[0]["row_count"] == 2000


def test_several_tables_of_one_device_come_at_once(server: Server, threads: Executor, database_url: str) -> None:
    stamps = [f"2026-07-11T17:{number // 60:02}:{number % 60:02}Z" for number in range(400)]
    jobs = []
    for table in NUMBER_KEYED:
        first_identity = next(name for name in SYNCED_TABLES[table].identity if name in EXAMPLES[table])
        rows = [example(table, id=number, notes=None) for number in range(1, 401)]
        for row, stamp in zip(rows, stamps, strict=True):
            if "time" in first_identity or "date" in first_identity:
                row[first_identity] = stamp
        jobs.append(("pi", pieces(rows, 100, table)))

    counted = at_once(threads, database_url, jobs)

    assert [counts["inserted"] for counts in counted] == [400] * len(NUMBER_KEYED)
    assert [server.count(table) for table in NUMBER_KEYED] == [400] * len(NUMBER_KEYED)
    assert server.rows("devices")[0]["request_count"] == 4 * len(NUMBER_KEYED)


def test_eight_devices_push_at_once(server: Server, threads: Executor, database_url: str) -> None:
    devices = [f"pi-{number}" for number in range(8)]

    counted = at_once(threads, database_url, [(device, pieces(ROWS[:1000])) for device in devices])

    assert [counts["inserted"] for counts in counted] == [1000] * 8
    assert sum(counts["retries"] for counts in counted) <= 40, "a storm of retries"
    for device in devices:
        assert_holds_readings(server, ROWS[:1000], device)


@pytest.mark.databases("products")
def test_two_processes_push_the_same_tables_of_eight_devices(server: Server, database_url: str) -> None:
    if "mariadb" in server_version(server):
        assert isolates_snapshots(server), "this server never gives error 1020"
    devices = [f"pi-{number}" for number in range(8)]
    todo = everything(150)

    with ProcessPoolExecutor(2, get_context("forkserver")) as processes:
        jobs = [(device, todo) for device in devices]
        running = [processes.submit(push_at_once, database_url, jobs) for _ in range(2)]
        counted = sum((job.result() for job in running), Counter[str]())
    push_pieces(database_url, "alone", todo)

    count = sum(len(rows) for _, rows in todo)
    assert (counted["inserted"], counted["updated"], counted["unchanged"]) == (8 * count, 8 * count, 8 * count)
    assert counted["retries"] <= 2 * 8 * len(todo) / 4, "a storm of retries"
    alone = stored_of(server, "alone")
    assert [stored_of(server, device) for device in devices] == [alone] * 8


def test_a_device_unknown_until_now_comes_from_eight_sides(
    server: Server, threads: Executor, database_url: str
) -> None:
    jobs = [("pi", [("realtime_data", [reading(number)])]) for number in range(1, 9)]

    at_once(threads, database_url, jobs)

    assert [row["request_count"] for row in server.rows("devices")] == [8]
    assert [row["source_epoch"] for row in server.rows("device_epochs")] == [1]
    assert_holds_readings(server, readings(1, 8))


def test_a_rebuilt_database_seen_from_eight_sides_is_one_epoch(
    server: Server, threads: Executor, database_url: str
) -> None:
    push_pieces(database_url, "pi", pieces(ROWS[:800], 100))
    rebuilt = [{**row, "value": -1.0} for row in ROWS[:800]]

    at_once(threads, database_url, [("pi", [piece]) for piece in pieces(rebuilt, 100)])

    assert [row["source_epoch"] for row in server.rows("device_epochs")] == [1, 2]
    by_epoch = Counter((row["source_epoch"], row["value"] == -1.0) for row in server.rows("realtime_data"))
    assert by_epoch == {(1, False): 800, (2, True): 800}


def test_the_same_bad_rows_from_all_sides_are_kept_once(server: Server, threads: Executor, database_url: str) -> None:
    bad = [reading(number, value="bad") for number in range(1, 51)]

    counted = at_once(threads, database_url, [("pi", [("realtime_data", bad)])] * 8)

    assert [counts["quarantined"] for counts in counted] == [50] * 8
    assert [row["times_received"] for row in server.rows("quarantine")] == [8] * 50


@pytest.mark.databases("server")
def test_a_request_waits_for_whoever_works_on_its_jobs(server: Server, threads: Executor, database_url: str) -> None:
    push_pieces(database_url, "pi", [("realtime_data", readings(1, 5))])
    with server.database.engine.connect() as analyzer:
        analyzer.exec_driver_sql("UPDATE jobs SET state = 'running', claimed_revision = revision")
        waiting = threads.submit(push_pieces, database_url, "pi", [("realtime_data", readings(6, 9))])
        assert not waiting.done()
        analyzer.commit()
        counted = waiting.result()

    (job,) = server.rows("jobs")
    assert counted["inserted"] == 4
    assert (job["state"], job["claimed_revision"], job["revision"]) == ("running", 1, 2)
