"""How operators name a drive on the command line, and what they are told after a decision."""

from datetime import UTC, datetime

from sqlmodel import Session

from obd2_api.repository import drives
from obd2_common.errors import InvalidInputError, NotFoundError
from obd2_common.tables.drives import Drive


def device_named(session: Session, name: str | None) -> str:
    """Return the device asked for, else the one that sent last.

    Raises:
        NotFoundError: none was named and none ever sent.
    """
    if name is not None:
        return name
    latest = drives.latest_device(session)
    if latest is None:
        raise NotFoundError("no device has sent anything yet")
    return latest.source_device


def drive_named(session: Session, drive_key: str, device: str | None, epoch: int | None) -> Drive:
    """Return a drive by its key, without an epoch from the latest that has it.

    Raises:
        NotFoundError: the device has no such drive.
    """
    chosen = device_named(session, device)
    found = drives.find_drive(session, chosen, drive_key, source_epoch=epoch)
    if found is None:
        raise NotFoundError(f"{chosen} has no drive {drive_key}; `obd2 drives list` shows those it has")
    return found


def moment_named(text: str) -> datetime:
    """Read a time as people write it: ISO 8601, UTC if no zone.

    Raises:
        InvalidInputError: it is none.
    """
    try:
        moment = datetime.fromisoformat(text)
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise InvalidInputError(f"{text!r} is no time; write it like 2026-05-22 or 2026-05-22T07:00:00Z") from error


def consequence(recomputed: int) -> str:
    """Say what a decision leads to."""
    if not recomputed:
        return "No drive has to be computed again."
    return f"{recomputed} {'drive is' if recomputed == 1 else 'drives are'} computed again."
