"""What `make eval` reads of a folder of real drives, and which of its targets are missed."""

from pathlib import Path

import pytest

from bench.evaluation.real import (
    KNOWN_FAULTS,
    KnownFault,
    RealDrive,
    known_faults,
    missed_on_real_drives,
    source_score,
    sources_in,
)
from obd2_analyzer.facts.findings import Severity
from obd2_common.errors import InvalidInputError


def drive(key: int, severity: Severity | None = None, *known: str) -> RealDrive:
    """Return a drive in which the coolant rule said so much."""
    found = {} if severity is None else {"coolant": severity}
    return RealDrive(str(key), is_graded=True, found=found, known=frozenset(known))


def test_files_that_share_their_name_up_to_the_last_hyphen_are_one_source(tmp_path: Path) -> None:
    for name in ("red-car-02.db", "red-car-01.db", "van.db", "notes-01.txt"):
        (tmp_path / name).touch()

    found = {source: [file.name for file in files] for source, files in sources_in(tmp_path).items()}

    assert found == {"red-car": ["red-car-01.db", "red-car-02.db"], "van": ["van.db"]}


def test_a_folder_without_databases_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InvalidInputError, match=r"holds no \*\.db"):
        sources_in(tmp_path)


def test_known_faults_are_read_line_by_line(tmp_path: Path) -> None:
    (tmp_path / "van-1.db").touch()
    (tmp_path / KNOWN_FAULTS).write_text("# a thermostat\n\nvan-1.db 3 coolant  # for days\nvan-1.db 4 battery\n")

    faults = known_faults(tmp_path)

    assert faults == {KnownFault("van-1.db", "3", "coolant"), KnownFault("van-1.db", "4", "battery")}


@pytest.mark.parametrize("line", ["van-1.db 3", "van-1.db 3 tyres", "other.db 3 coolant", "van-1.db 3 coolant hot"])
def test_a_line_that_names_no_file_drive_and_rule_is_refused(tmp_path: Path, line: str) -> None:
    (tmp_path / "van-1.db").touch()
    (tmp_path / KNOWN_FAULTS).write_text(line)

    with pytest.raises(InvalidInputError, match="no existing file, drive and rule"):
        known_faults(tmp_path)


def test_one_healthy_drive_above_watch_misses_the_target() -> None:
    scores = [source_score("van", [drive(1), drive(2, Severity.ALERT)])]

    assert missed_on_real_drives(scores) == ["van: 1 of 2 drives without a known fault told above WATCH"]


@pytest.mark.parametrize(("watched", "missed"), [(1, 0), (2, 1)])
def test_one_healthy_drive_in_twenty_may_be_told_watch(watched: int, missed: int) -> None:
    drives = [drive(number, Severity.WATCH if number < watched else None) for number in range(20)]

    assert len(missed_on_real_drives([source_score("van", drives)])) == missed


def test_a_drive_with_a_known_fault_may_be_told_anything() -> None:
    score = source_score("van", [drive(1, Severity.STOP, "coolant")])

    assert missed_on_real_drives([score]) == []
    assert (score.healthy, score.known, score.known_found) == (0, 1, 1)


def test_a_known_fault_that_is_not_found_misses_the_target() -> None:
    score = source_score("van", [drive(1, Severity.STOP, "battery")])

    assert missed_on_real_drives([score]) == ["van: 0 of 1 known faults found"]
