"""A device's quota holds when its uploads come at the same time, and when they come in parts."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from obd2_api.errors import StorageFullError
from obd2_api.repository.resumable_uploads import add_upload
from obd2_api.uploads.reception import record
from obd2_backup import expiry
from obd2_common.backups.intake import Intake
from obd2_common.backups.names import parse_file_name
from obd2_common.backups.spool import SpoolWriter
from obd2_common.db.database import Database
from obd2_common.tables.backups import ResumableUpload
from support.backup_setup import BackupSetup

QUOTA_BYTES = 1000


@pytest.fixture
def backups(tmp_path: Path, database: Database) -> BackupSetup:
    return BackupSetup.at(tmp_path, database)


def intake(backups: BackupSetup, content: bytes) -> Intake:
    backup_id = str(uuid.uuid4())
    writer = SpoolWriter(backups.vault.spool_dir, backup_id)
    writer.write(content)
    return Intake(backup_id, "quota-car", "logs", "obd.log", parse_file_name("obd.log"), writer.publish())


def upload_row(
    backups: BackupSetup, size_bytes: int, *, state: str = "open", age: timedelta = timedelta(0)
) -> ResumableUpload:
    return ResumableUpload(
        upload_id=str(uuid.uuid4()),
        source_device="quota-car",
        type="logs",
        original_name="obd.log",
        size_bytes=size_bytes,
        upload_metadata="",
        offset_bytes=0,
        state=state,
        created_at=backups.clock() - age,
        expires_at=backups.clock() + timedelta(hours=24) - age,
    )


def begin(backups: BackupSetup, row: ResumableUpload) -> None:
    values = row.model_dump()
    backups.database.run(lambda session: add_upload(session, ResumableUpload(**values), quota_bytes=QUOTA_BYTES))


def test_files_that_come_at_the_same_time_do_not_pass_the_quota_together(backups: BackupSetup) -> None:
    files = [intake(backups, b"%d" % number + bytes(299)) for number in range(8)]

    def is_taken(file: Intake) -> bool:
        try:
            record(backups.database, file, backups.clock, quota_bytes=QUOTA_BYTES)
        except StorageFullError:
            return False
        return True

    with ThreadPoolExecutor(len(files)) as pool:
        taken = list(pool.map(is_taken, files))

    assert sum(taken) == 3
    assert sum(row.size_bytes for row in backups.rows()) == 900
    assert len(backups.spooled_files()) == 3


def test_what_open_uploads_will_bring_counts_when_another_begins(backups: BackupSetup) -> None:
    begin(backups, upload_row(backups, 600))

    with pytest.raises(StorageFullError):
        begin(backups, upload_row(backups, 500))
    begin(backups, upload_row(backups, 400))


def test_an_upload_begun_anew_or_at_rest_takes_no_room_of_another(backups: BackupSetup) -> None:
    begin(backups, upload_row(backups, 600))
    begin(backups, upload_row(backups, 600))
    begin(backups, upload_row(backups, 300, age=timedelta(hours=2)))

    begin(backups, upload_row(backups, 400))


def test_rows_of_uploads_that_ended_long_ago_are_deleted(backups: BackupSetup) -> None:
    rows = [
        upload_row(backups, 1, state=state, age=age)
        for state in ("complete", "refused", "expired", "open")
        for age in (timedelta(days=9), timedelta(days=1))
    ]
    kept = {
        row.upload_id for row in rows if row.state == "open" or row.created_at > backups.clock() - timedelta(days=5)
    }
    for row in rows:
        values = row.model_dump()
        backups.database.run(lambda session, values=values: session.add(ResumableUpload(**values)))  # type: ignore[misc]

    expiry.expire_resting(backups.context())

    left = {
        row.upload_id
        for row in rows
        if backups.database.read(lambda session, row=row: session.get(ResumableUpload, row.upload_id))  # type: ignore[misc]
    }
    assert left == kept
