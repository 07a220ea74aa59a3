"""Decides whether a request carries the right key."""

import hmac
from collections.abc import Iterable, Sequence
from enum import Enum
from urllib.parse import parse_qsl

KEY_HEADER = b"x-api-key"
_KEY_PARAMETERS = frozenset({"x-api-key", "x_api_key", "api-key", "api_key", "apikey"})


class Verdict(Enum):
    """What a request's key is worth; the value is what the client is told."""

    ADMITTED = "Admitted"
    MISSING = "Missing API key"
    WRONG = "Invalid API key"


def key_bytes(key: str) -> frozenset[bytes]:
    """Return the forms a key has on the wire: Latin-1 as Python's urllib writes it, UTF-8 as a terminal does."""
    forms = {key.encode("utf-8")}
    try:
        forms.add(key.encode("latin-1"))
    except UnicodeEncodeError:
        return frozenset(forms)
    return frozenset(forms)


def judge_key(headers: Iterable[tuple[bytes, bytes]], query: bytes, accepted: Sequence[bytes]) -> Verdict:
    """Judge the key of one request, in a time that does not depend on how much of it is right.

    A key in the query ends in access logs, so it is refused even when it is right; of several headers all must be
    right.

    Args:
        headers: of the request, names in lower case.
        query: the raw query string.
        accepted: the keys that open the door, as bytes.
    """
    presented = [value for name, value in headers if name.lower() == KEY_HEADER]
    if not presented:
        return Verdict.MISSING
    are_right = [_is_one_of(value, accepted) for value in presented]
    return Verdict.ADMITTED if all(are_right) and not _has_key(query) else Verdict.WRONG


def _is_one_of(value: bytes, accepted: Sequence[bytes]) -> bool:
    # Every comparison is made, also after a hit: the time tells nothing.
    return sum(hmac.compare_digest(value, key) for key in accepted) > 0


def _has_key(query: bytes) -> bool:
    if not query:
        return False
    pairs = parse_qsl(query.decode("latin-1"), keep_blank_values=True)
    return any(name.strip().lower() in _KEY_PARAMETERS for name, _ in pairs)
