"""`/system`: how each part is, what each device misses, what waits, and who has a key."""

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from sqlmodel import Session, col, select
from starlette.concurrency import run_in_threadpool

from obd2_api.auth.issuing import revoke_key
from obd2_api.auth.repository import list_keys, state_of
from obd2_api.dependencies import ClockDep, DatabaseDep, HealthDep, IngestDep
from obd2_api.ingest.replay import replay
from obd2_api.repository import quarantine
from obd2_api.web.gate import ChangingVisitorDep, VisitorDep, see_other
from obd2_api.web.rendering import PageRoute, page
from obd2_common.jobs.queue import DEAD, QUEUED, RUNNING
from obd2_common.tables.devices import QuarantinedRow
from obd2_common.tables.jobs import Job

router = APIRouter(include_in_schema=False, route_class=PageRoute)

MOST_ROWS = 20


@router.get("/system")
async def show_system(
    request: Request,
    *,
    visitor: VisitorDep,
    database: DatabaseDep,
    health: HealthDep,
    clock: ClockDep,
    kept: Annotated[str, Query(max_length=200)] = "",
) -> Response:
    """Show the server's own state."""
    now = clock()

    def load(session: Session) -> dict[str, Any]:
        aside = select(QuarantinedRow).where(col(QuarantinedRow.state) == "open")
        jobs = select(Job).where(col(Job.state).in_((QUEUED, RUNNING, DEAD))).order_by(col(Job.due_at)).limit(MOST_ROWS)
        return {
            "aside": list(session.exec(aside.order_by(col(QuarantinedRow.quarantine_id).desc()).limit(MOST_ROWS))),
            "jobs": list(session.exec(jobs)),
            "keys": [(key, state_of(key, now)) for key in list_keys(session)] if visitor.may_change else [],
        }

    found = await run_in_threadpool(database.read, load)
    return page(request, "system.html", visitor, health=await health.report(), now=now, kept=kept, **found)


@router.post("/system/replay")
def try_again(
    request: Request,
    _visitor: ChangingVisitorDep,
    ingest: IngestDep,
    row: Annotated[int, Form(ge=1, le=2**63 - 1)],
) -> Response:
    """Try to store one row that was put aside, and say why when it still cannot be."""
    outcome = replay(ingest, [row])
    query = "".join(f"?{urlencode({'kept': f'{row}: {reason}'})}" for reason in outcome.kept)
    return see_other(request, f"/system{query}#aside")


@router.post("/system/discard")
def discard(
    request: Request,
    _visitor: ChangingVisitorDep,
    database: DatabaseDep,
    row: Annotated[int, Form(ge=1, le=2**63 - 1)],
) -> Response:
    """Mark a row that was put aside as looked at; it is kept and counts no longer."""
    database.run(lambda session: quarantine.discard(session, row))
    return see_other(request, "/system#aside")


@router.post("/system/revoke")
def revoke(
    request: Request,
    _visitor: ChangingVisitorDep,
    database: DatabaseDep,
    clock: ClockDep,
    key: Annotated[str, Form(max_length=64)],
) -> Response:
    """Take a key back."""
    now = clock()
    database.run(lambda session: revoke_key(session, key, now=now))
    return see_other(request, "/system")
