"""`/drives/{device}/{drive}`: what is wrong with a drive, its curves, and its numbers beside earlier drives."""

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import JSONResponse, Response
from sqlmodel import Session

from obd2_api.comparison import NOT_COMPARED
from obd2_api.dependencies import ClockDep, DatabaseDep, SettingsDep
from obd2_api.drive_curves import DrawnSeries, Event, drawn_series, events_of
from obd2_api.exports.answer import SCRATCH, Format, Wanted, export_answer
from obd2_api.repository import curves, drive_marks
from obd2_api.request_parameters import NamedDriveDep
from obd2_api.routes.drives import drive_detail, the_drive
from obd2_api.schemas.drives import DriveFinding
from obd2_api.web.gate import ChangingVisitorDep, VisitorDep, WordingDep, see_other
from obd2_api.web.rendering import PageRoute, page
from obd2_api.web.wording import SEVERITIES, Wording, title
from obd2_common.tables.drives import Drive

router = APIRouter(include_in_schema=False, route_class=PageRoute)

FIRST_SHOWN = ("COOLANT_TEMP", "RPM", "SPEED", "LONG_FUEL_TRIM_1")
"""The curves a drive opens with; a finding's own parameter comes before them."""
LIMITED_BY = frozenset({"coolant", "battery", "ltft", "stft"})
"""Rules whose threshold is a level of the curve itself, not a spread or a difference."""
MOST_PANES = 4
LONGEST_NOTE = 2000
POINTS = 600
_LONGEST = 10.0**8
_DRAWN = ("kind", "from", "to", "text", "parameter")
"""What the curves need of an event."""


@router.get("/drives/{device}/{drive}")  # noqa: FAST003 - `NamedDriveDep` takes them
def show_drive(
    request: Request, visitor: VisitorDep, wording: WordingDep, database: DatabaseDep, named: NamedDriveDep
) -> Response:
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
    events = [] if detail.started_at is None else [_event(each, detail.started_at) for each in found["events"]]
    return page(
        request,
        "drive.html",
        visitor,
        drive=detail,
        findings=findings,
        series=found["series"],
        chips=[*first, *(name for name in names if name not in {*first, *NOT_COMPARED})],
        first_shown=first,
        events=events,
        marks=[{key: each[key] for key in _DRAWN} for each in events if each["kind"] != "connection"],
        limits=_limits(detail.findings, wording),
        units={each.parameter_name: each.unit for each in found["series"]},
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
        return [line_document(each, wording) for each in drawn]

    return JSONResponse({"lines": database.read(load)}, headers={"Cache-Control": "private, max-age=60"})


@router.get("/drives/{device}/{drive}/export")  # noqa: FAST003
def export_drive(
    *,
    _visitor: VisitorDep,
    database: DatabaseDep,
    settings: SettingsDep,
    named: NamedDriveDep,
    file_format: Annotated[Format, Query(alias="format")] = Format.CSV,
) -> Response:
    """Send the drive as a file."""
    wanted = Wanted(named.source_device, named.source_epoch, (named.drive_key,))
    return export_answer(database, wanted, file_format, settings.spool_dir / SCRATCH)


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
    if not note.strip():
        return _back(request)
    return _changed(request, database, named, partial(drive_marks.annotate, note=note.strip(), now=clock()))


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
    if release:
        return _changed(request, database, named, partial(drive_marks.release_drive, now=now))
    return _changed(request, database, named, partial(drive_marks.hold_drive, reason=reason.strip() or None, now=now))


@router.post("/drives/{device}/{drive}/reference")  # noqa: FAST003
def set_reference(
    request: Request,
    *,
    _visitor: ChangingVisitorDep,
    database: DatabaseDep,
    named: NamedDriveDep,
    clock: ClockDep,
    release: Annotated[str, Form(max_length=1)] = "",
) -> Response:
    """Measure the other drives of its era against this one, or no longer."""
    mark = drive_marks.drop_reference if release else drive_marks.choose_reference
    return _changed(request, database, named, partial(mark, now=clock()))


def line_document(
    drawn: DrawnSeries, wording: Wording, *, side: int = 0, offset_seconds: float = 0.0
) -> dict[str, Any]:
    """Return what `curves.js` draws: a line in the units shown, its seconds counted from an offset.

    Args:
        drawn: the line.
        wording: the units.
        side: which of several drives over each other it belongs to, from 0.
        offset_seconds: of the drive, where its seconds count from.
    """
    unit = drawn.stored.unit
    return {
        "parameter": drawn.stored.parameter_name,
        "name": title(drawn.stored.parameter_name),
        "unit": wording.unit(unit),
        "side": side,
        "seconds": [round(second - offset_seconds, 3) for second in drawn.line.offsets_seconds],
        "values": [None if value is None else round(wording.convert(value, unit), 4) for value in drawn.line.values],
    }


def _event(event: Event, started_at: datetime) -> dict[str, Any]:
    """Return what the page shows of an event: seconds of the drive, its text, and what the curves write beside it."""
    return {
        "kind": event.kind,
        "from": (event.started_at - started_at).total_seconds(),
        "to": ((event.ended_at or event.started_at) - started_at).total_seconds(),
        "text": event.text if event.kind != "trouble_code" else event.parameter,
        "told": event.text,
        "at": event.started_at,
        "parameter": event.parameter,
    }


def _limits(findings: Sequence[DriveFinding], wording: Wording) -> dict[str, list[dict[str, Any]]]:
    """Return the limits that findings crossed, by parameter: where each lies, and on which side of it is too far."""
    limits: dict[str, list[dict[str, Any]]] = {}
    for each in findings:
        if each.threshold is None or each.value is None or each.rule not in LIMITED_BY:
            continue
        side = "above" if each.value >= each.threshold else "below"
        limit = {"value": round(wording.convert(each.threshold, each.unit), 4), "side": side}
        if limit not in limits.setdefault(each.signal, []):
            limits[each.signal].append(limit)
    return limits


def _changed(
    request: Request, database: DatabaseDep, named: NamedDriveDep, change: Callable[[Session, Drive], object]
) -> Response:
    database.run(lambda session: change(session, the_drive(session, named)))
    return _back(request)


def _back(request: Request) -> Response:
    """Return to the drive's page from a path below it."""
    path = request.scope["raw_path"].decode("latin-1").rpartition("/")[0]
    return see_other(request, path)
