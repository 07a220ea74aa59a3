"""The checks that take longer than others want to wait: a few go on, the rest wait for their turn."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any

from obd2_backup.sandbox import SandboxedCall, UnfinishedError
from obd2_common.tables.backups import Backup

SLOTS = 2
"""How many slow checks go on at a time, each of another device."""


class SlowChecks:
    """Which checks go on, and which were broken off because no slot was free."""

    def __init__(self) -> None:
        self._running: dict[str, tuple[str, SandboxedCall]] = {}
        self._waiting: dict[str, str] = {}

    def in_turn(self, backups: Sequence[Backup]) -> list[Backup]:
        """Return the backups that can be looked at now; those of devices that keep others waiting come last."""
        known = {backup.backup_id for backup in backups}
        for gone in self._running.keys() - known:
            self._running.pop(gone)[1].kill()
        self._waiting = {backup_id: device for backup_id, device in self._waiting.items() if backup_id in known}
        slow = Counter(device for device, _call in self._running.values()) + Counter(self._waiting.values())
        ready = (
            backup
            for backup in backups
            if backup.backup_id in self._running
            or backup.backup_id not in self._waiting
            or self._has_slot(backup.source_device)
        )
        return sorted(ready, key=lambda backup: (backup.backup_id in self._waiting, slow[backup.source_device]))

    def result(
        self,
        backup: Backup,
        start: Callable[[], SandboxedCall],
        should_stop: Callable[[], bool],
        patience_seconds: float,
    ) -> Any:  # noqa: ANN401 - what the call returned
        """Return the result of a check, which is started unless it goes on already.

        Raises:
            UnfinishedError: it takes longer. It goes on if there is a slot, or is started anew once there is one.
        """
        running = self._running.pop(backup.backup_id, None)
        call = start() if running is None else running[1]
        is_kept = False
        try:
            return call.result(should_stop, patience_seconds=patience_seconds if running is None else 0)
        except UnfinishedError:
            if is_kept := running is not None or self._has_slot(backup.source_device):
                self._running[backup.backup_id] = (backup.source_device, call)
                self._waiting.pop(backup.backup_id, None)
            else:
                self._waiting[backup.backup_id] = backup.source_device
            raise
        finally:
            if not is_kept:
                call.kill()

    def is_running(self, backup: Backup) -> bool:
        """Tell whether the check of a backup goes on."""
        return backup.backup_id in self._running

    def stop(self) -> None:
        """Break off every check."""
        for _device, call in self._running.values():
            call.kill()
        self._running.clear()

    def _has_slot(self, device: str) -> bool:
        devices = [running for running, _call in self._running.values()]
        return len(devices) < SLOTS and device not in devices
