"""A rotation deletes what its plan says and nothing else, whatever dates clients claim and clocks show."""

import gzip
import os
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from obd2_backup import rotation, storing
from obd2_backup.repository import Bucket
from obd2_backup.retention import RetentionPolicy
from obd2_common.db.database import Database
from obd2_common.tables.backups import Backup
from support.backup_policies import policies
from support.backup_setup import BackupSetup

DEVICE_NUMBERS = count()
KEEP_ALL = RetentionPolicy(last=1000)
FORGED = tuple(datetime(year, 1, 1, tzinfo=UTC) for year in (1970, 2026, 2099))


@dataclass(frozen=True)
class Upload:
    """What a client sends, and how far the server's clock moves before that."""

    claimed: datetime
    """The date in the file's name, inside its gzip header, and later on the file itself."""
    is_good: bool
    clock_step: timedelta


uploads = st.lists(
    st.builds(
        Upload,
        claimed=st.sampled_from(FORGED),
        is_good=st.booleans(),
        clock_step=st.sampled_from([timedelta(0), timedelta(minutes=40), timedelta(days=9), -timedelta(days=400)]),
    ),
    min_size=1,
    max_size=12,
)
on_the_database = settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@pytest.fixture
def backups(tmp_path: Path, database: Database) -> BackupSetup:
    return BackupSetup.at(tmp_path, database)


def store(backups: BackupSetup, sent: Sequence[Upload], policy: RetentionPolicy) -> list[Backup]:
    """Store uploads of a device never seen before, one by one, and return their rows in the order of receipt."""
    device_id = f"car-{next(DEVICE_NUMBERS)}"
    rows = []
    for number, upload in enumerate(sent):
        backups.clock.now += upload.clock_step
        packed = gzip.compress(b"%d" % number, mtime=int(upload.claimed.timestamp()))
        name = f"obd-{upload.claimed:%Y-%m-%dT%H-%M-%S}.log.gz"
        backup_id = backups.upload(packed if upload.is_good else packed[:-4], name, device_id=device_id)
        storing.store_waiting(backups.context(policy))
        rows.append(backups.row(backup_id))
        os.utime(backups.vault.path(rows[-1].path), (upload.claimed.timestamp(),) * 2)
    return rows


def stored_ids(backups: BackupSetup, device_id: str) -> set[str]:
    """Return which backups are there by their rows, once that agrees with the files."""
    rows = [row for row in backups.rows("stored") if row.source_device == device_id]
    assert {row.path for row in rows} == {path for path in backups.files() if path.startswith(f"{device_id}/")}
    return {row.backup_id for row in rows}


@pytest.mark.databases("sqlite")
@on_the_database
@given(uploads, policies(most_last=8, most_of_a_rule=4))
def test_what_goes_is_what_the_plan_says(backups: BackupSetup, sent: list[Upload], policy: RetentionPolicy) -> None:
    rows = store(backups, sent, KEEP_ALL)
    bucket = Bucket(rows[0].source_device, "database")
    backups.clock.advance(hours=1)

    decisions = backups.database.read(
        lambda session: rotation.plan_bucket(session, bucket, policy, now=backups.clock()),
    )
    gone = rotation.rotate(backups.context(policy), bucket)

    planned = {decision.backup.backup_id for decision in decisions if decision.is_kept}
    assert {decision.backup.backup_id for decision in decisions} == {row.backup_id for row in rows}
    assert stored_ids(backups, bucket.source_device) == planned
    assert gone == len(rows) - len(planned)
    assert rotation.rotate(backups.context(policy), bucket) == 0


@pytest.mark.databases("sqlite")
@on_the_database
@given(uploads)
def test_a_claimed_date_keeps_and_evicts_nothing(backups: BackupSetup, sent: list[Upload]) -> None:
    policy = RetentionPolicy(last=3, daily=2, monthly=2)
    began_at = backups.clock()
    honest = [Upload(FORGED[1], upload.is_good, upload.clock_step) for upload in sent]

    kept_places = []
    for claims in (sent, honest):
        backups.clock.now = began_at
        rows = store(backups, claims, policy)
        kept = stored_ids(backups, rows[0].source_device)
        kept_places.append([row.backup_id in kept for row in rows])

    assert kept_places[0] == kept_places[1]


@pytest.mark.parametrize("claimed", FORGED)
def test_of_32_uploads_the_newest_30_are_kept_whatever_dates_the_last_two_claim(
    backups: BackupSetup, claimed: datetime
) -> None:
    step = timedelta(hours=1)
    sent = [Upload(FORGED[1], is_good=True, clock_step=step)] * 30 + [
        Upload(claimed, is_good=True, clock_step=step)
    ] * 2

    rows = store(backups, sent, RetentionPolicy())

    assert stored_ids(backups, rows[0].source_device) == {row.backup_id for row in rows[2:]}
    assert [row.rotated_count for row in rows] == [0] * 30 + [1, 1]


def test_one_file_sent_again_and_again_pushes_out_no_other(backups: BackupSetup) -> None:
    policy = RetentionPolicy(last=5)
    nights = [backups.upload(b"%d" % night, "obd.log") for night in range(5)]
    storing.store_waiting(backups.context(policy))
    for _ in range(5):
        backups.clock.advance(seconds=30)
        backups.upload(b"same", "obd.log")
        storing.store_waiting(backups.context(policy))

    assert [backups.row(night).state for night in nights] == ["rotated", *["stored"] * 4]
    assert len({row.sha256 for row in backups.rows("stored")}) == 5


def test_a_receipt_from_a_year_ahead_makes_no_later_one_go(backups: BackupSetup) -> None:
    policy = RetentionPolicy(last=1, daily=20)
    for day in range(20):
        backups.clock.advance(days=365 if day == 7 else 1)
        backups.upload(b"%d" % day, "obd.log")
        if day == 7:
            backups.clock.advance(days=-364)
        storing.store_waiting(backups.context(policy))

    assert len(backups.rows("stored")) == 20


def test_nothing_is_deleted_while_the_clock_cannot_be_relied_on(backups: BackupSetup) -> None:
    for number in range(4):
        backups.upload(b"%d" % number, "obd.log")
    storing.store_waiting(backups.context())
    context = backups.context(RetentionPolicy(last=1))

    assert rotation.rotate_all(replace(context, may_delete=lambda: False)) == 0
    assert rotation.rotate_all(context) == 3


def test_each_row_says_why_it_stays_and_whether_it_goes_next(backups: BackupSetup) -> None:
    policy = RetentionPolicy(last=3)
    ids = []
    for number in range(4):
        ids.append(backups.upload(b"%d" % number, "obd.log"))
        storing.store_waiting(backups.context(policy))
        backups.clock.advance(days=1)
    rotation.rotate_all(backups.context(policy))

    rows = [backups.row(name) for name in ids[1:]]
    assert [row.kept_because for row in rows] == [
        ["last 3 of 3"],
        ["last 2 of 3"],
        ["last 1 of 3", "newest", "newest verified"],
    ]
    assert [row.goes_next for row in rows] == [True, False, False]

    ids.append(backups.upload(b"next", "obd.log"))
    storing.store_waiting(backups.context(policy))

    assert [backups.row(name).state for name in ids] == ["rotated", "rotated", "stored", "stored", "stored"]
