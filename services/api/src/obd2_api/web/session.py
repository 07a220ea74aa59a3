"""The session of a signed-in browser: a signed cookie that names a key, and the token its forms carry."""

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from hashlib import sha256

from itsdangerous import BadData, URLSafeSerializer

from obd2_api.auth.credentials import Client, Scope

COOKIE = "obd2_session"
LIFETIME = timedelta(days=30)
_SHARED = "shared"


@dataclass(frozen=True, slots=True)
class Session:
    """What a cookie says: ``key_id`` is None for the shared key, ``nonce`` differs from sign-in to sign-in."""

    key_id: str | None
    expires_at: float
    nonce: str


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who looks at a page."""

    client: Client
    form_token: str

    @property
    def may_change(self) -> bool:
        """Tell whether forms that change something are for this visitor."""
        return Scope.ADMIN in self.client.scopes


class Sessions:
    """Signs cookies and reads them; knows nothing of keys that were revoked.

    Args:
        shared_key: the secret is derived from it, so that every replica has the same one and an exchanged key ends
            all sessions.
    """

    def __init__(self, shared_key: str) -> None:
        self._secret = hmac.new(shared_key.encode(), b"obd2 pages", sha256).digest()
        self._serializer = URLSafeSerializer(self._secret, salt="session", signer_kwargs={"digest_method": sha256})

    def cookie(self, client: Client, now: datetime) -> str:
        """Return the cookie of somebody who has just shown a key."""
        document = {
            "k": client.key_id or _SHARED,
            "e": int((now + LIFETIME).timestamp()),
            "n": secrets.token_urlsafe(16),
        }
        return str(self._serializer.dumps(document))

    def read(self, cookie: str | None, now: datetime) -> Session | None:
        """Return the session of a cookie; None when it is not ours, or over."""
        if not cookie:
            return None
        try:
            document = self._serializer.loads(cookie)
            session = Session(
                None if document["k"] == _SHARED else str(document["k"]), float(document["e"]), str(document["n"])
            )
        except (BadData, KeyError, TypeError, ValueError):
            return None
        return session if now.timestamp() < session.expires_at else None

    def form_token(self, session: Session | None) -> str:
        """Return what the forms of a session carry, so that no other site can send them."""
        nonce = "" if session is None else session.nonce
        return hmac.new(self._secret, b"form:" + nonce.encode(), sha256).hexdigest()
