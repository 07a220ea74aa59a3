"""Databases of a Pi, pushed as the Pi pushes them: the server ends up with exactly what they hold."""

import random
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from obd2_common.synced_specs import DELTA_TABLES, SYNCED_TABLES, Kind
from support.ingest_setup import CHICAGO, Server, as_sent, wire_values
from support.pi_files import COLD_START, IDLE, LOOP, PI_NAMES, batches, device_of, wire_rows
from support.pi_rows import Row

SNAPSHOTS = ("profiles", "vehicle_info")


@pytest.fixture(params=PI_NAMES)
def path(request: pytest.FixtureRequest, pi_files: dict[str, Path]) -> Path:
    return pi_files[request.param]


def push(server: Server, path: Path, *, device: str | None = None) -> dict[str, list[int]]:
    """Send a file once and return inserted, updated, unchanged and quarantined per table."""
    return add_up(
        (table, server.counts(table, rows, device=device or device_of(path)))
        for table, rows in batches(path, snapshots=True)
    )


def add_up(counted: Iterable[tuple[str, tuple[int, ...]]]) -> dict[str, list[int]]:
    sums: dict[str, list[int]] = {}
    for table, counts in counted:
        sums[table] = [a + b for a, b in zip(sums.get(table, [0] * 4), counts, strict=True)]
    return sums


def expected_utc(text: Any) -> datetime | None:  # noqa: ANN401 - a value of SQLite
    """Read a stamp by the two-zone rule, written once more, in plain code."""
    if text is None:
        return None
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        is_local = "." in text
        moment = moment.replace(tzinfo=CHICAGO if is_local else UTC)
    return moment.astimezone(UTC)


def assert_holds(server: Server, path: Path, *, device: str) -> None:
    """Compare every row and every value of a file with what is stored."""
    for table in (*DELTA_TABLES, *SNAPSHOTS):
        spec = SYNCED_TABLES[table]
        source: dict[Any, Row] = {row[spec.key]: row for row in wire_rows(path, table)}
        stored = {
            row["source_id"]: row
            for row in server.rows(table)
            if (row["source_device"], row["source_epoch"]) == (device, 1)
        }
        assert stored.keys() == source.keys(), table
        for key, row in source.items():
            assert wire_values(table, stored[key]) == {name: row.get(name) for name in spec.columns}, (table, key)
            for name in (name for name, kind in spec.columns.items() if kind is Kind.TIME):
                assert stored[key][name] == expected_utc(row.get(name)), (table, key, name)
            assert stored[key]["row_flags"] is None
            assert stored[key]["extra"] is None


def test_a_file_sent_once_is_held_row_by_row(server: Server, path: Path) -> None:
    counts = push(server, path)

    sizes = {table: len(wire_rows(path, table)) for table in (*DELTA_TABLES, *SNAPSHOTS)}
    assert counts == {table: [size, 0, 0, 0] for table, size in sizes.items() if size}
    assert_holds(server, path, device=device_of(path))
    assert server.count("quarantine") == 0


def test_a_file_sent_twice_changes_nothing(server: Server, path: Path) -> None:
    push(server, path)
    before = {table: server.rows(table) for table in SYNCED_TABLES}

    again = push(server, path)

    assert again == {table: [0, len(before[table]), len(before[table]), 0] for table in again}
    assert {table: server.rows(table) for table in SYNCED_TABLES} == before
    assert server.count("device_epochs") == 1


@pytest.mark.parametrize("seed", [1, 2])
def test_a_file_sent_in_random_order_with_repetitions_is_held_row_by_row(server: Server, path: Path, seed: int) -> None:
    generator = random.Random(seed)  # noqa: S311 - test data
    pieces = list(batches(path, snapshots=True))
    for table, rows in list(pieces):
        start = generator.randrange(len(rows))
        pieces.append((table, rows[start : start + generator.randrange(1, len(rows) + 1)]))
    generator.shuffle(pieces)

    for table, rows in pieces:
        server.counts(table, generator.sample(rows, len(rows)), device=device_of(path))

    stored = {table: {row["source_id"] for row in server.rows(table)} for table in DELTA_TABLES}
    assert stored == {table: {row["id"] for row in wire_rows(path, table)} for table in DELTA_TABLES}
    for table in DELTA_TABLES:
        assert server.as_sent(table) == as_sent(wire_rows(path, table), table)
    assert server.count("device_epochs") == 1


def test_the_idle_eclipse_lies_on_one_time_axis(server: Server, pi_files: dict[str, Path]) -> None:
    push(server, pi_files[IDLE])

    events = server.synced("connection_log")
    readings = server.synced("realtime_data")
    starts = [row["timestamp"] for row in events.values() if row["event_type"] == "drive_start"]
    ends = [row["timestamp"] for row in events.values() if row["event_type"] == "drive_end"]
    assert readings[1]["timestamp"].isoformat() == "2026-04-19T12:18:50.697867+00:00"
    assert [moment.isoformat() for moment in starts] == ["2026-04-19T12:20:30.837646+00:00"]
    assert [moment.isoformat() for moment in ends] == ["2026-04-19T12:20:41.427040+00:00"]
    seconds = [events[number]["timestamp"].replace(microsecond=0) for number in sorted(events)]
    assert seconds == sorted(seconds)
    assert len([row for row in readings.values() if starts[0] <= row["timestamp"] <= ends[0]]) == 69


def test_two_files_under_one_name_and_back_are_two_epochs_with_old_rows_untouched(
    server: Server, pi_files: dict[str, Path]
) -> None:
    cold, loop = pi_files[COLD_START], pi_files[LOOP]
    push(server, cold, device="pi")
    first = {table: server.rows(table) for table in DELTA_TABLES}

    push(server, loop, device="pi")
    both = {table: server.rows(table) for table in DELTA_TABLES}
    back = push(server, cold, device="pi")
    forth = push(server, loop, device="pi")

    assert [row["source_epoch"] for row in server.rows("device_epochs")] == [1, 2]
    assert {table: [row for row in both[table] if row["source_epoch"] == 1] for table in DELTA_TABLES} == first
    assert {table: server.rows(table) for table in DELTA_TABLES} == both
    for table in ("connection_log", "realtime_data", "statistics"):
        sizes = [len(wire_rows(path, table)) for path in (cold, loop)]
        assert [back[table], forth[table]] == [[0, size, size, 0] for size in sizes]
    for epoch, path in ((1, cold), (2, loop)):
        for table in DELTA_TABLES:
            source = {row["id"] for row in wire_rows(path, table)}
            assert {row["source_id"] for row in both[table] if row["source_epoch"] == epoch} == source


def test_all_files_under_their_own_names_do_not_mix(server: Server, pi_files: dict[str, Path]) -> None:
    for path in pi_files.values():
        push(server, path)

    for path in pi_files.values():
        assert_holds(server, path, device=device_of(path))
