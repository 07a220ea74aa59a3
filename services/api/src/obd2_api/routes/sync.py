"""`POST /sync`: takes in what is new on the Pi."""

from fastapi import APIRouter, Request, Response
from fastapi.responses import JSONResponse
from starlette.concurrency import run_in_threadpool

from obd2_api.auth.middleware import check_device, own_device
from obd2_api.dependencies import ingest_of, metrics_of, settings_of
from obd2_api.ingest.body import decompress, read_body
from obd2_api.ingest.envelope import RefusedEnvelopeError, read_envelope
from obd2_api.ingest.receipt import Receipt
from obd2_api.ingest.receive import Ingest, note_failure, receive
from obd2_api.middleware.access_log import note
from obd2_api.schemas.sync import SyncReceipt, SyncRequest
from obd2_api.schemas.wire import problem_responses, request_body
from obd2_common.errors import InvalidInputError

router = APIRouter(tags=["sync"])

_PROBLEMS = problem_responses(
    s403="The key is another device's, or does not open this; nothing was stored.",
    s413="The body is larger than the server takes; nothing was stored.",
    s415="The Content-Encoding is neither gzip nor zstd.",
    s422="Not JSON, an envelope that is not as described, a table that must not leave the Pi, or more than "
    "20 000 rows, 64 tables or 64 MB of decoded values; nothing was stored.",
    s503="The database did not take the request; nothing was stored. Send the same body again.",
)


@router.post(
    "/sync",
    summary="Store new rows",
    responses={200: {"model": SyncReceipt, "description": "Everything is stored for good."}, **_PROBLEMS},
    openapi_extra=request_body(SyncRequest),
)
async def sync(request: Request) -> Response:
    """Store the rows of a request in one transaction and acknowledge them after its commit.

    Sending the same rows again is harmless. A row that no column can hold never fails the batch: it goes to
    quarantine, where the operator finds it, and counts as an error in the receipt. The body may be compressed with
    gzip or zstd.
    """
    limit_bytes = settings_of(request).max_sync_payload_bytes
    length = request.headers.get("content-length", "")
    ingest = ingest_of(request)
    try:
        body = await read_body(
            request.stream(),
            declared_bytes=int(length) if length.isdigit() else None,
            limit_bytes=limit_bytes,
        )
        receipt = await run_in_threadpool(_store, request, ingest, body, limit_bytes)
    except InvalidInputError as error:
        await run_in_threadpool(_note_refusal, request, ingest, error)
        raise
    metrics = metrics_of(request)
    for table, rows in receipt.tables.items():
        metrics.count_rows(
            table,
            inserted=rows.inserted,
            changed=rows.updated - rows.unchanged,
            unchanged=rows.unchanged,
            quarantined=rows.quarantined,
        )
    return JSONResponse(receipt.as_json())


def _note_refusal(request: Request, ingest: Ingest, error: InvalidInputError) -> None:
    """Record a refusal on the device that sent the request, as far as its key or the request tells."""
    own = own_device(request.scope)
    device_id = error.device_id if isinstance(error, RefusedEnvelopeError) else own
    if device_id is not None and own in {None, device_id}:
        note(device_id=device_id)
        note_failure(ingest, device_id, str(error))


def _store(request: Request, ingest: Ingest, body: bytes | bytearray, limit_bytes: int) -> Receipt:
    encoding = request.headers.get("content-encoding", "")
    envelope = read_envelope(decompress(body, encoding, limit_bytes=limit_bytes))
    note(device_id=envelope.device_id, batch_id=envelope.batch_id)
    check_device(request.scope, envelope.device_id)
    return receive(ingest, envelope)
