"""The database's dump in the vault: made by the image's own client, copied away encrypted, and the way back from it."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from pyrage.x25519 import Identity

from obd2_backup.replica import MARKER
from obd2_backup.sealing import unseal
from support.stack_running import FILES, Stack, eventually

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

DEVICE = "e2e-vault-dump"
DUMP = """
from obd2_backup.dumping import dump
from obd2_backup.retention import RetentionPolicy
from obd2_backup.settings import BackupSettings
from obd2_backup.vault import Vault
from obd2_backup.context import BackupContext
from obd2_common.clock import utc_now
from obd2_common.db.database import Database

settings = BackupSettings()
database = Database(settings.effective_database_url)
vault = Vault(settings.backup_dir, settings.spool_dir)
print(dump(BackupContext(database, vault, RetentionPolicy(), utc_now, lambda: False)))
"""
LIVING = {"backup_runs", "backups", "jobs", "scheduled_runs", "service_heartbeats"}
"""Tables that change while nobody sends anything."""


def checksums(stack: Stack) -> dict[str, str]:
    """Return what every table at rest holds, as the database digests it."""
    tables = [name for (name,) in stack.sql("SHOW TABLES") if name not in LIVING]
    return dict(stack.sql(f"CHECKSUM TABLE {', '.join(tables)}"))


def stored_dump(stack: Stack) -> str:
    """Make a dump now and return its path in the vault once it is stored and found whole."""
    backup_id = stack.python("backup", DUMP).splitlines()[-1]
    found = f"SELECT path FROM backups WHERE backup_id = '{backup_id}' AND verification = 'ok'"  # noqa: S608 - our own id
    return str(eventually(lambda: stack.sql(found))[0][0])


def test_a_database_that_was_lost_comes_back_from_the_vault(stack: Stack) -> None:
    stack.push_all(stack.simulate("vault-dump", "--seed", "8", "--kind", "short_hop", "--duration", "60"), DEVICE)
    stack.wait_until_idle()
    before, counts = checksums(stack), stack.counts(DEVICE)

    path = stored_dump(stack)
    stack.sql("DROP DATABASE obd2db")
    listed = stack.make("dumps").split()
    stack.make("restore", dump=path, yes="1")

    assert path in listed
    # The dump is not in itself; its file was recorded anew.
    eventually(lambda: stack.sql(f"SELECT 1 FROM backups WHERE path = '{path}' AND verification = 'ok'"))  # noqa: S608
    assert checksums(stack) == before
    assert stack.counts(DEVICE) == counts
    assert stack.get("/api/v1/health")["status"] == "healthy"


def test_a_dump_that_is_not_there_changes_nothing(stack: Stack) -> None:
    before = checksums(stack)

    said = stack.fail_make("restore", dump="_server/database/obd2-1970.sql.zst", yes="1")

    assert "on the database of before" in said
    assert checksums(stack) == before


@pytest.fixture
def share(stack: Stack, tmp_path: Path) -> Iterator[Path]:
    """A folder for a share, below a shared mount as systemd makes all; in the end the stack is as it was."""
    machine = tmp_path / "machine"
    machine.mkdir()
    if not mount(machine, "--make-shared"):
        pytest.skip("nothing can be mounted here")
    folder = machine / "nas"
    folder.mkdir()
    stack.files = f"{FILES}:compose.replica-folder.yaml"
    stack.set_variable("REPLICA_PATH", str(folder))
    try:
        yield folder
    finally:
        stack.files = FILES
        stack.set_variable("BACKUP_REPLICA_RECIPIENTS", "")
        stack.wait("backup")
        subprocess.run(["umount", "--recursive", machine], check=True)  # noqa: S603, S607


def mount(folder: Path, *options: str) -> bool:
    """Mount an empty file system and tell whether that was allowed."""
    command = ["mount", "--types", "tmpfs", *options, "tmpfs", str(folder)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0  # noqa: S603


def test_a_share_that_is_mounted_later_gets_encrypted_copies(stack: Stack, share: Path, tmp_path: Path) -> None:
    key = Identity.generate()
    stored_dump(stack)
    stack.set_variable("BACKUP_REPLICA_RECIPIENTS", str(key.to_public()))
    stack.wait("backup")
    last = "SELECT outcome FROM backup_runs WHERE kind = 'replica' ORDER BY started_at DESC LIMIT 1"
    eventually(lambda: stack.sql(last) == [["failed"]])

    assert mount(share)
    share.chmod(0o777)
    (share / MARKER).touch()
    in_there = stack.inside("backup", "ls", "-a", "/replica").stdout.split()
    stack.compose("restart", "backup")

    assert MARKER in in_there
    eventually(lambda: stack.sql(last) == [["ok"]])
    rows = stack.sql("SELECT path, sha256 FROM backups WHERE state = 'stored' AND replicated_at IS NOT NULL")
    assert rows
    for number, (path, sha256) in enumerate(rows):
        assert unseal(share / f"{path}.age", tmp_path / str(number), [key]) == sha256
