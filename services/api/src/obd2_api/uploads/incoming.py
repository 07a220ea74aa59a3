"""One upload while it arrives: its form, its file in the spool, its digests, and the checks before it counts."""

import re
import uuid
from dataclasses import dataclass
from pathlib import Path

from starlette.datastructures import Headers

from obd2_api.errors import ForbiddenError, PayloadTooLargeError, StorageFullError, UnsupportedFileError
from obd2_api.uploads import digests
from obd2_api.uploads.form import MAX_OTHER_BYTES, UploadForm
from obd2_common.backups.intake import Intake
from obd2_common.backups.names import (
    BackupName,
    UnsupportedExtensionError,
    parse_device_id,
    parse_file_name,
    parse_type,
)
from obd2_common.backups.part_file import is_disk_full
from obd2_common.backups.spool import SpoolWriter, free_bytes, prepare_spool
from obd2_common.errors import InvalidInputError

FREE_SPACE_CHECK_BYTES = 64 << 20
FIELDS = frozenset({"type", "deviceId", "sha256"})
_DIGITS = re.compile(r"[0-9]+")


@dataclass(frozen=True)
class UploadLimits:
    """What an upload may take."""

    max_file_bytes: int
    reserve_bytes: int
    """Free space on the vault's disk that uploads leave alone."""
    device_id: str | None = None
    """The only device whose files are taken; None takes everybody's."""


class Incoming:
    """An upload while it arrives. Everything but the constructor blocks and belongs in a worker thread.

    Args:
        headers: of the request.
        spool_dir: where it goes.
        limits: how large it may get.

    Raises:
        InvalidInputError: the headers cannot be those of an upload.
    """

    def __init__(self, headers: Headers, spool_dir: Path, limits: UploadLimits) -> None:
        self.backup_id = str(uuid.uuid4())
        self._spool_dir = spool_dir
        self._limits = limits
        self._declared_bytes = _declared_bytes(headers)
        self._body_digest = digests.parse_content_digest(", ".join(headers.getlist("content-digest")) or None)
        self._claimed_sha256: dict[str, str] = {}
        if (claimed := headers.get("x-content-sha256")) is not None:
            self._claimed_sha256["X-Content-SHA256"] = digests.parse_sha256(claimed, place="X-Content-SHA256")
        self._fields: dict[str, str] = {}
        self._writer: SpoolWriter | None = None
        self._original_name = ""
        self._name: BackupName | None = None
        self._received_bytes = 0
        self._next_space_check = FREE_SPACE_CHECK_BYTES
        self._form = UploadForm(
            headers.get("content-type"),
            fields=FIELDS,
            open_file=self._open_file,
            on_field=self._take_field,
            max_file_bytes=limits.max_file_bytes,
        )

    def admit(self) -> None:
        """Refuse by its declared size an upload that cannot end well, before any of it is written.

        Raises:
            PayloadTooLargeError: it is larger than the limit.
            StorageFullError: the disk has no room for it.
        """
        if self._declared_bytes > self._limits.max_file_bytes + MAX_OTHER_BYTES:
            raise PayloadTooLargeError(f"the file is larger than the limit of {self._limits.max_file_bytes} bytes")
        prepare_spool(self._spool_dir)
        self._check_space(self._declared_bytes)

    def feed(self, data: bytes) -> None:
        """Take the next bytes of the body.

        Raises:
            InvalidInputError: the form or something in it is refused.
            ForbiddenError: the file is another device's.
            PayloadTooLargeError: the file passes the limit.
            StorageFullError: the disk is full.
        """
        self._body_digest.update(data)
        self._received_bytes += len(data)
        if self._received_bytes >= self._next_space_check:
            self._next_space_check = self._received_bytes + FREE_SPACE_CHECK_BYTES
            self._check_space(0)
        try:
            self._form.feed(data)
        except OSError as error:
            raise storage_error(error) from error

    def finish(self) -> Intake:
        """Check the upload as a whole and make it durable in the spool.

        Raises:
            InvalidInputError: something is missing, empty, or not what its digest says.
            StorageFullError: the disk is full.
        """
        self._form.finish()
        if missing := [name for name in ("type", "deviceId") if name not in self._fields]:
            raise InvalidInputError(f"the form lacks the field {' and '.join(repr(name) for name in missing)}")
        if self._writer is None or self._name is None:
            raise AssertionError("a form with a file has opened it")
        if self._writer.size_bytes == 0:
            raise InvalidInputError("the file is empty")
        self._body_digest.check()
        digests.check_sha256(self._writer.sha256, self._claimed_sha256)
        try:
            spooled = self._writer.publish()
        except OSError as error:
            raise storage_error(error) from error
        return Intake(
            self.backup_id,
            self._fields["deviceId"],
            self._fields["type"],
            self._original_name,
            self._name,
            spooled,
        )

    def discard(self) -> None:
        """Leave nothing behind, unless `finish` has returned."""
        if self._writer is not None:
            self._writer.discard()

    def _open_file(self, name: str) -> SpoolWriter:
        try:
            self._name = parse_file_name(name)
        except UnsupportedExtensionError as error:
            raise UnsupportedFileError(str(error)) from error
        self._original_name = name
        self._writer = SpoolWriter(self._spool_dir, self.backup_id)
        return self._writer

    def _take_field(self, name: str, value: str) -> None:
        if name == "type":
            value = parse_type(value)
        elif name == "deviceId":
            value = parse_device_id(value)
            if self._limits.device_id not in {None, value}:
                raise ForbiddenError(f"This key speaks for the device {self._limits.device_id} only")
        elif name == "sha256" and value:
            self._claimed_sha256["the field 'sha256'"] = digests.parse_sha256(value, place="the field 'sha256'")
        self._fields[name] = value

    def _check_space(self, more_bytes: int) -> None:
        if free_bytes(self._spool_dir) - more_bytes < self._limits.reserve_bytes:
            raise StorageFullError("the server has no room for the file; nothing of it was kept")


def _declared_bytes(headers: Headers) -> int:
    text = headers.get("content-length", "0")
    return int(text) if _DIGITS.fullmatch(text) else 0


def storage_error(error: OSError) -> Exception:
    """Return what an error of the disk means to a client."""
    if is_disk_full(error):
        return StorageFullError("the server's disk is full; nothing of the file was kept")
    return error
