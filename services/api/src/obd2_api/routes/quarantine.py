"""`/quarantine`: rows that no column could hold, for the operator."""

from typing import Annotated

from fastapi import APIRouter, Path, Query
from sqlmodel import Session

from obd2_api.dependencies import DatabaseDep, IngestDep
from obd2_api.ingest.quarantine import unpack
from obd2_api.ingest.replay import Replay, replay
from obd2_api.repository import quarantine
from obd2_api.request_parameters import PageSize, ThisDevice
from obd2_api.schemas.quarantine import QuarantineEntry, QuarantineList, ReplayOutcome
from obd2_api.schemas.wire import problem_responses
from obd2_common.errors import NotFoundError
from obd2_common.tables.devices import QuarantinedRow

router = APIRouter(prefix="/quarantine", tags=["sync"])
EntryId = Annotated[int, Path(ge=1, le=2**63 - 1, description="Number in the quarantine.")]
TableName = Annotated[str | None, Query(alias="table", description="Only those sent for this table.")]
Reason = Annotated[str | None, Query(description="Only those with this reason.")]
_UNKNOWN = "No such row in quarantine"


@router.get("", summary="List the quarantine")
def list_quarantine(
    database: DatabaseDep,
    *,
    device_id: ThisDevice = None,
    table: TableName = None,
    reason: Reason = None,
    state: Annotated[str | None, Query(pattern="^(open|discarded|all)$", description="Which rows.")] = "open",
    limit: PageSize = 50,
    after: Annotated[int, Query(ge=0, le=2**63 - 1, description="`nextAfter` of the page before.")] = 0,
) -> QuarantineList:
    """Return rows that could not be stored, word for word, in the order in which they came."""
    wanted = quarantine.QuarantineFilter(device_id, table, reason, None if state == "all" else state)

    def read(session: Session) -> QuarantineList:
        rows = quarantine.list_quarantined(session, wanted, limit=limit + 1, after=after)
        return QuarantineList(
            total=quarantine.count_quarantined(session, wanted),
            rows=[quarantine_entry(row) for row in rows[:limit]],
            next_after=rows[limit - 1].quarantine_id if len(rows) > limit else None,
        )

    return database.read(read)


@router.get("/{entry_id}", summary="Read one row", responses=problem_responses(s404=_UNKNOWN))
def read_quarantined(database: DatabaseDep, entry_id: EntryId) -> QuarantineEntry:
    """Return one row of the quarantine."""
    row = database.read(lambda session: quarantine.find_quarantined(session, entry_id))
    if row is None:
        raise NotFoundError(_UNKNOWN)
    return quarantine_entry(row)


@router.post("/replay", summary="Try rows again")
def replay_quarantine(
    database: DatabaseDep,
    ingest: IngestDep,
    device_id: ThisDevice = None,
    table: TableName = None,
    reason: Reason = None,
) -> ReplayOutcome:
    """Try to store open rows again, after the server learned to; those that fit leave the quarantine."""
    wanted = quarantine.QuarantineFilter(device_id, table, reason)
    return _outcome(replay(ingest, database.read(lambda session: quarantine.open_ids(session, wanted))))


@router.post("/{entry_id}/replay", summary="Try one row again", responses=problem_responses(s404=_UNKNOWN))
def replay_quarantined(database: DatabaseDep, ingest: IngestDep, entry_id: EntryId) -> ReplayOutcome:
    """Try to store one row again."""
    if database.read(lambda session: quarantine.find_quarantined(session, entry_id)) is None:
        raise NotFoundError(_UNKNOWN)
    return _outcome(replay(ingest, [entry_id]))


@router.post("/{entry_id}/discard", summary="Set one row aside", responses=problem_responses(s404=_UNKNOWN))
def discard_quarantined(database: DatabaseDep, entry_id: EntryId) -> QuarantineEntry:
    """Mark a row as looked at; it is kept, no longer counted, and does not come back when it is sent again."""
    if not database.run(lambda session: quarantine.discard(session, entry_id)):
        raise NotFoundError(_UNKNOWN)
    return read_quarantined(database, entry_id)


def quarantine_entry(row: QuarantinedRow) -> QuarantineEntry:
    """Return a row as its document."""
    return QuarantineEntry(
        id=row.quarantine_id or 0,
        device_id=row.source_device,
        epoch=row.source_epoch,
        table=row.table_name,
        source_id=row.source_id,
        reason=row.reason,
        column=row.column_name,
        row=unpack(row.row_text, row.row_encoding),
        receipt_id=row.receipt_id,
        batch_id=row.batch_id,
        received_at=row.received_at,
        last_received_at=row.last_received_at,
        times_received=row.times_received,
        state=row.state,
    )


def _outcome(result: Replay) -> ReplayOutcome:
    return ReplayOutcome(stored=result.stored, kept=sum(result.kept.values()), reasons=dict(result.kept))
