"""The life of a resumable upload: begun, found again, and made a backup once all its bytes have come."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta

from obd2_api.errors import (
    PayloadTooLargeError,
    StorageFullError,
    UnsupportedFileError,
    UploadGoneError,
)
from obd2_api.repository import resumable_uploads as repository
from obd2_api.settings import ApiSettings
from obd2_api.uploads.active import RECORDING
from obd2_api.uploads.digests import parse_sha256
from obd2_common.backups.intake import Intake
from obd2_common.backups.names import (
    UnsupportedExtensionError,
    kept_name,
    parse_device_id,
    parse_file_name,
    parse_type,
)
from obd2_common.backups.part_file import PartFile
from obd2_common.backups.spool import SpooledFile, free_bytes, prepare_spool, ready_path, resumable_path
from obd2_common.backups.vault_marker import check_arrival, check_vault
from obd2_common.clock import Clock
from obd2_common.db.database import Database
from obd2_common.errors import InvalidInputError, NotFoundError
from obd2_common.file_hash import sha256_of
from obd2_common.tables.backups import ResumableUpload


@dataclass(frozen=True)
class Reception:
    """What receiving needs."""

    settings: ApiSettings
    database: Database
    clock: Clock

    def expires_at(self) -> datetime:
        """Return until when an upload may rest that moved now."""
        return self.clock() + timedelta(hours=self.settings.backup_upload_expiry_hours)

    def check_vault(self) -> None:
        """Make sure that the vault, in which the spool lies, is there.

        Raises:
            VaultUnavailableError: its disk is not mounted.
            DatabaseUnavailableError: the database does not answer.
        """
        check_vault(self.database, self.settings.backup_dir, self.settings.spool_dir)


def begin(reception: Reception, *, size_bytes: int, metadata: dict[str, str], raw_metadata: str) -> ResumableUpload:
    """Record a new upload and return its row; nothing of it is on the disk yet.

    Raises:
        InvalidInputError: something is missing or refused.
        UnsupportedFileError: the extension is not kept.
        PayloadTooLargeError: it is too large.
        StorageFullError: there is no room for it, on the disk or in the device's quota.
        VaultUnavailableError: the vault's disk is not mounted.
    """
    settings = reception.settings
    if missing := [name for name in ("filename", "type", "deviceId") if name not in metadata]:
        raise InvalidInputError(f"Upload-Metadata lacks {', '.join(missing)}")
    try:
        parse_file_name(metadata["filename"])
    except UnsupportedExtensionError as error:
        raise UnsupportedFileError(str(error)) from error
    if size_bytes == 0:
        raise InvalidInputError("the file is empty")
    if size_bytes > settings.max_backup_size_bytes:
        raise PayloadTooLargeError(f"the file is larger than the limit of {settings.max_backup_size_bytes} bytes")
    reception.check_vault()
    prepare_spool(settings.spool_dir)
    if free_bytes(settings.spool_dir) - size_bytes < settings.backup_reserve_bytes:
        raise StorageFullError("the server has no room for the file")
    claimed = metadata.get("sha256")
    upload = ResumableUpload(
        upload_id=str(uuid.uuid4()),
        source_device=parse_device_id(metadata["deviceId"]),
        type=parse_type(metadata["type"]),
        original_name=metadata["filename"],
        size_bytes=size_bytes,
        sha256=parse_sha256(claimed, place="the metadata sha256") if claimed else None,
        upload_metadata=raw_metadata,
        offset_bytes=0,
        state="open",
        created_at=reception.clock(),
        expires_at=reception.expires_at(),
    )
    row = upload.model_dump()
    reception.database.run(
        lambda session: repository.add_upload(
            session, ResumableUpload(**row), quota_bytes=settings.backup_device_quota_bytes
        ),
    )
    return upload


def find(reception: Reception, upload_id: str) -> ResumableUpload:
    """Return the row of an upload that can still be asked about.

    Raises:
        NotFoundError: there is none.
        UploadGoneError: it has expired or was refused.
    """
    upload = reception.database.read(lambda session: repository.find_resumable(session, upload_id))
    if upload is None:
        raise NotFoundError("there is no such upload")
    is_expired = upload.state == "open" and upload.expires_at < reception.clock()
    if is_expired or upload.state not in {"open", "complete"}:
        raise UploadGoneError("the upload has expired or was refused: begin it again")
    return upload


def complete(reception: Reception, upload: ResumableUpload) -> None:
    """Make a backup of an upload all of whose bytes have come; doing it again changes nothing.

    Raises:
        InvalidInputError: the file is not what its digest says; it is gone.
        StorageFullError: the device's quota is used up; a later empty part tries again.
    """
    settings = reception.settings
    path = ready_path(settings.spool_dir, upload.upload_id)
    if resumable_path(settings.spool_dir, upload.upload_id).exists():
        part = PartFile(settings.spool_dir, upload.upload_id)
        try:
            sha256 = sha256_of(resumable_path(settings.spool_dir, upload.upload_id))
            if upload.sha256 not in {None, sha256}:
                part.remove()
                reception.database.run(lambda session: repository.record_end(session, upload.upload_id, "refused"))
                raise InvalidInputError("the metadata sha256 is not the SHA-256 of the file received: begin it again")
            spooled = part.publish(sha256)
        finally:
            part.close()
    elif path.exists():
        # A run that died before it could record what it had published.
        spooled = SpooledFile(path, path.stat().st_size, sha256_of(path))
    else:
        raise UploadGoneError("the upload's bytes are gone: begin it again")
    check_arrival(reception.database, settings.backup_dir, settings.spool_dir, spooled.path)
    intake = Intake(
        upload.upload_id,
        upload.source_device,
        upload.type,
        upload.original_name,
        kept_name(upload.original_name),
        spooled,
    )
    with RECORDING:
        reception.database.run(
            lambda session: repository.record_complete(
                session,
                intake,
                quota_bytes=settings.backup_device_quota_bytes,
                now=reception.clock(),
            ),
        )
