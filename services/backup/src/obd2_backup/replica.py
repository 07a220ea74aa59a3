"""The second copy's place: a mounted folder or an S3-compatible store, and what can be done there."""

import hashlib
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import BaseError
from obstore.store import LocalStore, S3Store

from obd2_common.backups.spool import sync_folder
from obd2_common.errors import ConfigurationError, Obd2Error

MARKER = ".obd2-replica"
UNUSED = "Second copies of OBD2-Server's backups: none yet.\n"
"""What the marker of a new place says; an empty marker will do as well."""
CHUNK_BYTES = 1 << 20
STORE_ERRORS = (BaseError, OSError)
"""What a store raises when it cannot do what it is asked."""


class ReplicaError(Obd2Error):
    """The second copy's place cannot be used; the message says what to do."""


@dataclass(frozen=True)
class StoreAccess:
    """How to get at an S3-compatible store; None leaves a thing to the environment the library knows."""

    endpoint: str | None = None
    key_id: str | None = None
    secret: str | None = None
    region: str | None = None


class Replica(Protocol):
    """Where second copies go. Paths are those of the vault."""

    def check(self) -> str:
        """Return what the marker says; the empty folder under a share that is not mounted has none."""

    def mark(self, text: str) -> None:
        """Mark the place as ours."""

    def put(self, place: Path, relative: str) -> None:
        """Copy a file; nothing under its name can be seen before it is complete."""

    def sha256(self, relative: str) -> str | None:
        """Read a copy back and return its SHA-256 in lower-case hex; None when it is not there."""

    def remove(self, relative: str) -> None:
        """Delete a copy if it is there."""


class StoreReplica:
    """A replica in anything the object store library can reach.

    Args:
        url: ``file:///mnt/nas/obd2`` or ``s3://bucket/prefix``.
        access: for S3.

    Raises:
        ConfigurationError: the URL is of neither kind.
    """

    def __init__(self, url: str, access: StoreAccess) -> None:
        parts = urlsplit(url)
        if parts.scheme not in {"file", "s3"} or (parts.scheme == "s3" and not parts.netloc):
            raise ConfigurationError("BACKUP_REPLICA_URL must be file:///folder or s3://bucket/prefix")
        self._url = url
        self._access = access

    def check(self) -> str:
        """Return what the marker says.

        Raises:
            ReplicaError: there is none, or the place cannot be reached.
        """
        try:
            return bytes(obstore.get(self._open(), MARKER).bytes()).decode("utf-8", "replace")
        except FileNotFoundError as error:
            raise ReplicaError(
                f"the replica has no file {MARKER}: mount it, or mark a new one with `obd2 backups replica --init`",
            ) from error
        except STORE_ERRORS as error:
            raise ReplicaError(f"the replica cannot be reached: {type(error).__name__}") from error

    def prepare(self) -> None:
        """Mark the place as ours unless it is already.

        Raises:
            ReplicaError: the place cannot be written.
        """
        try:
            self.check()
        except ReplicaError:
            self.mark(UNUSED)

    def mark(self, text: str) -> None:
        """Write the marker.

        Raises:
            ReplicaError: the place cannot be written.
        """
        try:
            obstore.put(self._open(), MARKER, text.encode())
        except STORE_ERRORS as error:
            raise ReplicaError(f"the replica cannot be written: {type(error).__name__}") from error

    def put(self, place: Path, relative: str) -> None:
        """Copy a file; a store shows it only when it is complete."""
        store = self._open()
        obstore.put(store, relative, place)
        if isinstance(store, LocalStore):
            _sync(self._folder / relative)

    def sha256(self, relative: str) -> str | None:
        """Read a copy back."""
        digest = hashlib.sha256()
        try:
            for chunk in obstore.get(self._open(), relative).stream(min_chunk_size=CHUNK_BYTES):
                digest.update(chunk)
        except FileNotFoundError:
            return None
        return digest.hexdigest()

    def remove(self, relative: str) -> None:
        """Delete a copy if it is there."""
        try:
            obstore.delete(self._open(), relative)
        except FileNotFoundError:
            return

    @property
    def _folder(self) -> Path:
        return Path(unquote(urlsplit(self._url).path))

    def _open(self) -> LocalStore | S3Store:
        """Open the store anew each time: a share may be mounted or lost at any moment."""
        parts = urlsplit(self._url)
        if parts.scheme == "file":
            return LocalStore(self._folder)
        access = self._access
        options = {
            "endpoint": access.endpoint,
            "access_key_id": access.key_id,
            "secret_access_key": access.secret,
            "region": access.region,
        }
        return S3Store(
            parts.netloc,
            prefix=parts.path.strip("/") or None,
            client_options={"allow_http": True},
            **{name: value for name, value in options.items() if value is not None},  # type: ignore[arg-type]
        )


def _sync(file: Path) -> None:
    """Make a copy durable, which the library leaves to the operating system."""
    with file.open("rb") as stream:
        os.fsync(stream.fileno())
    sync_folder(file.parent)
