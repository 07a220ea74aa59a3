"""What operators say about drives, and what the analyzer makes of it."""

from datetime import datetime

from sqlmodel import Session

from obd2_analyzer.facts.history import PastStatistic
from obd2_analyzer.repository.drives import load_history
from obd2_analyzer.repository.rows import Source
from obd2_analyzer.thresholds import load_thresholds
from obd2_api.repository import drive_marks, eras
from obd2_common.jobs import queue as jobs
from obd2_common.tables.drives import Drive
from obd2_common.tables.jobs import Job
from obd2_common.tables.operators import DriveAnnotation, ReferenceDrive, TuneEra
from support.analyzer_store import CAR, Garage
from support.drive_rows import NOON, at, drive_rows
from support.drive_seasons import DAY, season

SOURCE = Source(CAR, 1)


def drive(session: Session, key: str) -> Drive:
    found = session.get(Drive, (CAR, 1, key), populate_existing=True)
    assert found is not None
    return found


def hold(garage: Garage, key: str) -> int:
    now = garage.clock()
    return garage.database.run(
        lambda session: drive_marks.hold_drive(session, drive(session, key), reason="bench", now=now)
    )


def begin_era(garage: Garage, name: str, moment: datetime) -> int:
    def begin(session: Session) -> int:
        era = TuneEra(source_device=CAR, name=name, started_at=moment, created_at=garage.clock())
        return eras.start_era(session, era, now=garage.clock())[1]

    return garage.database.run(begin)


def choose(garage: Garage, key: str) -> int:
    now = garage.clock()
    return garage.database.run(lambda session: drive_marks.choose_reference(session, drive(session, key), now=now))


def prior_counts(garage: Garage) -> list[int]:
    drives = sorted(garage.all(Drive), key=lambda found: found.started_at)
    return [found.history["prior_drive_count"] for found in drives]


def queued(garage: Garage) -> set[str]:
    waiting = garage.all(Job, kind=jobs.DRIVE_FACTS, state=jobs.QUEUED)
    return {str((job.payload or {}).get("driveKey", job.drive_id)) for job in waiting}


def history_keys(garage: Garage, moment: datetime) -> list[str]:
    found = garage.database.read(lambda session: load_history(session, SOURCE, "99", moment, load_thresholds()))
    return [past.drive_key for past in found.drives]


def reference_at(garage: Garage, moment: datetime) -> str | None:
    found = garage.database.read(lambda session: load_history(session, SOURCE, "99", moment, load_thresholds()))
    return None if found.reference is None else found.reference.drive_key


def revision(garage: Garage, key: str) -> int:
    (job,) = garage.all(Job, kind=jobs.DRIVE_FACTS, drive_id=int(key))
    return int(job.revision)


def test_a_held_drive_leaves_the_baselines_of_later_drives_and_comes_back(garage: Garage) -> None:
    season(garage, 4)

    assert hold(garage, "2") == 2
    assert queued(garage) == {"2", "3", "4"}
    garage.work()
    assert prior_counts(garage) == [0, 1, 1, 2]

    now = garage.clock()
    garage.database.run(lambda session: drive_marks.release_drive(session, drive(session, "2"), now=now))
    garage.work()

    assert prior_counts(garage) == [0, 1, 2, 3]
    assert garage.drives()["2"].hold_reason is None


def test_holding_a_held_drive_again_only_changes_the_reason(garage: Garage) -> None:
    season(garage, 3)
    hold(garage, "1")
    garage.work()

    assert hold(garage, "1") == 0
    assert queued(garage) == set()


def test_a_drive_that_is_being_computed_while_another_is_held_is_computed_again(garage: Garage) -> None:
    season(garage, 2)
    garage.receive(drive_rows(300, started_at=NOON + 9 * DAY, first_id=90_000, drive_id=10))
    garage.database.run(
        lambda session: session.connection().execute(
            Job.__table__.update().where(Job.__table__.c.drive_id == 10).values(state=jobs.RUNNING)  # type: ignore[attr-defined]
        )
    )

    hold(garage, "1")

    (running,) = garage.all(Job, drive_id=10)
    assert (running.state, running.revision) == (jobs.RUNNING, 2)


def test_an_era_parts_history_and_has_the_drives_around_its_start_computed_again(garage: Garage) -> None:
    season(garage, 5)

    assert begin_era(garage, "MD326328", at(1.5 * DAY)) == 5
    garage.work()

    assert prior_counts(garage) == [0, 1, 0, 1, 2]
    assert history_keys(garage, at(9 * DAY)) == ["3", "4", "5"]
    assert history_keys(garage, at(1.2 * DAY)) == ["1", "2"]


def test_only_the_eras_that_border_on_a_new_one_are_computed_again(garage: Garage) -> None:
    season(garage, 5)
    begin_era(garage, "second", at(1.5 * DAY))
    garage.work()

    assert begin_era(garage, "third", at(3.5 * DAY)) == 3

    assert queued(garage) == {"3", "4", "5"}


def test_a_removed_era_is_one_with_the_time_before_it(garage: Garage) -> None:
    season(garage, 3)
    begin_era(garage, "swap", at(1.5 * DAY))
    garage.work()
    now = garage.clock()

    assert garage.database.run(lambda session: eras.remove_era(session, CAR, "swap", now=now)) == 3
    garage.work()

    assert prior_counts(garage) == [0, 1, 2]


def test_the_reference_drive_is_loaded_with_its_statistics(garage: Garage) -> None:
    season(garage, 2)
    choose(garage, "2")

    found = garage.database.read(lambda session: load_history(session, SOURCE, "99", at(9 * DAY), load_thresholds()))

    assert found.reference is not None
    assert found.reference.drive_key == "2"
    assert found.reference.statistics["RPM", "all"] == PastStatistic(2200.0, 0.0, 151, 302.0)


def test_an_era_has_one_reference_drive_and_another_era_its_own(garage: Garage) -> None:
    season(garage, 4)
    begin_era(garage, "swap", at(1.5 * DAY))
    for key in ("1", "3", "4"):
        choose(garage, key)

    assert {reference.drive_key for reference in garage.all(ReferenceDrive)} == {"1", "4"}
    assert reference_at(garage, at(1.2 * DAY)) == "1"
    assert reference_at(garage, at(9 * DAY)) == "4"


def test_late_rows_of_a_reference_drive_have_all_of_its_era_computed_again(garage: Garage) -> None:
    season(garage, 3)
    choose(garage, "2")
    garage.work()
    before = {key: revision(garage, key) for key in ("1", "3")}

    garage.receive(drive_rows(300, signals={"RPM": 2300.0}, started_at=NOON + DAY + 301, first_id=18_000, drive_id=2))
    garage.work()

    assert all(revision(garage, key) > before[key] for key in before)


def test_a_derived_drive_that_gets_another_key_keeps_its_notes_and_stays_the_reference(garage: Garage) -> None:
    rows = drive_rows(300, first_id=41, drive_id=None)
    garage.receive(rows[120:])
    garage.work()
    (first,) = garage.all(Drive)
    now = garage.clock()
    garage.database.run(lambda session: drive_marks.annotate(session, drive(session, first.drive_key), "rain", now=now))
    choose(garage, first.drive_key)

    garage.receive(rows[:120])
    garage.work()

    (found,) = garage.all(Drive)
    assert found.drive_key == "derived-41"
    assert [(note.drive_key, note.note) for note in garage.all(DriveAnnotation)] == [("derived-41", "rain")]
    assert [reference.drive_key for reference in garage.all(ReferenceDrive)] == ["derived-41"]
