"""Makes keys, reads them from a request and compares them; pure functions, wherever keys are stored."""

import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import Enum, StrEnum
from urllib.parse import parse_qsl

KEY_HEADER = b"x-api-key"
_KEY_PARAMETERS = frozenset({"x-api-key", "x_api_key", "api-key", "api_key", "apikey"})
_ID_LETTERS = "abcdefghijkmnpqrstuvwxyz23456789"
_ID_LENGTH = 8
_SECRET_BYTES = 32
_ISSUED = re.compile(rb"obd2_([a-z2-9]{8})_[A-Za-z0-9_-]{43}")


class Verdict(Enum):
    """Why a request is refused; the value is what the client is told."""

    MISSING = "Missing API key"
    WRONG = "Invalid API key"


class Scope(StrEnum):
    """What a key opens."""

    PUSH = "push"
    """Sending rows and backups, and asking what has arrived."""
    READ = "read"
    """Asking for anything the server knows, and for analyses."""
    ADMIN = "admin"
    """Deciding about drives, eras and quarantined rows."""


EVERY_SCOPE = frozenset(Scope)


@dataclass(frozen=True, slots=True)
class Client:
    """Who a key stands for.

    Args:
        key_id: the part of an issued key that is shown; None for the shared key.
        scopes: what the key opens.
        device_id: the only device the key may speak for; None for any.
        is_previous: it came with the shared key that is being exchanged.
    """

    key_id: str | None = None
    scopes: frozenset[Scope] = EVERY_SCOPE
    device_id: str | None = None
    is_previous: bool = False


@dataclass(frozen=True, slots=True)
class NewKey:
    """A key that was just made: `text` is to be shown once, the rest is kept."""

    key_id: str
    text: str
    digest: str


def make_key() -> NewKey:
    """Make a key nobody can guess: 256 random bits behind a part that may be shown."""
    key_id = "".join(secrets.choice(_ID_LETTERS) for _ in range(_ID_LENGTH))
    text = f"obd2_{key_id}_{secrets.token_urlsafe(_SECRET_BYTES)}"
    return NewKey(key_id, text, digest_of(text.encode()).hex())


def digest_of(key: bytes) -> bytes:
    """Return what is kept of an issued key. A plain SHA-256: nobody can try 2^256 keys, however fast one try is."""
    return hashlib.sha256(key).digest()


def id_of(value: bytes) -> str | None:
    """Return the id an issued key shows, or None for what cannot be an issued key."""
    found = _ISSUED.fullmatch(value)
    return None if found is None else found[1].decode("ascii")


def key_bytes(key: str) -> frozenset[bytes]:
    """Return the forms a key has on the wire: Latin-1 as Python's urllib writes it, UTF-8 as a terminal does."""
    forms = {key.encode("utf-8")}
    try:
        forms.add(key.encode("latin-1"))
    except UnicodeEncodeError:
        return frozenset(forms)
    return frozenset(forms)


def rotation_id(current: str, previous: str) -> str:
    """Name an exchange of shared keys in a way that tells nothing about a key to who lacks the other."""
    return hmac.new(current.encode(), b"obd2 rotation:" + previous.encode(), hashlib.sha256).hexdigest()


def presented_keys(headers: Iterable[tuple[bytes, bytes]], query: bytes) -> list[bytes] | Verdict:
    """Return the values of a request's key headers, at least one.

    A key in the query ends in logs of whatever stands on the way, so it is refused even when it is right.

    Args:
        headers: of the request.
        query: the raw query string.
    """
    presented = [value for name, value in headers if name == KEY_HEADER or name.lower() == KEY_HEADER]
    if not presented:
        return Verdict.MISSING
    return Verdict.WRONG if _has_key(query) else presented


def are_all_among(presented: Sequence[bytes], accepted: Sequence[bytes]) -> bool:
    """Tell whether every value is one of the accepted keys, in a time that does not depend on how much is right."""
    return sum(_is_one_of(value, accepted) for value in presented) == len(presented)


def _is_one_of(value: bytes, accepted: Sequence[bytes]) -> bool:
    # Every comparison is made, also after a hit: the time tells nothing.
    return sum(hmac.compare_digest(value, key) for key in accepted) > 0


def _has_key(query: bytes) -> bool:
    if not query:
        return False
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return any(name.strip().lower() in _KEY_PARAMETERS for name, _ in pairs)
