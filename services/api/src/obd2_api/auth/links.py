"""One-use links that sign a browser in: a key whose text opens nothing but the sign-in, once, for some minutes."""

import hashlib
import secrets
from datetime import datetime, timedelta

from sqlalchemy import update
from sqlmodel import Session, col

from obd2_api.auth import repository
from obd2_api.auth.credentials import Client, NewKey, Scope, id_of, make_key
from obd2_common.tables.keys import ApiKey

LINK_LIFETIME = timedelta(minutes=5)
PARAMETER = "link"
"""How the sign-in names a link in its address."""


def issue_link(session: Session, scopes: frozenset[Scope], *, now: datetime) -> NewKey:
    """Make a link and keep what is needed to recognise it once."""
    new = make_key()
    repository.add_key(
        session,
        ApiKey(
            key_id=new.key_id,
            name=f"sign-in link {new.key_id}",
            scopes=",".join(sorted(scopes)),
            digest=_link_digest(new.text.encode()),
            created_at=now,
            expires_at=now + LINK_LIFETIME,
        ),
    )
    return new


def redeem_link(session: Session, text: bytes, lifetime: timedelta, *, now: datetime) -> Client | None:
    """Turn a link into a key for sessions, listed and revoked like any other; None when it was used or is over.

    Args:
        session: to write with; of several that redeem one link at once a single one succeeds.
        text: of the link.
        lifetime: of the session that begins.
        now: aware UTC.
    """
    key_id = id_of(text)
    if key_id is None:
        return None
    taken = session.connection().execute(
        update(ApiKey)
        .where(
            col(ApiKey.key_id) == key_id,
            col(ApiKey.digest) == _link_digest(text),
            col(ApiKey.expires_at) > now,
            col(ApiKey.revoked_at).is_(None),
        )
        .values(digest=secrets.token_hex(32), expires_at=now + lifetime, last_used_at=now)
    )
    found = session.get(ApiKey, key_id) if taken.rowcount else None
    return None if found is None else Client(key_id, frozenset(Scope(name) for name in found.scopes.split(",")))


def _link_digest(text: bytes) -> str:
    """Return what is kept of a link; never that of a key, so that the text opens no path of the api."""
    return hashlib.sha256(b"link:" + text).hexdigest()
