"""One wrong stamp spoils no drive, and no other drive; what it has spoilt heals."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import update
from sqlmodel import Session

from obd2_api.repository.drive_marks import hold_drive, release_drive
from obd2_common.tables.drives import Drive
from support.analyzer_store import CAR, Garage
from support.drive_rows import NOON, DriveRow, drive_rows
from support.drive_seasons import DAY, season

HOUR = 3600.0
IN_2036 = datetime(2036, 2, 7, 6, 28, 15, tzinfo=UTC)


def stray(moment: float, *, drive_id: int, source_id: int) -> DriveRow:
    return source_id, moment, "RPM", 1800.0, "rpm", "daily", "real", drive_id


def duration(drive: Drive) -> int | None:
    return drive.duration_seconds


def hold(garage: Garage, key: str) -> None:
    now = garage.clock()

    def write(session: Session) -> None:
        drive = session.get(Drive, (CAR, 1, key), populate_existing=True)
        assert drive is not None
        hold_drive(session, drive, reason="bench", now=now)

    garage.database.run(write)


def release(garage: Garage, key: str) -> None:
    now = garage.clock()

    def write(session: Session) -> None:
        drive = session.get(Drive, (CAR, 1, key), populate_existing=True)
        assert drive is not None
        release_drive(session, drive, now=now)

    garage.database.run(write)


@pytest.mark.parametrize("row_flags", ["time_future", "choice_unknown,time_future", None])
def test_one_row_of_2036_leaves_later_drives_and_their_history_alone(garage: Garage, row_flags: str | None) -> None:
    garage.receive([stray(IN_2036.timestamp(), drive_id=1, source_id=5_000)], row_flags=row_flags)
    season(garage, 7)

    drives = garage.drives()
    assert [duration(drive) for drive in drives.values()] == [300] * 7
    assert drives["1"].flags == ["clock_anomaly"]
    assert drives["1"].left_out == [{"reason": "clock", "parameter": None, "unit": None, "row_count": 1}]
    assert [drive.flags for key, drive in drives.items() if key != "1"] == [[]] * 6
    assert drives["7"].history is not None
    assert drives["7"].history["prior_drive_count"] == 5


@pytest.mark.parametrize("back", [23 * HOUR, DAY, 56 * 365 * DAY])
def test_a_clock_behind_for_a_while_does_not_reach_into_an_earlier_drive(garage: Garage, back: float) -> None:
    garage.receive(drive_rows(3 * HOUR, started_at=NOON - DAY, drive_id=1, every_seconds=10))
    behind = drive_rows(40, started_at=NOON - back, first_id=100_000, drive_id=2)
    garage.receive(behind + drive_rows(600, first_id=200_000, drive_id=2))
    garage.work()

    drives = garage.drives()
    assert [duration(drive) for drive in drives.values()] == [3 * HOUR, 600]
    assert [drive.flags for drive in drives.values()] == [[], ["clock_anomaly"]]
    assert drives["2"].row_count == 21 * 12 + 301 * 12


def test_a_drive_in_the_silence_of_another_overlaps_with_none(garage: Garage) -> None:
    before, after = drive_rows(600, drive_id=1), drive_rows(600, started_at=NOON + 2400, first_id=50_000, drive_id=1)
    garage.receive(before + after)
    garage.receive(drive_rows(600, started_at=NOON + 1200, first_id=20_000, drive_id=2))
    garage.work()

    assert [drive.overlaps_with for drive in garage.drives().values()] == [[], []]


def test_a_drive_all_of_whose_stamps_are_wrong_says_so(garage: Garage) -> None:
    garage.receive(drive_rows(600, started_at=0.0))
    garage.work()

    drive = garage.drives()["7"]
    assert (drive.started_at, drive.ended_at, drive.duration_seconds, drive.grade) == (None, None, None, None)
    assert drive.flags == ["clock_anomaly"]
    assert drive.left_out == [{"reason": "clock", "parameter": None, "unit": None, "row_count": drive.row_count}]


def test_rows_of_no_drive_with_a_clock_never_set_are_no_drive(garage: Garage) -> None:
    garage.receive(drive_rows(600, started_at=100.0, drive_id=None))
    garage.work()

    assert garage.drives() == {}


def test_an_overlap_ends_for_the_others_when_its_drive_is_held_out_and_comes_back(garage: Garage) -> None:
    garage.receive(drive_rows(600, drive_id=23))
    garage.receive(drive_rows(600, started_at=NOON + 300, first_id=10_000, drive_id=24))
    garage.receive(drive_rows(600, started_at=NOON + 800, first_id=20_000, drive_id=25))
    garage.work()
    assert [drive.overlaps_with for drive in garage.drives().values()] == [["24"], ["23", "25"], ["24"]]

    hold(garage, "24")
    garage.work()

    drives = garage.drives()
    assert [drives[key].flags for key in ("23", "25")] == [[], []]
    assert [drives[key].data_quality for key in ("23", "25")] == ["full", "full"]

    release(garage, "24")
    garage.work()

    assert [drive.overlaps_with for drive in garage.drives().values()] == [["24"], ["23", "25"], ["24"]]


def test_a_window_stored_too_long_spoils_no_drive_that_is_computed_again(garage: Garage) -> None:
    season(garage, 7)
    spoil_all(garage)

    garage.receive([stray(NOON + 6 * DAY + 300, drive_id=7, source_id=69_999)])
    garage.work()

    drives = garage.drives()
    assert (drives["7"].flags, drives["7"].overlaps_with) == ([], [])
    assert drives["7"].data_quality == "full"


def test_a_window_stored_too_long_heals_everything_once_its_drive_is_computed_again(garage: Garage) -> None:
    season(garage, 7)
    spoil_all(garage)

    garage.receive([stray(NOON + 300, drive_id=1, source_id=9_999)])
    garage.work()

    drives = garage.drives()
    assert [drive.flags for drive in drives.values()] == [[]] * 7
    assert drives["7"].history is not None
    assert drives["7"].history["prior_drive_count"] == 6


def spoil_all(garage: Garage) -> None:
    """Store what was once made of a drive with a stamp of 2036: it reaches over every later one."""
    table = Drive.__table__  # type: ignore[attr-defined]

    def write(session: Session) -> None:
        others = [str(number) for number in range(2, 8)]
        flagged = {"flags": ["overlap"], "data_quality": "attribution_anomaly"}
        connection = session.connection()
        connection.execute(update(table).where(table.c.drive_key != "1").values(overlaps_with=["1"], **flagged))
        connection.execute(
            update(table).where(table.c.drive_key == "1").values(ended_at=IN_2036, overlaps_with=others, **flagged)
        )

    garage.database.run(write)
