"""Has backups checked, each in a process of its own; that it dies over a file is a verdict too."""

from collections.abc import Callable
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Any

from obd2_backup.context import BackupContext
from obd2_backup.sandbox import ReaderKilledError, SandboxedCall, UnreadableError
from obd2_backup.verification import Check, Verdict, verify_described
from obd2_common.backups.names import content_kind
from obd2_common.tables.backups import Backup


def check_thoroughly(context: BackupContext, backup: Backup, place: Path, *, purpose: str) -> Verdict:
    """Return the verdict on a backup, indexes compared with their tables as well, however long the check may take.

    Args:
        context: where.
        backup: what is known of it.
        place: where its file lies.
        purpose: names the file it is unpacked to, which no other check of the backup may use meanwhile.

    Raises:
        StoppingError: the service is stopping.
        FileNotFoundError: the file is gone.
        OSError: the disk failed, or the process could not be started.
        SandboxError: the process failed for a reason that has nothing to do with the file.
    """
    described = _describe(context, backup, purpose, is_thorough=True)
    call = _start(context, place, described)
    try:
        return _verdict(partial(call.result, context.should_stop))
    finally:
        call.kill()
        described.scratch.unlink(missing_ok=True)


def check_in_turn(context: BackupContext, backup: Backup, place: Path) -> Verdict:
    """Return the verdict on a backup that waits in the spool, unless that takes longer than others should wait.

    Raises:
        UnfinishedError: it does; the check goes on, or begins anew when its turn comes.
        StoppingError: and the others, as for `check_thoroughly`.
    """
    described = _describe(context, backup, "store", is_thorough=False)
    start = partial(_start, context, place, described)
    checks = context.slow_checks
    try:
        return _verdict(
            lambda: checks.result(backup, start, context.should_stop, context.allowance.patience_seconds),
        )
    finally:
        if not checks.is_running(backup):
            described.scratch.unlink(missing_ok=True)


def _describe(context: BackupContext, backup: Backup, purpose: str, *, is_thorough: bool) -> Check:
    return Check(
        filename=backup.filename,
        size_bytes=backup.size_bytes,
        sha256=backup.sha256,
        scratch=context.vault.scratch(f"{backup.backup_id}.{purpose}"),
        max_expanded_bytes=context.allowance.expanded_bytes,
        is_thorough=is_thorough,
    )


def _start(context: BackupContext, place: Path, described: Check) -> SandboxedCall:
    is_packed = bool(content_kind(described.filename)[1])
    return SandboxedCall(
        verify_described,
        {"path": str(place), "check": {**asdict(described), "scratch": str(described.scratch)}},
        context.allowance.limits(described.size_bytes, is_packed=is_packed),
    )


def _verdict(wait: Callable[[], Any]) -> Verdict:
    try:
        found = wait()
    except UnreadableError as error:
        return Verdict("damaged", f"unreadable: {error}")
    except ReaderKilledError as error:
        return Verdict("unchecked", str(error))
    return Verdict(found["status"], found["detail"])
