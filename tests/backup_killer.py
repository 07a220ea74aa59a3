"""A backup service that dies at a chosen step: run as a program with the step's number, it kills itself there."""

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from sqlmodel import Session

from backup_workshop import Bench
from obd2_backup import jobs
from obd2_backup.retention import RetentionPolicy
from obd2_backup.vault import Vault
from obd2_common.database import Database

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


def main() -> None:
    folder, url, steps = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3])
    countdown = Countdown(steps)
    bench = Bench.at(folder, DyingDatabase(url, countdown))
    shop = replace(bench.shop(RetentionPolicy(last=2)), vault=DyingVault(bench.vault, countdown))
    jobs.finish_rotations(shop)
    jobs.store_waiting(shop)


if __name__ == "__main__":
    main()
