"""Curves and maps are stored with the drive they belong to, and drives of an older version are computed again."""

from sqlalchemy import update
from sqlmodel import Session

from obd2_analyzer.nightly import refresh_outdated
from obd2_common.jobs.recompute import REASON_OUTDATED
from obd2_common.series import unpack_series
from obd2_common.tables.curves import DriveMapCell, DriveSeries
from obd2_common.tables.drives import Drive
from obd2_common.tables.jobs import Job
from support.analyzer_store import Garage
from support.drive_rows import HEALTHY, drive_rows


def test_a_drive_is_stored_with_its_curves_and_its_map(garage: Garage) -> None:
    garage.receive(drive_rows(600))

    garage.work()

    stored = {row.parameter_name: row for row in garage.all(DriveSeries)}
    assert stored.keys() == HEALTHY.keys()
    offsets, values = unpack_series(stored["SPEED"].packed, stored["SPEED"].sample_count)
    assert (len(offsets), offsets[-1], set(values)) == (301, 600_000_000, {60.0})
    assert {(cell.rpm_band, cell.load_band) for cell in garage.all(DriveMapCell)} == {(2000, 30)}


def test_late_rows_replace_the_curves(garage: Garage) -> None:
    rows = drive_rows(600)
    garage.receive(rows[:1200])
    garage.work()

    garage.receive(rows[1200:])
    garage.work()

    assert {row.sample_count for row in garage.all(DriveSeries)} == {301}


def test_drives_computed_by_other_numbers_are_computed_again_and_others_left_alone(garage: Garage) -> None:
    garage.receive(drive_rows(600))
    garage.receive(drive_rows(600, drive_id=8, first_id=10_000, started_at=1_752_300_000.0))
    garage.work()
    assert refresh_outdated(garage.context) == 0

    def make_old(session: Session) -> None:
        table = Drive.__table__  # type: ignore[attr-defined]
        session.connection().execute(update(table).where(table.c.drive_key == "8").values(facts_version="1-x"))

    garage.database.run(make_old)

    assert refresh_outdated(garage.context) == 1
    (job,) = [job for job in garage.all(Job) if job.reason == REASON_OUTDATED]
    assert job.drive_id == 8
    garage.work()
    assert len({drive.facts_version for drive in garage.drives().values()}) == 1
    assert refresh_outdated(garage.context) == 0
