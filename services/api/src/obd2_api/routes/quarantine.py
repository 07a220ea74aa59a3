"""`/quarantine`: rows that no column could hold, for the operator."""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from sqlmodel import Session

from obd2_api.auth.middleware import asker_of
from obd2_api.dependencies import ClockDep, DatabaseDep, IngestDep
from obd2_api.ingest.quarantine import unpack
from obd2_api.ingest.replay import Replay, replay
from obd2_api.ingest.replay_job import enqueue_replay, outcome_of
from obd2_api.middleware.paths import PREFIX
from obd2_api.repository import quarantine
from obd2_api.repository.fair_shares import check_share
from obd2_api.repository.quarantine import find_replay
from obd2_api.request_parameters import PageSize, ThisDevice
from obd2_api.schemas.quarantine import QuarantineEntry, QuarantineList, ReplayJob, ReplayOutcome
from obd2_api.schemas.wire import problem_responses
from obd2_common.errors import NotFoundError
from obd2_common.tables.devices import QuarantinedRow

router = APIRouter(prefix="/quarantine", tags=["sync"])
EntryId = Annotated[int, Path(ge=1, le=2**63 - 1, description="Number in the quarantine.")]
TableName = Annotated[str | None, Query(alias="table", description="Only those sent for this table.")]
Reason = Annotated[str | None, Query(description="Only those with this reason.")]
ReplayId = Annotated[str, Path(max_length=36, description="The last part of the replay's Location.")]
_UNKNOWN = "No such row in quarantine"
_NO_REPLAY = "No such replay"


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


@router.post(
    "/replay",
    status_code=202,
    summary="Try rows again",
    responses=problem_responses(s429="Too many requests of this key wait already."),
)
def replay_quarantine(
    request: Request,
    response: Response,
    database: DatabaseDep,
    clock: ClockDep,
    *,
    device_id: ThisDevice = None,
    table: TableName = None,
    reason: Reason = None,
) -> ReplayJob:
    """Have open rows tried again, after the server learned to store them; those that fit leave the quarantine.

    Location says where to ask how far it is.
    """
    wanted, asker, now = quarantine.QuarantineFilter(device_id, table, reason), asker_of(request.scope), clock()

    def ask(session: Session) -> str:
        check_share(session, asker, now=now)
        return enqueue_replay(session, wanted, asked_by=asker.key, now=now)

    replay_id = database.run(ask)
    response.headers["Location"] = f"{PREFIX}/quarantine/replays/{replay_id}"
    return read_replay(database, replay_id)


@router.get("/replays/{replay_id}", summary="Ask for a replay", responses=problem_responses(s404=_NO_REPLAY))
def read_replay(database: DatabaseDep, replay_id: ReplayId) -> ReplayJob:
    """Return how far a replay is and what became of the rows tried so far."""
    job = database.read(lambda session: find_replay(session, replay_id))
    if job is None:
        raise NotFoundError(_NO_REPLAY)
    outcome = _outcome(outcome_of(job.result))
    return ReplayJob(
        replay_id=job.job_id,
        state=job.state,
        created_at=job.created_at,
        finished_at=job.finished_at,
        **outcome.model_dump(),
    )


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
