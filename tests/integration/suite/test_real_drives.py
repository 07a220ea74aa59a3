"""How `make eval` judges a folder of Pi databases, tried on databases made here."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from bench.evaluation.real import KNOWN_FAULTS, judge_folder, missed_on_real_drives
from obd2_cli.simulate import DatabasePlan, DriveKind, Fault, FaultName, plan_drives, with_faults, write_pi_database
from obd2_common.errors import InvalidInputError

OVERHEATING = Fault(FaultName.OVERHEATING)
BY_DRIVE = ("realtime_data", "connection_log", "drive_summary")


def write_drives(file: Path, *faults: Fault, count: int = 1) -> None:
    """Write idling drives, each with these faults."""
    plans = plan_drives(count, seed=4, kinds=(DriveKind.HOT_IDLE,))
    write_pi_database(file, DatabasePlan(tuple(with_faults(plan, *faults) for plan in plans)))


def execute(file: Path, *statements: str) -> None:
    """Change a database."""
    with closing(sqlite3.connect(file)) as pi, pi:
        for statement in statements:
            pi.execute(statement)


def test_each_source_is_judged_and_its_known_fault_found(tmp_path: Path) -> None:
    write_drives(tmp_path / "sound-1.db")
    write_drives(tmp_path / "hot-1.db", OVERHEATING)
    (tmp_path / KNOWN_FAULTS).write_text("hot-1.db 1 coolant\n")

    scores = {score.source: score for score in judge_folder(tmp_path)}

    assert (scores["sound"].healthy, scores["sound"].above_watch, scores["sound"].ungraded) == (1, 0, 0)
    assert (scores["hot"].healthy, scores["hot"].known, scores["hot"].known_found) == (0, 1, 1)
    assert missed_on_real_drives([*scores.values()]) == []


def test_a_finding_nobody_knows_a_fault_for_is_a_false_alarm(tmp_path: Path) -> None:
    write_drives(tmp_path / "hot-1.db", OVERHEATING)

    (score,) = judge_folder(tmp_path)

    assert score.above_watch == 1
    assert "1: coolant WARNING" in score.told  # by the limits of a car nobody described
    assert missed_on_real_drives([score]) == ["hot: 1 of 1 drives without a known fault told above WATCH"]


def test_the_log_of_trouble_codes_is_judged_as_well(tmp_path: Path) -> None:
    file = tmp_path / "car-1.db"
    write_drives(file)
    execute(
        file,
        "INSERT INTO dtc_log (dtc_code, description, status, first_seen_timestamp, last_seen_timestamp, drive_id)"
        " SELECT 'P0301', '', 'stored', min(timestamp), max(timestamp), 1 FROM realtime_data WHERE drive_id = 1",
    )

    (score,) = judge_folder(tmp_path)

    assert score.told == "1: trouble_codes WARNING"


def test_the_files_of_a_source_are_one_car(tmp_path: Path) -> None:
    write_drives(tmp_path / "car-2.db", count=2)
    shutil.copy(tmp_path / "car-2.db", tmp_path / "car-1.db")
    later_rows = [f"DELETE FROM {table} WHERE drive_id = 2" for table in BY_DRIVE]  # noqa: S608 - names are ours
    execute(tmp_path / "car-1.db", *later_rows)

    (score,) = judge_folder(tmp_path)

    assert (score.source, score.drives) == ("car", 2)


def test_a_known_fault_of_a_drive_that_is_not_there_is_refused(tmp_path: Path) -> None:
    write_drives(tmp_path / "car-1.db")
    (tmp_path / KNOWN_FAULTS).write_text("car-1.db 7 coolant\n")

    with pytest.raises(InvalidInputError, match="no drive 7"):
        judge_folder(tmp_path)
