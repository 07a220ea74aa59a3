"""Digests a client may send along with an upload, and how they are compared."""

import base64
import binascii
import hashlib
import hmac
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING

from obd2_common.errors import InvalidInputError

if TYPE_CHECKING:
    from hashlib import _Hash

_HEX_SHA256 = re.compile(r"[0-9a-fA-F]{64}")
_MEMBER = re.compile(r"[ \t]*([a-z*][a-z0-9_.*-]*)=:([A-Za-z0-9+/]*={0,2}):(?:;[^,]*)?[ \t]*")
_ALGORITHMS = {"sha-256": "sha256", "sha-512": "sha512"}
"""Those of RFC 9530 that are fit for use; a digest by any other is ignored, as it allows."""


class BodyDigest:
    """The digests a request claims for its body, computed alongside while the body arrives."""

    def __init__(self, claimed: Mapping[str, bytes]) -> None:
        self._claimed = claimed
        self._running: dict[str, _Hash] = {name: hashlib.new(_ALGORITHMS[name]) for name in claimed}

    def update(self, data: bytes) -> None:
        """Take in the next bytes of the body."""
        for digest in self._running.values():
            digest.update(data)

    def check(self) -> None:
        """Compare, once the body is complete.

        Raises:
            InvalidInputError: the body is not the one that was digested.
        """
        for name, digest in self._running.items():
            if not hmac.compare_digest(digest.digest(), self._claimed[name]):
                raise InvalidInputError(f"Content-Digest: the {name} of the request body is another")


def parse_sha256(text: str, *, place: str) -> str:
    """Return a SHA-256 in lower-case hex.

    Args:
        text: what the client sent.
        place: the field or header it came in, for the message.

    Raises:
        InvalidInputError: it is no SHA-256 in hex.
    """
    if not _HEX_SHA256.fullmatch(text.strip()):
        raise InvalidInputError(f"{place} must be a SHA-256 in 64 hexadecimal digits")
    return text.strip().lower()


def check_sha256(actual: str, claimed: Mapping[str, str]) -> None:
    """Compare a file's SHA-256 with every one that was claimed for it.

    Args:
        actual: of the file received, lower-case hex.
        claimed: by the field or header it came in.

    Raises:
        InvalidInputError: one differs.
    """
    for place, expected in claimed.items():
        if not hmac.compare_digest(actual, expected):
            raise InvalidInputError(f"{place} is not the SHA-256 of the file received")


def parse_content_digest(header: str | None) -> BodyDigest:
    """Return the digests of a ``Content-Digest`` header that this server can verify.

    Source: RFC 9530, section 2.

    Raises:
        InvalidInputError: the header is no dictionary of byte sequences, or a digest has the wrong length.
    """
    claimed: dict[str, bytes] = {}
    for member in (header or "").split(",") if header else []:
        match = _MEMBER.fullmatch(member)
        if match is None:
            raise InvalidInputError("Content-Digest must look like sha-256=:<base64>:")
        name, encoded = match.groups()
        if name in _ALGORITHMS:
            claimed[name] = _decode(name, encoded)
    return BodyDigest(claimed)


def _decode(name: str, encoded: str) -> bytes:
    try:
        value = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise InvalidInputError(f"Content-Digest: the {name} is not base64") from error
    if len(value) != hashlib.new(_ALGORITHMS[name]).digest_size:
        raise InvalidInputError(f"Content-Digest: the {name} has the wrong length")
    return value
