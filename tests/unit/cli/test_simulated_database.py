"""Files of simulated drives: determinism, shape, and faults of the data."""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from obd2_cli.simulate import (
    DatabasePlan,
    DriveKind,
    DrivePlan,
    Fault,
    FaultName,
    plan_drives,
    rebuilt_plan,
    with_faults,
    write_pi_database,
)
from obd2_common.errors import InvalidInputError
from obd2_common.synced_specs import DELTA_TABLES

Query = Callable[[str], list[tuple[Any, ...]]]
STARTED_AT = datetime(2026, 6, 1, 13, 0, tzinfo=UTC)
HOP = DrivePlan(DriveKind.SHORT_HOP, STARTED_AT, drive_id=4, seed=5, duration_seconds=120)


@pytest.fixture
def written(tmp_path: Path) -> Callable[[DatabasePlan], Query]:
    """Write a plan and return a function that queries the file."""

    def write(plan: DatabasePlan) -> Query:
        path = tmp_path / "obd.db"
        write_pi_database(path, plan)

        def query(statement: str) -> list[tuple[Any, ...]]:
            with closing(sqlite3.connect(path)) as connection:
                return connection.execute(statement).fetchall()

        return query

    return write


def clear(name: FaultName) -> Fault:
    return Fault(name, 0.9)


def test_equal_plans_give_files_of_equal_bytes(tmp_path: Path) -> None:
    plan = DatabasePlan(plan_drives(2, seed=3, kinds=(DriveKind.SHORT_HOP,)), seed=3, fills_every_table=True)

    write_pi_database(tmp_path / "a.db", plan)
    write_pi_database(tmp_path / "b.db", plan)

    assert (tmp_path / "a.db").read_bytes() == (tmp_path / "b.db").read_bytes()


def test_another_seed_gives_other_rows(written: Callable[[DatabasePlan], Query], tmp_path: Path) -> None:
    query = written(DatabasePlan((HOP,)))
    write_pi_database(tmp_path / "other.db", DatabasePlan((replace(HOP, seed=6),)))

    with closing(sqlite3.connect(tmp_path / "other.db")) as connection:
        other = connection.execute("SELECT value FROM realtime_data").fetchall()

    assert query("SELECT value FROM realtime_data") != other


def test_a_written_file_is_sound_and_all_ten_tables_can_be_filled(written: Callable[[DatabasePlan], Query]) -> None:
    query = written(DatabasePlan((HOP,), fills_every_table=True))

    assert query("PRAGMA integrity_check") == [("ok",)]
    assert query("PRAGMA foreign_key_check") == []
    for table in (*DELTA_TABLES, "profiles", "vehicle_info", "drive_counter"):
        assert query(f"SELECT count(*) FROM {table}")[0][0] > 0, table  # noqa: S608


def test_rows_carry_the_pis_units_and_labels(written: Callable[[DatabasePlan], Query]) -> None:
    query = written(DatabasePlan((HOP,)))

    units: dict[str, str] = dict(
        query("SELECT parameter_name, group_concat(DISTINCT unit) FROM realtime_data GROUP BY 1")
    )

    assert units["RPM"] == "revolutions_per_minute"
    assert units["MAF"] == "gps"
    assert units["O2_B1S1"] == "volt"
    assert set(units["FUEL_SYSTEM_STATUS"].split(",")) <= {"CL", "OL", "OL-drive"}
    assert units["MIL_ON"] == "OFF"
    assert query("SELECT DISTINCT data_source, profile_id, drive_id FROM realtime_data") == [("real", "daily", 4)]


def test_stamps_are_utc_seconds_that_rise_with_the_id(written: Callable[[DatabasePlan], Query]) -> None:
    query = written(DatabasePlan((HOP,)))

    stamps = [row[0] for row in query("SELECT timestamp FROM realtime_data ORDER BY id")]

    assert stamps[0] == "2026-06-01T13:00:00Z"
    assert stamps[-1] == "2026-06-01T13:01:59Z"
    assert stamps == sorted(stamps)


def test_a_drive_is_framed_by_events_and_counted(written: Callable[[DatabasePlan], Query]) -> None:
    query = written(DatabasePlan((HOP,)))

    events = query("SELECT event_type, drive_id FROM connection_log WHERE drive_id IS NOT NULL ORDER BY id")

    assert events == [("drive_start", 4), ("drive_end", 4)]
    assert query("SELECT last_drive_id FROM drive_counter") == [(4,)]
    assert query("SELECT drive_id, drive_start_timestamp FROM drive_summary") == [(4, "2026-06-01T13:00:00Z")]
    assert query("SELECT count(*) FROM statistics WHERE sample_count > 0") == [(17,)]
    assert query("SELECT count(*) FROM connection_log WHERE event_type = 'connect_attempt'")[0][0] >= 4


def test_a_power_cut_leaves_no_end(written: Callable[[DatabasePlan], Query]) -> None:
    query = written(DatabasePlan((with_faults(HOP, clear(FaultName.MISSING_DRIVE_END)),)))

    assert query("SELECT count(*) FROM connection_log WHERE event_type = 'drive_end'") == [(0,)]
    assert query("SELECT count(*) FROM statistics") == [(0,)]
    assert query("SELECT end_timestamp FROM battery_health_log") == [(None,)]


def test_rows_before_the_mint_have_no_drive_and_end_at_its_first_row(written: Callable[[DatabasePlan], Query]) -> None:
    query = written(DatabasePlan((with_faults(HOP, clear(FaultName.PRE_MINT)),)))

    first_own = query("SELECT min(id) FROM realtime_data WHERE drive_id = 4")[0][0]
    before = query("SELECT min(id), max(id), min(timestamp), max(timestamp) FROM realtime_data WHERE drive_id IS NULL")
    cranking = query("SELECT count(*) FROM realtime_data WHERE parameter_name = 'RPM' AND value BETWEEN 1 AND 300")

    assert before == [(1, first_own - 1, "2026-06-01T12:59:21Z", "2026-06-01T12:59:59Z")]
    assert cranking[0][0] >= 1


def test_a_wrong_clock_jumps_back_once(written: Callable[[DatabasePlan], Query]) -> None:
    query = written(DatabasePlan((with_faults(HOP, clear(FaultName.CLOCK_JUMP)),)))

    stamps = [datetime.fromisoformat(row[0]) for row in query("SELECT timestamp FROM realtime_data ORDER BY id")]
    steps = [later - earlier for earlier, later in pairwise(stamps)]

    assert sum(step < timedelta(0) for step in steps) == 1
    assert min(steps) < timedelta(hours=-22)
    assert stamps[-1] == datetime(2026, 6, 1, 13, 1, 59, tzinfo=UTC)


def test_overlapping_drives_share_seconds_and_interleave_their_ids(written: Callable[[DatabasePlan], Query]) -> None:
    query = written(DatabasePlan((with_faults(HOP, clear(FaultName.OVERLAPPING_DRIVES)),)))

    windows = query("SELECT drive_id, min(timestamp), max(timestamp) FROM realtime_data GROUP BY drive_id")
    shared = query(
        "SELECT count(DISTINCT a.timestamp) FROM realtime_data a JOIN realtime_data b USING (timestamp)"
        " WHERE a.drive_id = 4 AND b.drive_id = 5"
    )

    assert windows == [
        (4, "2026-06-01T13:00:00Z", "2026-06-01T13:01:59Z"),
        (5, "2026-06-01T13:01:00Z", "2026-06-01T13:02:59Z"),
    ]
    assert shared == [(60,)]
    assert query("SELECT last_drive_id FROM drive_counter") == [(5,)]


def test_a_rebuilt_database_starts_its_ids_again_with_other_content(tmp_path: Path) -> None:
    plan = DatabasePlan(tuple(replace(drive, duration_seconds=60) for drive in plan_drives(2, seed=1)))

    write_pi_database(tmp_path / "first.db", plan)
    write_pi_database(tmp_path / "second.db", rebuilt_plan(plan))

    rows = []
    for name in ("first.db", "second.db"):
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            rows.append(connection.execute("SELECT * FROM realtime_data WHERE id <= 20").fetchall())
            ids = connection.execute("SELECT DISTINCT drive_id FROM realtime_data ORDER BY 1").fetchall()
            assert ids == [(1,), (2,)]
    assert [row[0] for row in rows[0]] == [row[0] for row in rows[1]]
    assert all(first[1] != second[1] for first, second in zip(*rows, strict=True))


@pytest.mark.parametrize(
    "change",
    [
        {"started_at": datetime(2026, 6, 1, 13, 0)},  # noqa: DTZ001 - this is what must be refused
        {"duration_seconds": 29},
        {"drive_id": 0},
        {"data_source": "invented"},
        {"faults": (Fault(FaultName.HEAT_SOAK), Fault(FaultName.HEAT_SOAK))},
        {"faults": (Fault(FaultName.REBUILT_DATABASE),)},
    ],
)
def test_a_plan_no_pi_could_have_recorded_is_refused(change: dict[str, Any]) -> None:
    with pytest.raises(InvalidInputError):
        replace(HOP, **change)


def test_two_drives_of_one_id_are_refused_before_anything_is_written(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match="an id of its own"):
        write_pi_database(tmp_path / "obd.db", DatabasePlan((HOP, HOP)))

    assert not (tmp_path / "obd.db").exists()
