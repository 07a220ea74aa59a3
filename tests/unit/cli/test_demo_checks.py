"""The demonstration's verdict: every single thing that is not as it should be turns it."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from obd2_api.schemas.backups import BackupItem
from obd2_api.schemas.drives import DriveDetail
from obd2_cli.demo.checks import Check, backup_checks, drive_checks, push_checks
from obd2_cli.demo.pi import HEALTHY_DRIVE, HOT_DRIVE, PiBackup, PiDatabase, write_backup, write_database
from obd2_cli.push import PushResult, TableReceipt, TableStatus
from obd2_common.file_hash import sha256_of
from support.report_documents import ANALYSIS, FINDING, drive_detail

NOW = datetime(2026, 7, 11, 18, 0, tzinfo=UTC)
DATABASE = PiDatabase(Path("obd.db"), rows=30, readings={HEALTHY_DRIVE: 10, HOT_DRIVE: 15})
DIGEST = "ab" * 32


def failed(checks: list[Check]) -> list[str]:
    return [check.sentence for check in checks if not check.is_true]


def pushed(rows: int, *, inserted: int | None = None, status: TableStatus = TableStatus.OK) -> PushResult:
    receipt = TableReceipt("realtime_data", status, rows_sent=rows)
    receipt.counts["inserted"] = rows if inserted is None else inserted
    return PushResult({"realtime_data": receipt})


def healthy(**changed: object) -> DriveDetail:
    return drive_detail(**{"driveKey": "1", "rowCount": 10, "grade": "A", **changed})


def hot(**changed: object) -> DriveDetail:
    asked: dict[str, Any] = {"driveKey": "2", "rowCount": 15, "grade": "D"}
    return drive_detail(**{**asked, "findings": [FINDING], "latestAnalysis": ANALYSIS, **changed})


def listed(**changed: object) -> BackupItem:
    document: dict[str, object] = {
        "backupId": "b",
        "deviceId": "chi-eclipse-01",
        "type": "database",
        "originalName": "obd.db.gz",
        "filename": "obd.db.gz",
        "path": "p",
        "sizeBytes": 3,
        "sha256": DIGEST,
        "state": "stored",
        "verification": "ok",
        "verificationDetail": None,
        "receivedAt": "2026-07-11T18:00:00Z",
        "storedAt": None,
        "verifiedAt": None,
        "rotatedAt": None,
    }
    fields = {name: None for name in BackupItem.model_fields if name not in document}
    return BackupItem.model_validate({**fields, **document, **changed})


def test_when_everything_is_right_nothing_fails() -> None:
    backup = PiBackup(Path("obd.db.gz"), 3, DIGEST)

    assert failed(push_checks(DATABASE, pushed(30), pushed(0), 0)) == []
    assert failed(drive_checks(DATABASE, healthy(), hot())) == []
    assert failed(backup_checks(backup, DIGEST, listed(), DIGEST)) == []


@pytest.mark.parametrize(
    ("first", "second", "quarantined", "sentence"),
    [
        (pushed(30, inserted=29), pushed(0), 0, "all 30 rows of the Pi are stored"),
        (pushed(30, status=TableStatus.FAILED), pushed(0), 0, "all 30 rows of the Pi are stored"),
        (pushed(30), pushed(1), 0, "a second push finds nothing left to send"),
        (pushed(30), pushed(0), 1, "no row had to be put aside"),
        (pushed(30), pushed(0), None, "no row had to be put aside"),
    ],
)
def test_a_push_that_went_wrong_is_seen(
    first: PushResult, second: PushResult, quarantined: int | None, sentence: str
) -> None:
    assert failed(push_checks(DATABASE, first, second, quarantined)) == [sentence]


@pytest.mark.parametrize(
    ("good", "bad", "sentence"),
    [
        (healthy(rowCount=9), hot(), "both drives have all their readings"),
        (healthy(findings=[{**FINDING, "severity": "ALERT"}]), hot(), "the healthy drive is not accused"),
        (healthy(grade="B+"), hot(), "the healthy drive has a good grade"),
        (healthy(grade=None), hot(), "the healthy drive has a good grade"),
        (healthy(), hot(findings=[{**FINDING, "severity": "WARNING"}]), "the overheating drive says STOP"),
        (healthy(), hot(findings=[]), "the overheating drive says STOP"),
        (healthy(), hot(grade="C"), "the overheating drive is graded D"),
        (healthy(), hot(latestAnalysis=None), "cooling is what the server recommends first"),
        (
            healthy(),
            hot(latestAnalysis={**ANALYSIS, "recommendations": []}),
            "cooling is what the server recommends first",
        ),
    ],
)
def test_a_drive_that_was_judged_wrongly_is_seen(good: DriveDetail, bad: DriveDetail, sentence: str) -> None:
    assert failed(drive_checks(DATABASE, good, bad)) == [sentence]


def test_a_watch_on_the_healthy_drive_is_no_accusation() -> None:
    watched = healthy(findings=[{**FINDING, "severity": "WATCH"}])

    assert failed(drive_checks(DATABASE, watched, hot())) == []


@pytest.mark.parametrize("place", ["sent", "receipt", "listed", "kept"])
def test_a_checksum_that_differs_anywhere_is_seen(place: str) -> None:
    other = "cd" * 32
    digests = {name: other if name == place else DIGEST for name in ("sent", "receipt", "listed", "kept")}
    backup = PiBackup(Path("obd.db.gz"), 3, digests["sent"])

    checks = backup_checks(backup, digests["receipt"], listed(sha256=digests["listed"]), digests["kept"])

    assert failed(checks) == ["the backup's checksum is the same at both ends"]


@pytest.mark.parametrize("changed", [{"verification": "damaged"}, {"state": "spooled"}])
def test_a_backup_that_is_not_sound_and_stored_is_seen(changed: dict[str, str]) -> None:
    backup = PiBackup(Path("obd.db.gz"), 3, DIGEST)

    assert failed(backup_checks(backup, DIGEST, listed(**changed), DIGEST)) == ["the backup was opened and found sound"]


def test_the_demonstrations_pi_is_the_same_every_day_but_for_its_dates(tmp_path: Path) -> None:
    today = write_database(tmp_path / "today.db", NOW)
    later = write_database(tmp_path / "later.db", NOW.replace(day=20))

    assert set(today.readings) == {HEALTHY_DRIVE, HOT_DRIVE}
    assert replace(later, path=today.path) == today
    assert today.rows > sum(today.readings.values())


def test_the_demonstrations_backup_knows_its_checksum(tmp_path: Path) -> None:
    (tmp_path / "obd.db").write_bytes(b"x" * 10_000)

    backup = write_backup(tmp_path / "obd.db", tmp_path / "obd.db.gz")

    assert backup.sha256 == sha256_of(backup.path)
    assert backup.size_bytes == backup.path.stat().st_size < 10_000
