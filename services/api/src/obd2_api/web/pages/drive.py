"""`/drives/{device}/{drive}`: what is wrong with a drive, its curves, and its numbers beside earlier drives."""

from datetime import datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import JSONResponse, RedirectResponse, Response
from sqlmodel import Session

from obd2_api.comparison import NOT_COMPARED
from obd2_api.dependencies import ClockDep, DatabaseDep
from obd2_api.drive_curves import DrawnSeries, Event, drawn_series, events_of
from obd2_api.repository import curves, drive_marks
from obd2_api.request_parameters import NamedDriveDep
from obd2_api.routes.drives import drive_detail, the_drive
from obd2_api.web.gate import ChangingVisitorDep, VisitorDep, WordingDep, root_path
from obd2_api.web.rendering import PageRoute, page
from obd2_api.web.wording import SEVERITIES, Wording, title

router = APIRouter(include_in_schema=False, route_class=PageRoute)

FIRST_SHOWN = ("COOLANT_TEMP", "RPM", "SPEED", "LONG_FUEL_TRIM_1")
"""The curves a drive opens with; a finding's own parameter comes before them."""
MOST_PANES = 4
LONGEST_NOTE = 2000
POINTS = 600
_LONGEST = 10.0**8


@router.get("/drives/{device}/{drive}")  # noqa: FAST003 - `NamedDriveDep` takes them
def show_drive(request: Request, visitor: VisitorDep, database: DatabaseDep, named: NamedDriveDep) -> Response:
    """Show everything about one drive."""

    def load(session: Session) -> dict[str, Any]:
        drive = the_drive(session, named)
        series = curves.series_of(session, drive)
        return {
            "drive": drive_detail(session, drive),
            "series": series,
            "events": events_of(session, drive),
        }

    found = database.read(load)
    detail = found["drive"]
    findings = sorted(detail.findings, key=lambda each: SEVERITIES.index(each.severity))
    names = [each.parameter_name for each in found["series"]]
    wanted = [*(each.signal for each in findings), *FIRST_SHOWN, *names]
    first = [name for name in dict.fromkeys(wanted) if name in names][:MOST_PANES]
    baselines = {} if detail.history is None else {each.parameter: each for each in detail.history.comparisons}
    return page(
        request,
        "drive.html",
        visitor,
        drive=detail,
        findings=findings,
        series=found["series"],
        first_shown=first,
        event_marks=[_mark(each, detail.started_at) for each in found["events"] if detail.started_at is not None],
        baselines=baselines,
        not_shown=NOT_COMPARED,
    )


@router.get("/drives/{device}/{drive}/curves")  # noqa: FAST003
def read_curves(
    *,
    _visitor: VisitorDep,
    wording: WordingDep,
    database: DatabaseDep,
    named: NamedDriveDep,
    parameter: Annotated[list[str] | None, Query()] = None,
    begin: Annotated[float | None, Query(alias="from", ge=0, le=_LONGEST)] = None,
    end: Annotated[float | None, Query(alias="to", ge=0, le=_LONGEST)] = None,
) -> JSONResponse:
    """Return curves for the page to draw, in the units it shows; `from` and `to` are seconds of the drive."""

    def load(session: Session) -> list[dict[str, Any]]:
        drive = the_drive(session, named)
        started_at = drive.started_at
        if started_at is None:
            return []
        window = tuple(None if second is None else started_at + timedelta(seconds=second) for second in (begin, end))
        drawn = drawn_series(session, drive, parameter or (), (window[0], window[1]), POINTS)
        return [_line(each, wording) for each in drawn]

    return JSONResponse({"lines": database.read(load)}, headers={"Cache-Control": "private, max-age=60"})


@router.post("/drives/{device}/{drive}/notes")  # noqa: FAST003
def add_note(
    request: Request,
    *,
    _visitor: ChangingVisitorDep,
    database: DatabaseDep,
    named: NamedDriveDep,
    clock: ClockDep,
    note: Annotated[str, Form(max_length=LONGEST_NOTE)] = "",
) -> Response:
    """Keep a note about a drive."""
    now = clock()
    if note.strip():
        database.run(lambda session: drive_marks.annotate(session, the_drive(session, named), note.strip(), now=now))
    return _back(request)


@router.post("/drives/{device}/{drive}/hold")  # noqa: FAST003
def hold(
    request: Request,
    *,
    _visitor: ChangingVisitorDep,
    database: DatabaseDep,
    named: NamedDriveDep,
    clock: ClockDep,
    reason: Annotated[str, Form(max_length=LONGEST_NOTE)] = "",
    release: Annotated[str, Form(max_length=1)] = "",
) -> Response:
    """Keep a drive out of baselines, or let it in again."""
    now = clock()

    def change(session: Session) -> int:
        drive = the_drive(session, named)
        if release:
            return drive_marks.release_drive(session, drive, now=now)
        return drive_marks.hold_drive(session, drive, reason=reason.strip() or None, now=now)

    database.run(change)
    return _back(request)


def _line(drawn: DrawnSeries, wording: Wording) -> dict[str, Any]:
    unit = drawn.stored.unit
    return {
        "parameter": drawn.stored.parameter_name,
        "name": title(drawn.stored.parameter_name),
        "unit": wording.unit(unit),
        "seconds": drawn.line.offsets_seconds,
        "values": [None if value is None else round(wording.convert(value, unit), 4) for value in drawn.line.values],
    }


def _mark(event: Event, started_at: datetime) -> dict[str, Any]:
    """Return what the curves show of an event: seconds of the drive, and its text."""
    return {
        "kind": event.kind,
        "from": (event.started_at - started_at).total_seconds(),
        "to": ((event.ended_at or event.started_at) - started_at).total_seconds(),
        "text": event.text if event.kind != "trouble_code" else event.parameter,
        "parameter": event.parameter,
    }


def _back(request: Request) -> Response:
    """Return to the drive's page from a path below it."""
    path = request.scope["raw_path"].decode("latin-1").rpartition("/")[0]
    return RedirectResponse(root_path(request) + path, status_code=303)
