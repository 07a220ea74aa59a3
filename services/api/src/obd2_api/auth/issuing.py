"""Issues, replaces and revokes keys; only commands on the server call it, no path of the api does."""

from collections.abc import Collection
from datetime import datetime, timedelta

from sqlmodel import Session

from obd2_api.auth import repository
from obd2_api.auth.credentials import NewKey, Scope, make_key
from obd2_common.db.types import KEY_TEXT_CHARACTERS
from obd2_common.errors import InvalidInputError
from obd2_common.tables.keys import ApiKey

LONGEST_NAME = 64
LONGEST_LIFETIME = timedelta(days=36_500)
DEVICE_SCOPES = frozenset({Scope.PUSH})


def parse_scopes(names: Collection[str], *, device_id: str | None) -> frozenset[Scope]:
    """Return the scopes meant; a device's key pushes and does nothing else.

    Raises:
        InvalidInputError: none, an unknown one, or one a device cannot have.
    """
    known = ", ".join(Scope)
    if unknown := sorted(set(names) - set(Scope)):
        raise InvalidInputError(f"there is no scope {', '.join(unknown)}; there are {known}")
    scopes = frozenset(map(Scope, names))
    if device_id is not None:
        if scopes - DEVICE_SCOPES:
            raise InvalidInputError("the key of a device has the scope push and no other")
        return DEVICE_SCOPES
    if not scopes:
        raise InvalidInputError(f"say what the key opens: {known}")
    return scopes


def issue_key(
    session: Session,
    name: str,
    scopes: frozenset[Scope],
    device_id: str | None,
    lifetime: timedelta | None,
    *,
    now: datetime,
) -> NewKey:
    """Make a key and keep what is needed to recognise it.

    Args:
        session: in which it is kept.
        name: for people; no other key in force has it.
        scopes: at least one.
        device_id: the only device it speaks for; None for any.
        lifetime: after which it expires; None for never.
        now: aware UTC.

    Raises:
        InvalidInputError: the name is unusable.
        ConflictError: another key in force has the name.
    """
    if not name.strip() or not name.isprintable() or len(name) > LONGEST_NAME:
        raise InvalidInputError(f"a name is 1 to {LONGEST_NAME} printable characters")
    if device_id is not None and not 0 < len(device_id) <= KEY_TEXT_CHARACTERS:
        raise InvalidInputError(f"a device id is 1 to {KEY_TEXT_CHARACTERS} characters")
    new = make_key()
    repository.add_key(
        session,
        ApiKey(
            key_id=new.key_id,
            name=name,
            source_device=device_id,
            scopes=",".join(sorted(scopes)),
            digest=new.digest,
            created_at=now,
            expires_at=None if lifetime is None else now + lifetime,
        ),
    )
    return new


def rotate_key(session: Session, named: str, grace: timedelta, *, now: datetime) -> NewKey:
    """Make a key that opens the same as another, which stays valid for a while.

    Raises:
        NotFoundError: no key in force has the id or name.
        ConflictError: several have the name.
    """
    old = repository.find_key(session, named, now=now)
    lifetime = None if old.expires_at is None else old.expires_at - old.created_at
    ends_at = now + grace
    old.expires_at = ends_at if old.expires_at is None else min(ends_at, old.expires_at)
    if not grace:
        old.revoked_at = now
    new = make_key()
    session.add(old)
    session.add(
        ApiKey(
            key_id=new.key_id,
            name=old.name,
            source_device=old.source_device,
            scopes=old.scopes,
            digest=new.digest,
            created_at=now,
            expires_at=None if lifetime is None else now + lifetime,
        ),
    )
    return new


def revoke_key(session: Session, named: str, *, now: datetime) -> str:
    """Take a key back for good and return its id.

    Raises:
        NotFoundError: no key in force has the id or name.
        ConflictError: several have the name.
    """
    key = repository.find_key(session, named, now=now)
    key.revoked_at = now
    session.add(key)
    return key.key_id
