"""`POST /backup`: takes in a backup file."""

from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from obd2_api.auth.middleware import own_device
from obd2_api.dependencies import ClockDep, DatabaseDep, SettingsDep
from obd2_api.middleware.access_log import note
from obd2_api.schemas.uploads import BackupReceipt
from obd2_api.schemas.wire import problem_responses
from obd2_api.uploads.incoming import Incoming, UploadLimits
from obd2_api.uploads.reception import receive_upload, record, wait_until_stored
from obd2_common.backups.names import BACKUP_TYPES, EXTENSIONS
from obd2_common.backups.vault_marker import check_arrival, check_vault
from obd2_common.errors import InvalidInputError

router = APIRouter(tags=["backup"])

_FILE_RULE = (
    "The file. Its name holds letters, digits, '.', '_', '+' and '-' and ends in one of "
    f"{', '.join(EXTENSIONS)}, where .gz may follow another."
)
_FORM: dict[str, Any] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file", "type", "deviceId"],
                    "properties": {
                        "file": {
                            "type": "string",
                            "format": "binary",
                            "description": _FILE_RULE,
                        },
                        "type": {"type": "string", "enum": list(BACKUP_TYPES)},
                        "deviceId": {"type": "string", "examples": ["chi-eclipse-01"]},
                        "sha256": {
                            "type": "string",
                            "description": "SHA-256 of the file in hexadecimal; verified when it is there.",
                        },
                    },
                },
            },
        },
    },
    "parameters": [
        {
            "name": "X-Content-SHA256",
            "in": "header",
            "schema": {"type": "string"},
            "description": "SHA-256 of the file in hexadecimal; verified when it is there.",
        },
        {
            "name": "Content-Digest",
            "in": "header",
            "schema": {"type": "string"},
            "description": "RFC 9530 digest (sha-256 or sha-512) of the request body; verified when it is there.",
        },
    ],
}


@router.post(
    "/backup",
    summary="Upload a backup",
    openapi_extra=_FORM,
    response_model_exclude_none=True,
    responses=problem_responses(
        s413="The file is larger than the server takes.",
        s415="The file's extension is not kept; the detail names those that are.",
        s422="A field is missing or refused, the file is empty, a digest differs, or the form is cut off.",
        s507="There is no room for the file, on the disk or in the device's quota.",
    ),
)
async def upload_backup(
    request: Request, settings: SettingsDep, database: DatabaseDep, clock: ClockDep
) -> BackupReceipt:
    """Take in one file of a device: a database, logs or configuration.

    The file is streamed to the disk. It is acknowledged when it is complete, synced and recorded; a file that is cut
    off or refused leaves nothing behind. The backup service then checks it and puts it in the vault. The answer waits a
    few seconds for that, so that it can tell the verdict, and says `pending` when it takes longer.
    """
    limits = UploadLimits(
        max_file_bytes=settings.max_backup_size_bytes,
        reserve_bytes=settings.backup_reserve_bytes,
        device_id=own_device(request.scope),
    )
    await run_in_threadpool(check_vault, database, settings.backup_dir, settings.spool_dir)
    incoming = Incoming(request.headers, settings.spool_dir, limits)
    try:
        upload = await receive_upload(request.stream(), incoming)
    except ClientDisconnect as error:
        raise InvalidInputError("the connection was cut before the upload was complete") from error
    note(device_id=upload.source_device)
    await run_in_threadpool(check_arrival, database, settings.backup_dir, settings.spool_dir, upload.file.path)
    backup = await run_in_threadpool(
        record,
        database,
        upload,
        clock,
        quota_bytes=settings.backup_device_quota_bytes,
    )
    return BackupReceipt.of(
        await wait_until_stored(database, backup, wait_seconds=settings.backup_answer_wait_seconds),
    )
