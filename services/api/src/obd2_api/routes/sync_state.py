"""`GET /sync/state`, `/sync/rows` and `/capabilities`: what the server holds, and what it takes."""

from typing import Annotated

from fastapi import APIRouter, Query, Request
from sqlmodel import Session

from obd2_api.auth.middleware import check_device
from obd2_api.dependencies import DatabaseDep, SettingsDep
from obd2_api.ingest.body import ENCODINGS
from obd2_api.ingest.envelope import MAX_ROWS, MAX_TABLES
from obd2_api.repository import sync_state
from obd2_api.schemas.sync_state import (
    BlockState,
    Capabilities,
    IdRange,
    Limits,
    RowDigests,
    SyncState,
    SyncTableState,
)
from obd2_api.schemas.wire import problem_responses
from obd2_common import __version__
from obd2_common.db.types import KEY_TEXT_CHARACTERS
from obd2_common.errors import InvalidInputError, NotFoundError
from obd2_common.migrate import head_revision
from obd2_common.row_digests import BLOCK_ROWS
from obd2_common.synced_specs import PI_ONLY_TABLES, SYNCED_TABLES

router = APIRouter(tags=["sync"])
DeviceId = Annotated[str, Query(alias="deviceId", min_length=1, max_length=255, description="Whose rows.")]
Epoch = Annotated[int | None, Query(ge=1, le=2**63 - 1, description="Which life of its database; else the open one.")]
MIN_ID, MAX_ID = -(2**63), 2**63 - 1


@router.get("/sync/state", summary="Tell what is stored", responses=problem_responses(s404="No such device or epoch."))
def read_sync_state(
    request: Request,
    database: DatabaseDep,
    device_id: DeviceId,
    epoch: Epoch = None,
    table: Annotated[list[str] | None, Query(description="Only these tables; may be repeated.")] = None,
    *,
    digests: Annotated[bool, Query(description="`false`: only counts and ids from the books, at once.")] = True,
) -> SyncState:
    """Describe what the server holds of a device: counts, gaps, and digests computed from the stored values.

    A client that computes the same digests from its own rows proves that both hold the same, without sending them.
    `obd2 push --verify` does. Every row is read, so this is a tool for the operator, not for every sweep, unless
    without digests: then gaps, times, digests and blocks are left out, and no row is read.
    """
    check_device(request.scope, device_id)
    return database.read(lambda session: _state(session, device_id, epoch, table, digests=digests))


@router.get("/sync/rows", summary="Digest single rows", responses=problem_responses(s404="No such device or epoch."))
def read_row_digests(
    request: Request,
    database: DatabaseDep,
    *,
    device_id: DeviceId,
    table: Annotated[str, Query(description="The table.")],
    first: Annotated[int, Query(ge=MIN_ID, le=MAX_ID, description="The smallest id wanted.")],
    last: Annotated[int, Query(ge=MIN_ID, le=MAX_ID, description="The largest id wanted.")],
    epoch: Epoch = None,
) -> RowDigests:
    """Return the digests of single rows, to find which of a block differ. At most one block's worth of ids."""
    check_device(request.scope, device_id)
    spec = SYNCED_TABLES.get(table)
    if spec is None or spec.has_text_key:
        raise InvalidInputError("table: not one whose rows are numbered")
    if not 0 <= last - first < BLOCK_ROWS:
        raise InvalidInputError(f"first and last must span at most {BLOCK_ROWS} ids")

    def read(session: Session) -> RowDigests:
        wanted, _ = _epochs(session, device_id, epoch)
        digests = sync_state.row_digests(session, spec, (device_id, wanted), first_id=first, last_id=last)
        return RowDigests(device_id=device_id, epoch=wanted, table=table, digests=digests)

    return database.read(read)


@router.get("/capabilities", summary="Tell what the server takes")
def read_capabilities(settings: SettingsDep) -> Capabilities:
    """Return limits, encodings, tables and versions, for clients that want to know before they send."""
    return Capabilities(
        version=__version__,
        schema_version=head_revision(),
        content_encodings=["identity", *ENCODINGS],
        tables=list(SYNCED_TABLES),
        refused_tables=sorted(PI_ONLY_TABLES),
        limits=Limits(
            max_sync_payload_bytes=settings.max_sync_payload_bytes,
            max_sync_rows=MAX_ROWS,
            max_sync_tables=MAX_TABLES,
            max_backup_size_bytes=settings.max_backup_size_bytes,
            device_id_characters=KEY_TEXT_CHARACTERS,
            batch_id_characters=KEY_TEXT_CHARACTERS,
        ),
    )


def _epochs(session: Session, device_id: str, epoch: int | None) -> tuple[int, int]:
    newest = sync_state.open_epoch(session, device_id)
    if newest is None or (epoch is not None and not sync_state.has_epoch(session, device_id, epoch)):
        raise NotFoundError("No such device or epoch")
    return epoch or newest, newest


def _state(
    session: Session, device_id: str, epoch: int | None, tables: list[str] | None, *, digests: bool
) -> SyncState:
    wanted, newest = _epochs(session, device_id, epoch)
    read = sync_state.table_states if digests else sync_state.table_counts
    states = read(session, device_id, wanted, tables or list(SYNCED_TABLES))
    return SyncState(
        device_id=device_id,
        epoch=wanted,
        open_epoch=newest,
        block_rows=BLOCK_ROWS,
        tables={state.table: _table_document(state) for state in states},
    )


def _table_document(state: sync_state.TableState) -> SyncTableState:
    return SyncTableState(
        row_count=state.row_count,
        high_water_id=state.high_water_id,
        min_time=state.min_time,
        max_time=state.max_time,
        gaps=[IdRange(first=first, last=last) for first, last in state.gaps],
        are_gaps_cut=state.are_gaps_cut,
        digest=state.digest,
        blocks=[
            BlockState(
                number=block.number,
                row_count=block.row_count,
                first_id=block.first_id,
                last_id=block.last_id,
                digest=block.digest,
            )
            for block in state.blocks
        ],
        quarantined_ids=state.quarantined_ids,
    )
