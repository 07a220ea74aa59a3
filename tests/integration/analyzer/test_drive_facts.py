"""From stored rows to stored facts: whatever way the rows come, and however often."""

import random

import pytest
from sqlmodel import Session

from obd2_common.jobs import queue as jobs
from obd2_common.tables.drives import Drive, DriveStatistic, Finding
from obd2_common.tables.jobs import Job
from support.analyzer_store import CAR, Garage
from support.drive_rows import NOON, at, between, drive_rows, engine_rows

HOT = {"COOLANT_TEMP": between(400, 500, 105.0, 90.0)}


def test_a_drive_is_stored_with_statistics_findings_and_grade(garage: Garage) -> None:
    garage.receive(drive_rows(600, signals=HOT))

    garage.work()

    drive = garage.drives()["7"]
    assert (drive.drive_id, drive.origin, drive.state) == (7, "pi", "computed")
    assert (drive.started_at, drive.ended_at, drive.duration_seconds) == (at(0), at(600), 600)
    assert (drive.row_count, drive.is_real, drive.real_share, drive.profile_id) == (3612, True, 1.0, "daily")
    assert (drive.grade, drive.grade_points, drive.data_quality, drive.flags) == ("D", 37.5, "full", [])
    (coolant,) = garage.all(DriveStatistic, parameter_name="COOLANT_TEMP", scope="all")
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
        engine_rows(22, after=0, first_id=1)
        + drive_rows(600, signals=HOT, started_at=NOON + 40, first_id=100)
        + engine_rows(90, after=2000, first_id=5000)
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


def test_the_noted_ambient_temperature_is_used(garage: Garage) -> None:
    garage.note_ambient(7, 25.0)
    garage.receive(drive_rows(900, signals={"INTAKE_TEMP": 70.0}))

    garage.work()

    (finding,) = garage.all(Finding)
    assert (finding.rule, finding.details["ambient_celsius"]) == ("iat", 25.0)


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
