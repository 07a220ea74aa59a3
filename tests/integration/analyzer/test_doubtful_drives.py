"""Drives whose rows cannot all be trusted: overlaps, clocks, simulated sources, nulls and absurd values."""

import pytest

from obd2_common.db.database import Database
from obd2_common.tables.drives import DriveStatistic
from support.analyzer_store import Garage
from support.drive_rows import NOON, DriveRow, between, drive_rows


def test_overlapping_drives_are_flagged_on_both_sides_and_unflagged_again(garage: Garage) -> None:
    garage.receive(drive_rows(600, drive_id=23))
    garage.work()
    garage.receive(drive_rows(600, started_at=NOON + 300, first_id=10_000, drive_id=24))
    garage.work()

    drives = garage.drives()
    assert (drives["23"].overlaps_with, drives["24"].overlaps_with) == (["24"], ["23"])
    assert {drive.data_quality for drive in drives.values()} == {"attribution_anomaly"}
    assert all("overlap" in (drive.flags or []) for drive in drives.values())
    assert {statistic.data_quality for statistic in garage.all(DriveStatistic)} == {"attribution_anomaly"}

    moved = drive_rows(600, started_at=NOON + 3000, first_id=10_000, drive_id=24)
    garage.receive(moved)
    garage.work()

    drives = garage.drives()
    assert [drive.overlaps_with for drive in drives.values()] == [[], []]
    assert {drive.data_quality for drive in drives.values()} == {"full"}
    assert all(drive.flags == [] for drive in drives.values())
    assert {statistic.data_quality for statistic in garage.all(DriveStatistic)} >= {"full"}


def test_rows_from_the_future_flag_the_clock(garage: Garage) -> None:
    garage.receive(drive_rows(100), row_flags="time_future")

    garage.work()

    assert garage.drives()["7"].flags == ["clock_anomaly"]


@pytest.mark.parametrize(("default", "is_real", "flags"), [("physics_sim", False, ["not_real"]), (None, None, [])])
def test_a_devices_default_says_what_unmarked_rows_are(
    database: Database,
    default: str | None,
    is_real: bool | None,  # noqa: FBT001
    flags: list[str],
) -> None:
    garage = Garage(database)
    garage.know(default_source=default)
    garage.receive(drive_rows(100, data_source=None))

    garage.work()

    drive = garage.drives()["7"]
    assert (drive.is_real, drive.flags) == (is_real, flags)


def test_rows_of_nulls_give_a_drive_without_window_or_grade(garage: Garage) -> None:
    garage.receive([(1, None, None, None, None, None, None, 5), (2, None, "RPM", None, None, None, None, 5)])

    garage.work()

    drive = garage.drives()["5"]
    assert (drive.started_at, drive.grade, drive.is_real, drive.row_count) == (None, None, None, 2)
    assert drive.invalid_row_count == 2


def test_a_drive_known_only_by_its_summary_is_no_drive_yet(garage: Garage) -> None:
    garage.note_ambient(9, 21.0)

    garage.work()

    assert garage.drives() == {}


def test_values_no_car_measures_cost_nothing_but_themselves(garage: Garage) -> None:
    rows = drive_rows(200)
    odd: list[DriveRow] = [
        (900_000 + place, NOON + place, "BOOST", value, "", "daily", "real", 7)
        for place, value in enumerate((1.7e308, -1.7e308, 1.7e308))
    ]
    garage.receive([*rows, *odd])

    garage.work()

    names = {row.parameter_name for row in garage.all(DriveStatistic, scope="all")}
    assert "BOOST" not in names
    assert len(names) == 12
    told = {"reason": "out_of_range", "parameter": "BOOST", "unit": "", "row_count": 3}
    assert told in (garage.drives()["7"].left_out or [])


def test_distance_and_rows_left_out_are_stored_with_the_drive(garage: Garage) -> None:
    rows = drive_rows(600, signals={"COOLANT_TEMP": between(300, 302, 215.0, 88.0)})
    garage.receive([*rows, (90_000, NOON + 600, "MAF", 3.0, "bananas", "daily", "real", 7)])

    garage.work()

    drive = garage.drives()["7"]
    assert drive.distance_km == pytest.approx(10.0)
    assert drive.distance_unknown_seconds == 0.0
    assert drive.left_out == [
        {"reason": "unit_unknown", "parameter": "MAF", "unit": "bananas", "row_count": 1},
        {"reason": "at_rail", "parameter": "COOLANT_TEMP", "unit": "°C", "row_count": 1},
    ]


def test_a_drive_without_anything_odd_has_nothing_left_out(garage: Garage) -> None:
    garage.receive(drive_rows(600, without=["SPEED"]))

    garage.work()

    drive = garage.drives()["7"]
    assert (drive.left_out, drive.distance_km, drive.distance_unknown_seconds) == (None, None, None)
