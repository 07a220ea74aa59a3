"""Reads and writes issued keys and the rotation of the shared key."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, or_, update
from sqlmodel import Session, col, select

from obd2_common.errors import ConflictError, NotFoundError
from obd2_common.tables.keys import ApiKey, KeyRotation

IN_FORCE, EXPIRED, REVOKED = "in_force", "expired", "revoked"


def keys_in_force(session: Session, *, now: datetime) -> list[ApiKey]:
    """Return the keys that are neither revoked nor expired."""
    return list(session.exec(select(ApiKey).where(_in_force(now))))


def list_keys(session: Session) -> list[ApiKey]:
    """Return every key ever issued, oldest first."""
    return list(session.exec(select(ApiKey).order_by(col(ApiKey.created_at), col(ApiKey.key_id))))


def add_key(session: Session, key: ApiKey) -> None:
    """Keep a new key.

    Raises:
        ConflictError: another key in force has its name.
    """
    taken = session.exec(
        select(ApiKey.key_id).where(col(ApiKey.name) == key.name, _in_force(key.created_at)),
    ).first()
    if taken is not None:
        raise ConflictError(f"the key {taken} has the name {key.name!r}: revoke or rotate it, or take another name")
    session.add(key)


def find_key(session: Session, named: str, *, now: datetime) -> ApiKey:
    """Return a key in force by its id or, when only one has it, by its name.

    Raises:
        NotFoundError: there is none.
        ConflictError: several have the name.
    """
    found = session.exec(
        select(ApiKey).where(or_(col(ApiKey.key_id) == named, col(ApiKey.name) == named), _in_force(now)),
    ).all()
    if not found:
        raise NotFoundError(f"no key in force has the id or name {named!r}")
    if len(found) > 1:
        raise ConflictError(f"several keys have the name {named!r}; say which: {_ids(found)}")
    return found[0]


def record_use(session: Session, key_id: str, *, now: datetime) -> None:
    """Note when a key was last used; a later note stays."""
    session.connection().execute(
        update(ApiKey)
        .where(col(ApiKey.key_id) == key_id, or_(col(ApiKey.last_used_at).is_(None), col(ApiKey.last_used_at) < now))
        .values(last_used_at=now),
    )


def record_rotation(session: Session, rotation: str, *, now: datetime, is_use: bool) -> None:
    """Note that an exchange of the shared key is going on, and with `is_use` that the previous key was used."""
    found = session.get(KeyRotation, rotation)
    if found is None:
        session.add(KeyRotation(rotation_id=rotation, begun_at=now, previous_used_at=now if is_use else None))
    elif is_use and (found.previous_used_at is None or found.previous_used_at < now):
        found.previous_used_at = now


def state_of(key: ApiKey, now: datetime) -> str:
    """Say what has become of a key."""
    if key.revoked_at is not None:
        return REVOKED
    return EXPIRED if key.expires_at is not None and key.expires_at <= now else IN_FORCE


def _in_force(now: datetime) -> ColumnElement[bool]:
    expires_at = col(ApiKey.expires_at)
    return and_(col(ApiKey.revoked_at).is_(None), or_(expires_at.is_(None), expires_at > now))


def _ids(keys: Sequence[ApiKey]) -> str:
    return ", ".join(key.key_id for key in keys)
