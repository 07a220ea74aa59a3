"""Encrypts copies that leave the machine, and opens them again.

The format is that of age, so that any age program opens a copy when nothing of this server is left. Source:
https://age-encryption.org/v1. Encrypting needs the public key only; the secret one need not be on the server at all.
"""

import hashlib
import io
import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import pyrage
from pyrage.x25519 import Identity, Recipient

from obd2_common.backups.spool import sync_folder
from obd2_common.errors import ConfigurationError, Obd2Error

if TYPE_CHECKING:
    from hashlib import _Hash

SEALED_EXTENSION = ".age"


class SealingError(Obd2Error):
    """A copy cannot be opened; the message says why."""


@dataclass(frozen=True)
class Sealed:
    """What became of a file."""

    plain_sha256: str
    """Of the bytes that were read."""
    sealed_sha256: str
    """Of the bytes that were written."""


def parse_recipients(text: str) -> list[Recipient]:
    """Return the public keys of a list that is separated by commas.

    Raises:
        ConfigurationError: one is no public key of age.
    """
    try:
        return [Recipient.from_str(name.strip()) for name in text.split(",") if name.strip()]
    except pyrage.RecipientError as error:
        raise ConfigurationError("BACKUP_REPLICA_RECIPIENTS must be public keys of age (age1...)") from error


def seal(source: Path, target: Path, recipients: Sequence[Recipient]) -> Sealed:
    """Encrypt a file for recipients.

    Args:
        source: what to encrypt.
        target: is written over.
        recipients: at least one public key; each of their secret keys opens the file.

    Raises:
        OSError: one of the files failed.
    """
    with source.open("rb") as reading, target.open("wb") as writing:
        plain, sealed = _Counted(reading), _Counted(writing)
        pyrage.encrypt_io(plain, sealed, recipients)
    return Sealed(plain.sha256, sealed.sha256)


def read_identities(file: Path) -> list[Identity]:
    """Return the secret keys of a file as ``age-keygen`` writes it.

    Raises:
        SealingError: there is none in it, or it cannot be read.
    """
    try:
        lines = [line.strip() for line in file.read_text(encoding="ascii").splitlines()]
        identities = [Identity.from_str(line) for line in lines if line and not line.startswith("#")]
    except (OSError, UnicodeDecodeError, pyrage.IdentityError) as error:
        raise SealingError(f"{file} is no file of secret age keys") from error
    if not identities:
        raise SealingError(f"{file} holds no secret age key")
    return identities


def unseal(source: Path, target: Path, identities: Sequence[Identity]) -> str:
    """Decrypt a file into a new one, which appears only when it is complete, and return its SHA-256.

    Args:
        source: the encrypted copy.
        target: must not exist yet.
        identities: secret keys, of which one must fit.

    Raises:
        SealingError: no key fits, the copy is damaged or cut off, or the target exists or cannot be written.
    """
    if os.path.lexists(target):
        raise SealingError(f"{target} exists already; nothing was overwritten")
    part = target.with_name(f".{target.name}.part")
    try:
        with source.open("rb") as reading, part.open("wb") as writing:
            plain = _Counted(writing)
            pyrage.decrypt_io(reading, plain, identities)
            writing.flush()
            os.fsync(writing.fileno())
        part.rename(target)
        sync_folder(target.parent)
    except pyrage.DecryptError as error:
        raise SealingError(f"{source.name} cannot be opened: {error}") from error
    except OSError as error:
        # The library tells of damage in this way, too, then without a number.
        raise SealingError(f"{source.name} was not opened: {error.strerror or error}") from error
    finally:
        part.unlink(missing_ok=True)
    return plain.sha256


class _Counted(io.RawIOBase):
    """A stream whose bytes are digested as they pass."""

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        self._digest: _Hash = hashlib.sha256()

    @property
    def sha256(self) -> str:
        """Return the SHA-256 of what has passed, in lower-case hex."""
        return self._digest.hexdigest()

    def read(self, size: int = -1, /) -> bytes:
        """Read, and digest what was read."""
        data = self._stream.read(size)
        self._digest.update(data)
        return data

    def write(self, data: bytes, /) -> int:  # type: ignore[override]
        """Write, and digest what was written."""
        self._digest.update(data)
        return self._stream.write(data)

    def flush(self) -> None:
        """Hand on what waits."""
        if not self._stream.closed:
            self._stream.flush()
