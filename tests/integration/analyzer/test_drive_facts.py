"""From stored rows to stored facts."""

import random
from datetime import UTC, datetime

import pytest
from sqlalchemy import update
from sqlmodel import Session, col

from analyzer_store import CAR, Garage
from drive_rows import NOON, DriveRow, between, drive_rows
from drive_seasons import season
from obd2_analyzer.repository.drives import load_history
from obd2_analyzer.repository.rows import Source
from obd2_analyzer.thresholds import load_thresholds
from obd2_common import jobs
from obd2_common.database import Database
from obd2_common.tables.drives import Drive, DriveStatistic, Finding
from obd2_common.tables.jobs import Job

ENGINE_ONLY = (
    "SPEED",
    "COOLANT_TEMP",
    "INTAKE_TEMP",
    "ENGINE_LOAD",
    "SHORT_FUEL_TRIM_1",
    "LONG_FUEL_TRIM_1",
    "MAF",
    "TIMING_ADVANCE",
    "O2_B1S1",
    "BATTERY_V",
    "FUEL_SYSTEM_STATUS",
)
HOT = {"COOLANT_TEMP": between(400, 500, 105.0, 90.0)}


def engine(duration: float, *, after: float, first_id: int, drive_id: int | None = None) -> list[DriveRow]:
    return drive_rows(duration, without=ENGINE_ONLY, started_at=NOON + after, first_id=first_id, drive_id=drive_id)


def at(seconds: float) -> datetime:
    return datetime.fromtimestamp(NOON + seconds, UTC)


def test_a_drive_is_stored_with_statistics_findings_and_grade(garage: Garage) -> None:
    garage.receive(drive_rows(600, signals=HOT))

    garage.work()

    drive = garage.drives()["7"]
    assert (drive.drive_id, drive.origin, drive.state) == (7, "pi", "computed")
    assert (drive.started_at, drive.ended_at, drive.duration_seconds) == (at(0), at(600), 600)
    assert (drive.row_count, drive.is_real, drive.real_share, drive.profile_id) == (3612, True, 1.0, "daily")
    assert (drive.grade, drive.grade_points, drive.data_quality, drive.flags) == ("D", 37.5, "full", [])
    (coolant,) = garage.all(DriveStatistic, parameter_name="COOLANT_TEMP")
    assert (coolant.scope, coolant.unit, coolant.data_source) == ("all", "°C", "real")
    assert (coolant.sample_count, coolant.min_value, coolant.max_value) == (301, 90.0, 105.0)
    assert coolant.avg_value == pytest.approx((50 * 105 + 251 * 90) / 301)
    (finding,) = garage.all(Finding)
    assert (finding.rule, finding.severity, finding.value, finding.threshold) == ("coolant", "STOP", 105.0, 104.0)
    assert (finding.started_at, finding.ended_at, finding.duration_seconds) == (at(400), at(500), 100.0)


def test_computing_a_drive_again_changes_nothing(garage: Garage) -> None:
    garage.receive(drive_rows(600, signals=HOT))
    garage.work()
    before = garage.facts()

    garage.receive(drive_rows(600, signals=HOT))
    garage.work()

    assert garage.facts() == before


def test_late_rows_are_taken_in(garage: Garage) -> None:
    rows = drive_rows(600, signals=HOT)
    garage.receive(rows[:2000])
    garage.work()
    assert garage.all(Finding) == []

    garage.receive(rows[2000:])
    garage.work()

    assert garage.drives()["7"].row_count == len(rows)
    assert len(garage.all(Finding)) == 1


def test_rows_in_any_order_repeated_and_in_pieces_give_the_facts_of_one_push(garage: Garage) -> None:
    rows = (
        engine(22, after=0, first_id=1)
        + drive_rows(600, signals=HOT, started_at=NOON + 40, first_id=100)
        + engine(90, after=2000, first_id=5000)
        + drive_rows(400, started_at=NOON + 4000, first_id=6000, drive_id=8)
    )
    garage.receive(rows)
    garage.work()
    clean = garage.facts()
    garage.database.run(_forget_everything)

    chance = random.Random(4)  # noqa: S311 - repeatable shuffling
    arrived = rows + chance.sample(rows, 500)
    chance.shuffle(arrived)
    for begin in range(0, len(arrived), 700):
        garage.receive(arrived[begin : begin + 700])
        garage.clock.advance(seconds=5)
        garage.work()

    assert garage.facts() == clean


def _forget_everything(session: Session) -> None:
    for name in (
        "realtime_data",
        "drives",
        "drive_parameter_statistics",
        "findings",
        "jobs",
        "analyses",
        "recommendations",
    ):
        session.connection().exec_driver_sql(f"DELETE FROM {name}")  # noqa: S608 - our own names


def test_drives_of_other_devices_and_epochs_with_the_same_id_stay_apart(garage: Garage) -> None:
    garage.know("other-car", epochs=2)
    garage.receive(drive_rows(100))
    garage.receive(drive_rows(200), device="other-car")
    garage.receive(drive_rows(300), device="other-car", epoch=2)

    garage.work()

    found = {(drive.source_device, drive.source_epoch): drive.duration_seconds for drive in garage.all(Drive)}
    assert found == {(CAR, 1): 100, ("other-car", 1): 200, ("other-car", 2): 300}


@pytest.mark.parametrize("first", ["cranking", "drive"])
def test_premint_rows_are_attributed_whichever_job_runs_first(garage: Garage, first: str) -> None:
    cranking = engine(22, after=0, first_id=1)
    drive = drive_rows(300, started_at=NOON + 33, first_id=1000)

    for rows in (cranking, drive) if first == "cranking" else (drive, cranking):
        garage.receive(rows)
        garage.work()

    (found,) = garage.all(Drive)
    assert (found.premint_row_count, found.premint_started_at) == (len(cranking), at(0))
    assert (found.started_at, found.row_count) == (at(33), len(drive))


def test_a_drive_the_pi_missed_is_derived_and_parked_noise_is_not(garage: Garage) -> None:
    garage.receive(engine(60, after=0, first_id=41))
    garage.receive(
        drive_rows(
            3600, signals={"RPM": 0.0}, without=ENGINE_ONLY, started_at=NOON + 9000, first_id=5000, drive_id=None
        )
    )

    garage.work()

    (found,) = garage.all(Drive)
    assert (found.drive_key, found.drive_id, found.origin, found.row_count) == ("derived-41", None, "derived", 31)


def test_a_late_earlier_row_renames_a_derived_drive_and_keeps_an_operators_hold(garage: Garage) -> None:
    rows = engine(60, after=0, first_id=41)
    garage.receive(rows[10:])
    garage.work()
    garage.database.run(
        lambda session: session.connection().execute(
            update(Drive.__table__).values(is_held_out=True, hold_reason="bench")  # type: ignore[attr-defined]
        )
    )

    garage.receive(rows[:10])
    garage.work()

    (found,) = garage.all(Drive)
    assert (found.drive_key, found.is_held_out, found.hold_reason) == ("derived-41", True, "bench")


def test_two_derived_drives_that_late_rows_join_become_one(garage: Garage) -> None:
    rows = engine(600, after=0, first_id=1)
    garage.receive(rows[:100] + rows[200:])
    garage.work()
    assert len(garage.all(Drive)) == 2

    garage.receive(rows[100:200])
    garage.work()

    (found,) = garage.all(Drive)
    assert (found.drive_key, found.row_count) == ("derived-1", len(rows))


def test_rows_that_get_a_drive_id_later_leave_their_derived_drive(garage: Garage) -> None:
    rows = engine(600, after=0, first_id=1)
    garage.receive(rows)
    garage.work()
    assert list(garage.drives()) == ["derived-1"]

    garage.receive([(*row[:7], 12) for row in rows])
    garage.work()

    assert list(garage.drives()) == ["12"]


def test_a_logged_drive_without_ids_is_found_even_when_it_is_short(garage: Garage) -> None:
    garage.receive(engine(20, after=0, first_id=1))
    garage.work()
    assert garage.drives() == {}

    garage.receive_events([(1, NOON + 5, "drive_start"), (2, NOON + 19, "drive_end")])
    garage.work()

    assert list(garage.drives()) == ["derived-1"]


def test_overlapping_drives_are_flagged_on_both_sides_and_unflagged_again(garage: Garage) -> None:
    garage.receive(drive_rows(600, drive_id=23))
    garage.work()
    garage.receive(drive_rows(600, started_at=NOON + 300, first_id=10_000, drive_id=24))
    garage.work()

    drives = garage.drives()
    assert (drives["23"].overlaps_with, drives["24"].overlaps_with) == (["24"], ["23"])
    assert {drive.data_quality for drive in drives.values()} == {"attribution_anomaly"}
    assert all("overlap" in (drive.flags or []) for drive in drives.values())
    assert {held.data_quality for held in garage.all(DriveStatistic)} == {"attribution_anomaly"}

    moved = drive_rows(600, started_at=NOON + 3000, first_id=10_000, drive_id=24)
    garage.receive(moved)
    garage.work()

    drives = garage.drives()
    assert [drive.overlaps_with for drive in drives.values()] == [[], []]
    assert {drive.data_quality for drive in drives.values()} == {"full"}
    assert all(drive.flags == [] for drive in drives.values())
    assert {held.data_quality for held in garage.all(DriveStatistic)} >= {"full"}


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


def test_the_noted_ambient_temperature_is_used(garage: Garage) -> None:
    garage.note_ambient(7, 25.0)
    garage.receive(drive_rows(900, signals={"INTAKE_TEMP": 70.0}))

    garage.work()

    (finding,) = garage.all(Finding)
    assert (finding.rule, finding.details["ambient_celsius"]) == ("iat", 25.0)


def test_values_no_car_measures_cost_nothing_but_themselves(garage: Garage) -> None:
    rows = drive_rows(200)
    odd: list[DriveRow] = [
        (900_000 + place, NOON + place, "RPM", value, "rpm", "daily", "real", 7)
        for place, value in enumerate((1.7e308, -1.7e308, 1.7e308))
    ]
    garage.receive([*rows, *odd])

    garage.work()

    names = {held.parameter_name for held in garage.all(DriveStatistic, scope="all")}
    assert "RPM" not in names
    assert len(names) == 11
    assert garage.drives()["7"].history["rejected"] == {"RPM": "a result is not finite"}  # type: ignore[index]


def test_a_drive_is_compared_with_earlier_ones_only(garage: Garage) -> None:
    season(garage, 6)
    garage.receive(
        drive_rows(300, signals={"COOLANT_TEMP": 95.0}, started_at=NOON + 6 * 86_400, first_id=90_000, drive_id=7)
    )
    garage.work()

    history = garage.drives()["7"].history
    assert history is not None
    assert history["prior_drive_count"] == 6
    assert [held["parameter"] for held in history["anomalies"]] == ["COOLANT_TEMP"]
    assert garage.drives()["1"].history["prior_drive_count"] == 0  # type: ignore[index]


def test_flagged_held_short_and_unreal_drives_are_no_history(garage: Garage) -> None:
    season(garage, 5)
    garage.receive(drive_rows(300, started_at=NOON + 5 * 86_400, first_id=60_000, drive_id=6, data_source="replay"))
    garage.receive(drive_rows(100, started_at=NOON + 6 * 86_400, first_id=70_000, drive_id=8))
    garage.database.run(
        lambda session: session.connection().execute(
            update(Drive.__table__)  # type: ignore[attr-defined]
            .where(col(Drive.drive_key) == "2")
            .values(is_held_out=True)
        )
    )
    garage.work()

    found = garage.database.read(
        lambda session: load_history(session, Source(CAR, 1), "99", at(30 * 86_400), load_thresholds())
    )

    assert [drive.drive_key for drive in found.drives] == ["1", "3", "4", "5"]


def test_a_computed_drive_always_has_its_analysis_enqueued(garage: Garage) -> None:
    garage.receive(drive_rows(300))
    worker = garage.worker()

    assert worker.work_once()

    (job,) = garage.all(Job, kind=jobs.ANALYSIS)
    assert (job.state, job.drive_id, job.reason) == ("queued", 7, "drive_computed")
    assert job.payload["driveKey"] == "7"


def test_a_recompute_without_any_change_asks_for_no_new_analysis(garage: Garage) -> None:
    garage.receive(drive_rows(300))
    garage.work()
    (job,) = garage.all(Job, kind=jobs.ANALYSIS)

    garage.receive(drive_rows(300))
    garage.work()

    assert garage.job(job.job_id).revision == job.revision
