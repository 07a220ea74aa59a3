"""What a drive is compared with, and what is no history."""

import random
from pathlib import Path

from sqlalchemy import update
from sqlmodel import col

from obd2_analyzer.repository.drives import load_history
from obd2_analyzer.repository.rows import Source
from obd2_analyzer.thresholds import load_thresholds
from obd2_common import migrate
from obd2_common.db.database import Database
from obd2_common.tables.drives import Drive
from support.analyzer_store import CAR, Garage
from support.drive_rows import NOON, at, drive_rows
from support.drive_seasons import DAY, season


def test_a_drive_is_compared_with_earlier_ones_only(garage: Garage) -> None:
    season(garage, 6)
    garage.receive(
        drive_rows(300, signals={"COOLANT_TEMP": 95.0}, started_at=NOON + 6 * 86_400, first_id=90_000, drive_id=7)
    )
    garage.work()

    history = garage.drives()["7"].history
    assert history is not None
    assert history["prior_drive_count"] == 6
    assert [anomaly["parameter"] for anomaly in history["anomalies"]] == ["COOLANT_TEMP"]
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


def test_the_digest_of_facts_does_not_depend_on_the_database(garage: Garage, tmp_path: Path) -> None:
    other_database = Database(f"sqlite:///{tmp_path / 'other.db'}")
    migrate.upgrade(other_database)
    other = Garage(other_database)
    other.know()
    chance = random.Random(7)  # noqa: S311 - repeatable noise
    for day in range(7):
        rows = drive_rows(
            300,
            signals={"COOLANT_TEMP": lambda _: chance.gauss(88, 1), "MAF": lambda _: chance.uniform(3, 200) / 3},
            started_at=NOON + day * DAY,
            first_id=1 + day * 10_000,
            drive_id=day + 1,
        )
        for one in (garage, other):
            one.receive(rows)
            one.work()

    digests = [[drive.facts_digest for drive in one.drives().values()] for one in (garage, other)]
    other_database.close()
    assert digests[0] == digests[1]
