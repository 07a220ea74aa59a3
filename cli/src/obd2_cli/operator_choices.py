"""How operators name a device or a time on the command line, and what they are told after a decision."""

from datetime import UTC, datetime

from sqlmodel import Session, col, select

from obd2_common.errors import InvalidInputError, NotFoundError
from obd2_common.tables.devices import Device


def device_named(session: Session, name: str | None) -> str:
    """Return the device asked for, else the one that sent last.

    Raises:
        NotFoundError: none was named and none ever sent.
    """
    if name is not None:
        return name
    latest = session.exec(select(Device).order_by(col(Device.last_seen_at).desc(), col(Device.source_device))).first()
    if latest is None:
        raise NotFoundError("no device has sent anything yet")
    return latest.source_device


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
