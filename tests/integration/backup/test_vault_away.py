"""A vault whose disk is not mounted is away, not empty: nothing is judged, moved or created until it is back."""

import time
from collections.abc import AsyncIterator, Callable
from datetime import timedelta
from pathlib import Path

import pytest

from obd2_backup import rotation, scrubbing, storing
from obd2_backup.adoption import adopt
from obd2_backup.app import check_ready, open_vault, start
from obd2_backup.metrics import VaultSpace
from obd2_backup.retention import RetentionPolicy
from obd2_backup.settings import BackupSettings
from obd2_backup.vault import Vault
from obd2_common.backups.vault_marker import MARKER, VaultUnavailableError
from obd2_common.db.database import Database
from obd2_common.heartbeat import WriteProof
from support.api_client import api_client
from support.api_process import running_api
from support.backup_samples import config_bytes
from support.backup_setup import BackupSetup
from support.upload_client import BOUNDARY, form, upload

NO_TIME = timedelta(microseconds=-1)


@pytest.fixture
def backups(tmp_path: Path, database: Database) -> BackupSetup:
    return BackupSetup.at(tmp_path, database)


def take_away(backups: BackupSetup) -> None:
    """Leave what is left of a disk that is not mounted: an empty folder."""
    backups.vault.root.rename(backups.vault.root.with_name("disk"))
    backups.vault.root.mkdir()


def bring_back(backups: BackupSetup) -> None:
    for left in backups.vault.root.iterdir():
        raise AssertionError(f"{left} was created while the vault was away")
    backups.vault.root.rmdir()
    backups.vault.root.with_name("disk").rename(backups.vault.root)


def settings(backups: BackupSetup, **values: object) -> BackupSettings:
    return BackupSettings.model_validate(
        {
            "data_dir": backups.vault.root.parent / "data",
            "backup_dir": backups.vault.root,
            "backup_poll_seconds": 0.02,
            **values,
        },
    )


def wait_for(what: str, is_so: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < deadline, what
        time.sleep(0.02)


def upload_three(backups: BackupSetup) -> list[str]:
    return [backups.upload(b'{"n": %d}' % number, "config.json", backup_type="config") for number in range(3)]


def test_a_running_service_waits_for_the_vault_and_goes_on_when_it_is_back(backups: BackupSetup) -> None:
    stored = upload_three(backups)
    storing.store_waiting(backups.context())
    waiting = backups.upload(config_bytes(), "config.json", backup_type="config")
    take_away(backups)

    service = start(settings(backups, backup_scrub_days=0.000001), backups.database)
    try:
        wait_for("the service says what is wrong", lambda: "vault" in (service.last_error or ""))
        time.sleep(1.5)
        assert [backups.row(backup_id).state for backup_id in [*stored, waiting]] == ["stored"] * 3 + ["spooled"]
        bring_back(backups)
        wait_for("what waited is stored", lambda: backups.row(waiting).state == "stored")
    finally:
        service.stop()

    assert service.last_error is None
    assert {backups.row(backup_id).state for backup_id in stored} == {"stored"}


@pytest.mark.parametrize(
    "work",
    [
        lambda backups: storing.store_waiting(backups.context()),
        lambda backups: scrubbing.scrub_next(backups.context(), interval=NO_TIME),
        lambda backups: rotation.rotate_all(backups.context(RetentionPolicy(last=1))),
        lambda backups: adopt(backups.database, backups.vault, backups.clock),
    ],
)
def test_work_that_finds_the_vault_gone_judges_nothing(
    backups: BackupSetup, work: Callable[[BackupSetup], object]
) -> None:
    stored = upload_three(backups)
    storing.store_waiting(backups.context())
    backups.upload(config_bytes(), "config.json", backup_type="config")
    take_away(backups)

    with pytest.raises(VaultUnavailableError):
        work(backups)

    assert not {backups.row(backup_id).state for backup_id in stored} & {"missing", "rotated"}
    bring_back(backups)


def test_readiness_and_the_metric_tell_of_a_vault_that_is_away(backups: BackupSetup) -> None:
    upload_three(backups)
    check_ready(settings(backups), WriteProof(backups.database))
    take_away(backups)

    with pytest.raises(VaultUnavailableError, match="mount its disk"):
        check_ready(settings(backups), WriteProof(backups.database))
    reached = [metric.samples[0].value for metric in VaultSpace(backups.vault.root).collect() if metric.samples]
    assert reached == [0]


def test_uploads_are_refused_while_the_vault_is_away(backups: BackupSetup, database_url: str) -> None:
    upload_three(backups)
    take_away(backups)

    with running_api(backups.vault.root.parent, database_url) as api:
        refused = upload(api, config_bytes(), "config.json")
        assert refused.status_code == 503
        assert "vault" in refused.json()["detail"]
        bring_back(backups)
        assert upload(api, config_bytes(), "config.json").status_code == 200


def test_an_upload_during_which_the_vault_goes_away_is_not_acknowledged(
    backups: BackupSetup, database: Database
) -> None:
    upload_three(backups)
    client = api_client(database, backup_dir=backups.vault.root, backup_answer_wait_seconds=0)

    async def body() -> AsyncIterator[bytes]:
        take_away(backups)
        for piece in form([config_bytes()], "config.json"):
            yield piece

    headers = {"Content-Type": f"multipart/form-data; boundary={BOUNDARY}"}
    refused = client.call("POST", "/api/v1/backup", content=body(), headers=headers)

    assert refused.status_code == 503
    assert "vault" in refused.json()["detail"]
    assert len(backups.rows()) == 3


def test_a_new_vault_is_made_where_the_database_knows_of_no_backup(tmp_path: Path, database: Database) -> None:
    vault = Vault(tmp_path / "new", tmp_path / "new" / ".spool")

    open_vault(database, vault)

    assert vault.is_there()


def test_a_vault_of_an_earlier_version_is_known_by_its_backups(backups: BackupSetup) -> None:
    upload_three(backups)
    storing.store_waiting(backups.context())
    (backups.vault.root / MARKER).unlink()

    open_vault(backups.database, backups.vault)

    assert backups.vault.is_there()


def test_a_missing_backup_that_turns_up_is_stored_again(backups: BackupSetup) -> None:
    lost, spoiled, gone = upload_three(backups)
    storing.store_waiting(backups.context())
    places = [backups.vault.path(backups.row(backup_id).path) for backup_id in (lost, spoiled, gone)]
    contents = [place.read_bytes() for place in places]
    for place in places:
        place.unlink()
    while scrubbing.scrub_next(backups.context(), interval=NO_TIME):
        backups.clock.advance(seconds=1)
        if not backups.rows("stored"):
            break
    assert {row.state for row in backups.rows()} == {"missing"}
    places[0].write_bytes(contents[0])
    places[1].write_bytes(b"something else")

    adopt(backups.database, backups.vault, backups.clock)
    storing.store_waiting(backups.context())

    assert backups.row(lost).verification == "ok"
    assert backups.row(spoiled).verification == "damaged"
    assert [backups.row(backup_id).state for backup_id in (lost, spoiled, gone)] == ["stored", "stored", "missing"]
