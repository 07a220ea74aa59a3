"""A backup service that kills itself at a chosen step; runs in a process of its own."""

import os
import signal
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from sqlmodel import Session

from obd2_backup import rotation, storing
from obd2_backup.retention import RetentionPolicy
from obd2_backup.vault import Vault
from obd2_common.db.database import Database
from support.backup_setup import BackupSetup

Result = TypeVar("Result")


class Countdown:
    """Kills the process, as a power cut would, at the step it was told."""

    def __init__(self, steps: int) -> None:
        self._left = steps

    def step(self) -> None:
        """Count one step."""
        self._left -= 1
        if self._left < 0:
            os.kill(os.getpid(), signal.SIGKILL)


class DyingVault(Vault):
    """A vault before and after each of whose changes the process may die."""

    def __init__(self, vault: Vault, countdown: Countdown) -> None:
        super().__init__(vault.root, vault.spool_dir)
        self._countdown = countdown

    def take_in(self, backup_id: str, relative: str) -> None:
        self._countdown.step()
        super().take_in(backup_id, relative)
        self._countdown.step()

    def link_in(self, backup_id: str, relative: str, twin: str) -> None:
        self._countdown.step()
        super().link_in(backup_id, relative, twin)

    def drop_spooled(self, backup_id: str) -> None:
        self._countdown.step()
        super().drop_spooled(backup_id)
        self._countdown.step()

    def remove(self, relative: str) -> None:
        self._countdown.step()
        super().remove(relative)
        self._countdown.step()


class DyingDatabase(Database):
    """A database inside and after each of whose transactions the process may die."""

    def __init__(self, url: str, countdown: Countdown) -> None:
        super().__init__(url)
        self._countdown = countdown

    def run(self, work: Callable[[Session], Result]) -> Result:
        def work_and_count(session: Session) -> Result:
            result = work(session)
            self._countdown.step()
            return result

        result = super().run(work_and_count)
        self._countdown.step()
        return result


def work_until_killed(folder: Path, url: str, steps: int) -> None:
    """Do the service's work once and die at a step, if the work has as many."""
    countdown = Countdown(steps)
    backups = BackupSetup.at(folder, DyingDatabase(url, countdown))
    context = replace(backups.context(RetentionPolicy(last=2)), vault=DyingVault(backups.vault, countdown))
    rotation.finish_rotations(context)
    storing.store_waiting(context)
