"""A vault with its database and a clock that is set by hand, for tests of the backup service's work."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlmodel import Session, col, select

from obd2_backup.context import BackupContext
from obd2_backup.retention import RetentionPolicy
from obd2_backup.sandbox import Allowance
from obd2_backup.vault import Vault
from obd2_common.backups.intake import Intake, record_intake
from obd2_common.backups.names import parse_file_name
from obd2_common.backups.spool import SpoolWriter
from obd2_common.backups.vault_marker import MARKER
from obd2_common.db.database import Database
from obd2_common.tables.backups import Backup, BackupRun
from support.hand_clock import HandClock


def never() -> bool:
    """Never ask to stop."""
    return False


@dataclass
class BackupSetup:
    """The place where uploads arrive and are worked on."""

    database: Database
    vault: Vault
    clock: HandClock

    @classmethod
    def at(cls, folder: Path, database: Database) -> "BackupSetup":
        """Set up a vault in a folder."""
        vault = Vault(folder / "vault", folder / "vault" / ".spool")
        vault.prepare()
        return cls(database, vault, HandClock(datetime(2026, 7, 11, 18, 20, 5, tzinfo=UTC)))

    def context(self, policy: RetentionPolicy | None = None, should_stop: Callable[[], bool] = never) -> BackupContext:
        """Return what the work needs."""
        return BackupContext(
            self.database,
            self.vault,
            policy or RetentionPolicy(),
            self.clock,
            should_stop,
            allowance=Allowance(patience_seconds=60),
        )

    def upload(
        self,
        content: bytes,
        name: str = "obd.db",
        *,
        device_id: str = "chi-eclipse-01",
        backup_type: str = "database",
        is_recorded: bool = True,
    ) -> str:
        """Leave a file in the spool as the api does, and return its id."""
        backup_id = str(uuid.uuid4())
        writer = SpoolWriter(self.vault.spool_dir, backup_id)
        writer.write(content)
        spooled = writer.publish()
        if is_recorded:
            self.database.run(
                lambda session: record_intake(
                    session,
                    Intake(backup_id, device_id, backup_type, name, parse_file_name(name), spooled),
                    now=self.clock(),
                ),
            )
        return backup_id

    def row(self, backup_id: str) -> Backup:
        """Return the row of an upload."""
        found = self.database.read(lambda session: session.get(Backup, backup_id))
        assert found is not None
        return found

    def find(self, backup_id: str) -> Backup | None:
        """Return the row of an upload, if it has one."""
        return self.database.read(lambda session: session.get(Backup, backup_id))

    def rows(self, state: str | None = None) -> list[Backup]:
        """Return rows in order of receipt."""

        def query(session: Session) -> list[Backup]:
            statement = select(Backup).order_by(col(Backup.received_at))
            return list(session.exec(statement if state is None else statement.where(Backup.state == state)))

        return self.database.read(query)

    def runs(self, kind: str) -> list[BackupRun]:
        """Return the records of a kind of run in their order."""

        def query(session: Session) -> list[BackupRun]:
            return list(
                session.exec(select(BackupRun).where(BackupRun.kind == kind).order_by(col(BackupRun.started_at)))
            )

        return self.database.read(query)

    def files(self) -> set[str]:
        """Return the paths of all files in the vault, the spool and the marker left out."""
        return {
            str(path.relative_to(self.vault.root))
            for path in self.vault.root.rglob("*")
            if path.is_file() and self.vault.spool_dir not in path.parents and path.name != MARKER
        }

    def spooled_files(self) -> set[str]:
        """Return the names of all files in the spool."""
        return {path.name for path in self.vault.spool_dir.rglob("*") if path.is_file()}
