"""The headers of the tus protocol, read and checked.

Source: https://tus.io/protocols/resumable-upload (version 1.0.0)
"""

import base64
import binascii
import hashlib
import re
from typing import TYPE_CHECKING

from starlette.datastructures import Headers

from obd2_api.errors import ProtocolVersionError, UnsupportedFileError
from obd2_common.errors import InvalidInputError

if TYPE_CHECKING:
    from hashlib import _Hash

VERSION = "1.0.0"
EXTENSIONS = "creation,expiration,checksum"
CHECKSUM_ALGORITHMS = ("sha256", "sha1", "md5")
"""sha1 is the one the protocol demands; with md5 it guards against accidents only, which is all a checksum is for."""
PART_MEDIA_TYPE = "application/offset+octet-stream"
MAX_METADATA_CHARACTERS = 4096
_NUMBER = re.compile(r"[0-9]{1,18}")
_KEY = re.compile(r"[\x21-\x2b\x2d-\x7e]+")


def check_version(headers: Headers) -> None:
    """Make sure that the client speaks our version.

    Raises:
        ProtocolVersionError: it speaks another, or does not say.
    """
    if headers.get("tus-resumable") != VERSION:
        raise ProtocolVersionError(f"send Tus-Resumable: {VERSION}")


def check_media_type(headers: Headers) -> None:
    """Make sure that the body is a part of an upload.

    Raises:
        UnsupportedFileError: it says it is something else.
    """
    if headers.get("content-type", "").strip().lower() != PART_MEDIA_TYPE:
        raise UnsupportedFileError(f"send Content-Type: {PART_MEDIA_TYPE}")


def parse_number(headers: Headers, name: str) -> int:
    """Return a header that is a count of bytes.

    Raises:
        InvalidInputError: it is missing or no number.
    """
    text = headers.get(name, "").strip()
    if not _NUMBER.fullmatch(text):
        raise InvalidInputError(f"{name} must be a number of bytes")
    return int(text)


def parse_metadata(text: str) -> dict[str, str]:
    """Return the pairs of an ``Upload-Metadata`` header.

    Raises:
        InvalidInputError: it is malformed, too long, or holds a value that is not UTF-8.
    """
    if len(text) > MAX_METADATA_CHARACTERS:
        raise InvalidInputError("Upload-Metadata is too long")
    metadata: dict[str, str] = {}
    for pair in text.split(",") if text.strip() else []:
        name, _, encoded = pair.strip(" \t").partition(" ")
        if not _KEY.fullmatch(name) or name in metadata:
            raise InvalidInputError("Upload-Metadata must be pairs of a name, used once, and a base64 value")
        try:
            metadata[name] = base64.b64decode(encoded, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError) as error:
            raise InvalidInputError("Upload-Metadata holds a value that is not base64 of UTF-8 text") from error
    return metadata


class PartChecksum:
    """The checksum a client claims for a part, computed alongside while the part arrives."""

    def __init__(self, name: str, claimed: bytes) -> None:
        self._claimed = claimed
        self._digest: _Hash = hashlib.new(name, usedforsecurity=False)

    def update(self, data: bytes) -> None:
        """Take in the next bytes."""
        self._digest.update(data)

    @property
    def is_right(self) -> bool:
        """Tell whether the bytes so far have the claimed checksum."""
        return self._digest.digest() == self._claimed


def parse_checksum(headers: Headers) -> PartChecksum | None:
    """Return the checksum of an ``Upload-Checksum`` header, or None when there is none.

    Raises:
        InvalidInputError: it is malformed or by an algorithm we do not know.
    """
    text = headers.get("upload-checksum")
    if text is None:
        return None
    name, _, encoded = text.strip().partition(" ")
    if name not in CHECKSUM_ALGORITHMS:
        raise InvalidInputError(f"Upload-Checksum must be by one of {', '.join(CHECKSUM_ALGORITHMS)}")
    try:
        claimed = base64.b64decode(encoded, validate=True)
    except binascii.Error as error:
        raise InvalidInputError("Upload-Checksum holds no base64") from error
    if len(claimed) != hashlib.new(name, usedforsecurity=False).digest_size:
        raise InvalidInputError(f"Upload-Checksum has the wrong length for {name}")
    return PartChecksum(name, claimed)
