"""Eras of the engine computer and its tune: baselines never reach from one into another."""

from datetime import datetime

from sqlmodel import Session, col, select

from obd2_common.errors import ConflictError, NotFoundError
from obd2_common.jobs.recompute import EraBounds, era_at, lock_device, recompute_era, repeat_running
from obd2_common.tables.operators import TuneEra


def list_eras(session: Session, source_device: str | None = None) -> list[TuneEra]:
    """Return the eras, of one device or of all, by device and start."""
    query = select(TuneEra)
    if source_device is not None:
        query = query.where(col(TuneEra.source_device) == source_device)
    return list(session.exec(query.order_by(col(TuneEra.source_device), col(TuneEra.started_at))))


def start_era(session: Session, era: TuneEra, *, now: datetime) -> tuple[TuneEra, int]:
    """Begin an era and have the drives computed again that have other earlier drives now.

    Args:
        session: in a transaction.
        era: what to begin; said again word for word it changes nothing.
        now: the time.

    Returns:
        The era as stored, and how many drives are computed again.

    Raises:
        NotFoundError: no device has that name.
        ConflictError: the device has an era of that name, or one that starts then.
    """
    if not lock_device(session, era.source_device):
        raise NotFoundError("No such device")
    for known in list_eras(session, era.source_device):
        if (known.name, known.started_at) == (era.name, era.started_at):
            return known, 0
        if known.name == era.name:
            raise ConflictError("The device has an era of that name already")
        if known.started_at == era.started_at:
            raise ConflictError("The device has an era that starts then already")
    around = era_at(session, era.source_device, era.started_at)
    session.add(era)
    session.flush()
    return era, _recompute(session, era.source_device, around, now=now)


def remove_era(session: Session, source_device: str, name: str, *, now: datetime) -> int:
    """Let an era be one with the time before it; return how many drives are computed again.

    Raises:
        NotFoundError: the device has no era of that name.
    """
    lock_device(session, source_device)
    found = session.get(TuneEra, (source_device, name))
    if found is None:
        raise NotFoundError("No such era")
    started_at = found.started_at
    session.delete(found)
    session.flush()
    return _recompute(session, source_device, era_at(session, source_device, started_at), now=now)


def _recompute(session: Session, source_device: str, around: EraBounds, *, now: datetime) -> int:
    repeat_running(session, source_device)
    return recompute_era(session, source_device, around, now=now)
