"""Reads and writes the rows of backups; the caller's transaction decides."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import func
from sqlmodel import Session, col, delete, select, update

from obd2_backup.retention import KeptBackup
from obd2_backup.verification import Verdict
from obd2_common.backups.names import content_kind
from obd2_common.tables.backups import Backup, ResumableUpload

RECEIPT_ORDER = (func.coalesce(col(Backup.receipt_number), 0), col(Backup.received_at))
"""Of the backups of one bucket."""
NEWEST_FIRST = tuple(column.desc() for column in RECEIPT_ORDER)


@dataclass(frozen=True)
class Bucket:
    """The backups of one device and one type, which are rotated together."""

    source_device: str
    type: str


def in_state(session: Session, state: str) -> list[Backup]:
    """Return the backups in a state, oldest receipt first."""
    query = select(Backup).where(Backup.state == state).order_by(*RECEIPT_ORDER, col(Backup.backup_id))
    return list(session.exec(query))


def stored(session: Session, source_device: str | None, kind: str | None, *, limit: int) -> list[Backup]:
    """Return the stored backups of a device and type, None meaning any, latest first."""
    query = select(Backup).where(Backup.state == "stored").order_by(col(Backup.received_at).desc()).limit(limit)
    if source_device is not None:
        query = query.where(Backup.source_device == source_device)
    if kind is not None:
        query = query.where(Backup.type == kind)
    return list(session.exec(query))


def waiting_for_rotation(session: Session) -> list[Backup]:
    """Return the stored backups after which their bucket was not rotated yet, oldest first."""
    query = select(Backup).where(Backup.state == "stored", col(Backup.rotated_count).is_(None)).order_by(*RECEIPT_ORDER)
    return list(session.exec(query))


def known_ids(session: Session, backup_ids: Collection[str]) -> set[str]:
    """Return which of some ids have a row."""
    return set(session.exec(select(Backup.backup_id).where(col(Backup.backup_id).in_(backup_ids))))


def buckets(session: Session) -> list[Bucket]:
    """Return every bucket that holds a stored backup."""
    query = select(Backup.source_device, Backup.type).where(Backup.state == "stored").distinct()
    return [Bucket(device, kind) for device, kind in session.exec(query)]


def receipt_number_at(session: Session, bucket: Bucket, moment: datetime) -> int | None:
    """Return the number of the last receipt of a bucket up to a moment."""
    query = select(func.max(Backup.receipt_number)).where(
        Backup.source_device == bucket.source_device,
        Backup.type == bucket.type,
        col(Backup.received_at) <= moment,
    )
    return session.exec(query).one()


def kept(session: Session, bucket: Bucket) -> list[KeptBackup]:
    """Return what retention may choose from: the stored backups of a bucket."""
    return [
        KeptBackup(
            backup.backup_id,
            backup.received_at,
            is_verified=backup.verification == "ok",
            receipt_number=backup.receipt_number or 0,
            content=f"{backup.sha256} {backup.size_bytes}",
        )
        for backup in _stored_in(session, bucket)
    ]


def stored_twin(session: Session, backup: Backup) -> Backup | None:
    """Return the newest stored backup of the same bucket that had the same content when it was last checked."""
    query = (
        select(Backup)
        .where(
            Backup.source_device == backup.source_device,
            Backup.type == backup.type,
            Backup.state == "stored",
            Backup.sha256 == backup.sha256,
            Backup.size_bytes == backup.size_bytes,
        )
        .order_by(*NEWEST_FIRST)
    )
    return next((twin for twin in session.exec(query) if _is_same_kind(twin, backup)), None)


def is_stored(session: Session, backup_id: str) -> bool:
    """Tell whether a backup is still stored."""
    query = select(Backup.backup_id).where(Backup.backup_id == backup_id, Backup.state == "stored")
    return session.exec(query).first() is not None


def stored_by_prefix(session: Session, prefix: str) -> list[Backup]:
    """Return the stored backups whose id begins with a text."""
    query = select(Backup).where(Backup.state == "stored", col(Backup.backup_id).startswith(prefix, autoescape=True))
    return list(session.exec(query))


def longest_unchecked(session: Session, before: datetime) -> Backup | None:
    """Return the stored backup whose last check is longest ago, if that was before a moment."""
    query = (
        select(Backup)
        .where(Backup.state == "stored", col(Backup.verified_at) < before)
        .order_by(col(Backup.verified_at), col(Backup.backup_id))
        .limit(1)
    )
    return session.exec(query).first()


def give_place(session: Session, backup_id: str, *, filename: str, path: str) -> None:
    """Record the new place of a backup that is not stored yet."""
    _change(session, backup_id, "spooled", filename=filename, path=path)


def record_stored(
    session: Session,
    backup_id: str,
    verdict: Verdict,
    *,
    duplicate_of: str | None,
    now: datetime,
) -> None:
    """Record that a backup lies in the vault, what its check found, and whose content it shares."""
    _change(
        session,
        backup_id,
        "spooled",
        state="stored",
        stored_at=now,
        duplicate_of=duplicate_of,
        verification=verdict.status,
        verification_detail=verdict.detail,
        verified_at=now,
    )


def record_verdict(session: Session, backup_id: str, verdict: Verdict, *, now: datetime) -> None:
    """Record what a later check of a stored backup found."""
    _change(
        session,
        backup_id,
        "stored",
        verification=verdict.status,
        verification_detail=verdict.detail,
        verified_at=now,
    )


def record_missing(session: Session, backup_id: str, *, was: str, detail: str) -> None:
    """Record that the file of a backup is nowhere to be found."""
    _change(session, backup_id, was, state="missing", verification_detail=detail)


def record_found(session: Session, backup_ids: Collection[str]) -> None:
    """Record that the files of some missing backups are there again, to be stored and checked like new ones."""
    statement = update(Backup).where(col(Backup.backup_id).in_(backup_ids), col(Backup.state) == "missing")
    session.connection().execute(
        statement.values(state="spooled", verification="pending", verification_detail=None, rotated_count=None),
    )


def record_rotation(session: Session, backup_id: str, *, rotated_count: int) -> None:
    """Record how many backups left the bucket when this one came."""
    _change(session, backup_id, "stored", rotated_count=rotated_count)


def condemn(session: Session, backup_ids: Collection[str]) -> None:
    """Say that the files of some stored backups are about to be deleted."""
    statement = update(Backup).where(col(Backup.backup_id).in_(backup_ids), col(Backup.state) == "stored")
    session.connection().execute(statement.values(state="rotating"))


def record_plan(
    session: Session, bucket: Bucket, reasons: Mapping[str, Sequence[str]], going_next: Collection[str]
) -> None:
    """Record why each stored backup of a bucket stays, and whether it goes when the next one comes."""
    for backup in _stored_in(session, bucket):
        planned = list(reasons.get(backup.backup_id, ())), backup.backup_id in going_next
        if planned != (backup.kept_because, backup.goes_next):
            backup.kept_because, backup.goes_next = planned


def record_rotated(session: Session, backup_ids: Collection[str], *, now: datetime) -> None:
    """Record that the files of some condemned backups are gone."""
    statement = update(Backup).where(col(Backup.backup_id).in_(backup_ids), col(Backup.state) == "rotating")
    session.connection().execute(statement.values(state="rotated", rotated_at=now))


def count_by_state(session: Session) -> dict[str, int]:
    """Return how many backups are in each state."""
    query = select(Backup.state, func.count()).group_by(Backup.state)
    return {state: int(number) for state, number in session.exec(query)}


def not_replicated(session: Session) -> list[Backup]:
    """Return the stored backups that have no second copy, oldest first."""
    query = select(Backup).where(Backup.state == "stored", col(Backup.replicated_at).is_(None)).order_by(*RECEIPT_ORDER)
    return list(session.exec(query))


def gone_but_replicated(session: Session) -> list[Backup]:
    """Return the rotated backups that still have a second copy."""
    return list(
        session.exec(select(Backup).where(Backup.state == "rotated", col(Backup.replicated_at).is_not(None))),
    )


def record_replicated(session: Session, backup_id: str, *, at: datetime | None) -> None:
    """Record since when a backup has a second copy, or that it has none."""
    statement = update(Backup).where(col(Backup.backup_id) == backup_id)
    session.connection().execute(statement.values(replicated_at=at))


def forget_replicas(session: Session) -> None:
    """Record that no backup in the vault has a second copy; copies of those that were rotated are still to go."""
    session.connection().execute(update(Backup).where(col(Backup.state) == "stored").values(replicated_at=None))


def resting_uploads(session: Session, now: datetime) -> list[str]:
    """Return the resumable uploads that have rested for too long."""
    query = select(ResumableUpload.upload_id).where(
        ResumableUpload.state == "open",
        col(ResumableUpload.expires_at) < now,
    )
    return list(session.exec(query))


def record_expired(session: Session, upload_ids: Collection[str]) -> None:
    """Record that some resumable uploads were given up."""
    statement = update(ResumableUpload).where(
        col(ResumableUpload.upload_id).in_(upload_ids),
        col(ResumableUpload.state) == "open",
    )
    session.connection().execute(statement.values(state="expired"))


def delete_ended_uploads(session: Session, before: datetime) -> None:
    """Delete the rows of resumable uploads that ended in any way and expired before a moment."""
    ended = delete(ResumableUpload).where(
        col(ResumableUpload.state) != "open",
        col(ResumableUpload.expires_at) < before,
    )
    session.connection().execute(ended)


def _stored_in(session: Session, bucket: Bucket) -> Sequence[Backup]:
    query = select(Backup).where(
        Backup.source_device == bucket.source_device, Backup.type == bucket.type, Backup.state == "stored"
    )
    return session.exec(query).all()


def _is_same_kind(one: Backup, other: Backup) -> bool:
    """Tell whether two names promise the same content, so that a check of one holds for the other."""
    return content_kind(one.filename) == content_kind(other.filename)


def _change(session: Session, backup_id: str, was: str, **values: Any) -> None:  # noqa: ANN401 - column values
    statement = update(Backup).where(col(Backup.backup_id) == backup_id, col(Backup.state) == was)
    session.connection().execute(statement.values(**values))
