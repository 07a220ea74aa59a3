"""`/uploads`: backups that come in several connections, by the tus protocol (1.0.0)."""

from email.utils import format_datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from obd2_api.auth.middleware import check_device, own_device
from obd2_api.dependencies import ActiveUploadsDep, ClockDep, DatabaseDep, SettingsDep
from obd2_api.errors import OffsetConflictError, PayloadTooLargeError
from obd2_api.middleware.access_log import note
from obd2_api.middleware.path_prefix import root_path
from obd2_api.middleware.paths import PREFIX
from obd2_api.schemas.resumable_uploads import UploadState
from obd2_api.schemas.wire import problem_responses
from obd2_api.uploads import resumable, tus
from obd2_api.uploads.parts import IncomingPart, append
from obd2_api.uploads.resumable import Reception
from obd2_common.tables.backups import ResumableUpload

router = APIRouter(tags=["backup"])


def _reception(settings: SettingsDep, database: DatabaseDep, clock: ClockDep) -> Reception:
    return Reception(settings, database, clock)


ReceptionDep = Annotated[Reception, Depends(_reception)]
UploadId = Annotated[str, Path(max_length=36, description="The last part of the upload's Location.")]


def _header(name: str, description: str, *, is_required: bool = True) -> dict[str, Any]:
    schema = {"type": "string"}
    return {"name": name, "in": "header", "required": is_required, "schema": schema, "description": description}


_VERSION = _header("Tus-Resumable", "The version of the protocol: 1.0.0.")


@router.post(
    "/uploads",
    status_code=201,
    response_class=Response,
    summary="Begin a resumable upload",
    openapi_extra={
        "parameters": [
            _VERSION,
            _header("Upload-Length", "Size of the file in bytes."),
            _header("Upload-Metadata", "filename, type and deviceId, and sha256 if it is known; values in base64."),
        ],
    },
    responses=problem_responses(
        s412="Another version of the protocol.",
        s413="The file is larger than the server takes.",
        s415="The file's extension is not kept.",
        s422="A header is missing or refused.",
        s507="There is no room for the file.",
    ),
)
def begin_upload(request: Request, reception: ReceptionDep) -> Response:
    """Announce a file that is sent in as many parts and connections as it takes; Location says where to."""
    tus.check_version(request.headers)
    raw_metadata = request.headers.get("upload-metadata", "")
    metadata = tus.parse_metadata(raw_metadata)
    check_device(request.scope, metadata.get("deviceId"))
    upload = resumable.begin(
        reception,
        size_bytes=tus.parse_number(request.headers, "Upload-Length"),
        metadata=metadata,
        raw_metadata=raw_metadata,
    )
    note(device_id=upload.source_device)
    headers = {"Location": f"{root_path(request)}{PREFIX}/uploads/{upload.upload_id}", **_expiry(upload)}
    return Response(status_code=201, headers=headers)


@router.get(
    "/uploads/{upload_id}",
    summary="Ask how far a resumable upload is",
    response_model=UploadState,
    responses=problem_responses(s404="No such upload.", s410="The upload has expired or was refused."),
)
async def show_upload(
    request: Request,
    upload_id: UploadId,
    reception: ReceptionDep,
    active: ActiveUploadsDep,
) -> Response:
    """Tell where the next part begins. A connection that still sends to this upload is ended first."""
    await run_in_threadpool(_check_owner, request, reception, upload_id)
    async with active.hold(upload_id):
        upload = await run_in_threadpool(resumable.find, reception, upload_id)
    state = UploadState(
        upload_id=upload.upload_id,
        state="complete" if upload.state == "complete" else "open",
        offset=upload.offset_bytes,
        length=upload.size_bytes,
        expires_at=upload.expires_at,
    )
    headers = {
        "Upload-Offset": str(upload.offset_bytes),
        "Upload-Length": str(upload.size_bytes),
        "Upload-Metadata": upload.upload_metadata,
        "Cache-Control": "no-store",
        **_expiry(upload),
    }
    return JSONResponse(state.model_dump(mode="json"), headers=headers)


@router.patch(
    "/uploads/{upload_id}",
    status_code=204,
    response_class=Response,
    summary="Send a part of a resumable upload",
    openapi_extra={
        "parameters": [
            _VERSION,
            _header("Upload-Offset", "Where the part begins: what the upload has so far."),
            _header("Upload-Checksum", "Algorithm (sha256, sha1, md5) and base64 of its digest.", is_required=False),
        ],
        "requestBody": {"required": True, "content": {tus.PART_MEDIA_TYPE: {"schema": {"type": "string"}}}},
    },
    responses=problem_responses(
        s404="No such upload.",
        s409="The part does not begin where the upload ends.",
        s410="The upload has expired or was refused.",
        s412="Another version of the protocol.",
        s413="The part goes beyond the declared size.",
        s415="Another content type.",
        s422="A header is refused, or the complete file is not what its digest says.",
        s423="Another process is receiving this upload.",
        s460="The part is not what its checksum says; nothing of it was kept.",
        s507="There is no room for the file, on the disk or in the device's quota.",
    ),
)
async def append_part(
    request: Request,
    upload_id: UploadId,
    reception: ReceptionDep,
    active: ActiveUploadsDep,
) -> Response:
    """Take in a part. What is answered is on the disk; with the last part the upload becomes a backup of the same id.

    A connection that breaks keeps what had come: ask for the offset and go on there.
    """
    tus.check_version(request.headers)
    tus.check_media_type(request.headers)
    offset = tus.parse_number(request.headers, "Upload-Offset")
    checksum = tus.parse_checksum(request.headers)
    await run_in_threadpool(_check_owner, request, reception, upload_id)
    async with active.hold(upload_id) as stop:
        upload = await run_in_threadpool(resumable.find, reception, upload_id)
        note(device_id=upload.source_device)
        if offset != upload.offset_bytes:
            raise OffsetConflictError(f"the upload has {upload.offset_bytes} bytes; the next part begins there")
        declared = request.headers.get("content-length", "0")
        if declared.isdecimal() and offset + int(declared) > upload.size_bytes:
            raise PayloadTooLargeError(f"the upload was declared to have {upload.size_bytes} bytes")
        if upload.state == "open":
            if offset < upload.size_bytes:
                offset = await append(reception, upload, IncomingPart(request.stream(), checksum, stop))
            if offset == upload.size_bytes:
                await run_in_threadpool(resumable.complete, reception, upload)
    return Response(status_code=204, headers={"Upload-Offset": str(offset), **_expiry(upload)})


def _check_owner(request: Request, reception: Reception, upload_id: str) -> None:
    """Look first whose upload it is: asking for it ends the connection that sends to it."""
    if own_device(request.scope) is not None:
        check_device(request.scope, resumable.find(reception, upload_id).source_device)


def _expiry(upload: ResumableUpload) -> dict[str, str]:
    if upload.state == "complete":
        return {}
    return {"Upload-Expires": format_datetime(upload.expires_at, usegmt=True)}
