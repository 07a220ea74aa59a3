"""`/drives/{device}/{drive}/series` and `/events`, `/trends`, `/compare` and `/maps`: what pages and scripts draw."""

from typing import Annotated

from fastapi import APIRouter, Query
from sqlmodel import Session

from obd2_api import comparison
from obd2_api.dependencies import DatabaseDep
from obd2_api.drive_curves import DrawnSeries, drawn_series, events_of
from obd2_api.repository import curves, drives
from obd2_api.request_parameters import NamedDriveDep
from obd2_api.routes.drives import the_drive
from obd2_api.schemas.curves import (
    ComparedDrives,
    ComparedParameter,
    ComparisonDocument,
    DriveEvent,
    EraBand,
    EventList,
    MapCellDocument,
    MapDocument,
    SeriesDocument,
    SeriesLine,
    TrendDocument,
    TrendPoint,
)
from obd2_api.schemas.wire import UtcMoment, problem_responses
from obd2_common.errors import InvalidInputError, NotFoundError
from obd2_common.plain_names import plain_name
from obd2_common.tables.drives import Drive

router = APIRouter(tags=["drives"])

FEWEST_SIDES, MOST_SIDES = 2, 4
Device = Annotated[str, Query(alias="deviceId", description="Whose drives.")]
Parameter = Annotated[
    str, Query(max_length=255, description="The Pi's name of a parameter.", examples=["COOLANT_TEMP"])
]
DriveKeys = Annotated[list[str] | None, Query(alias="drive", description="Key of a drive; may be repeated.")]
EraName = Annotated[str | None, Query(max_length=64, description="Only drives of this era.")]


@router.get(
    "/drives/{device}/{drive}/series",  # noqa: FAST003 - `NamedDriveDep` takes them
    summary="Read curves of a drive",
    responses=problem_responses(s404="No such drive."),
)
def read_series(
    database: DatabaseDep,
    named: NamedDriveDep,
    *,
    parameter: Annotated[list[str] | None, Query(description="Which; may be repeated, none means all.")] = None,
    begin: Annotated[UtcMoment | None, Query(alias="from", description="Not before; UTC if no zone.")] = None,
    end: Annotated[UtcMoment | None, Query(alias="to", description="Not after; UTC if no zone.")] = None,
    points: Annotated[int, Query(ge=4, le=2000, description="How many a line may have at most.")] = 1000,
) -> SeriesDocument:
    """Return curves as points to join: of each stretch the lowest and the highest sample, where there are too many."""

    def read(session: Session) -> SeriesDocument:
        drive = the_drive(session, named)
        drawn = drawn_series(session, drive, parameter or (), (begin, end), points)
        return SeriesDocument.model_validate(
            {
                **drive.model_dump(include={"source_device", "source_epoch", "drive_key", "started_at", "ended_at"}),
                "parameters": curves.parameters_of(session, drive),
                "lines": [_line_document(each) for each in drawn],
            }
        )

    return database.read(read)


@router.get(
    "/drives/{device}/{drive}/events",  # noqa: FAST003
    summary="Read what happened in a drive",
    responses=problem_responses(s404="No such drive."),
)
def read_events(database: DatabaseDep, named: NamedDriveDep) -> EventList:
    """Return findings, trouble codes, the Pi's alerts and its connection log of a drive, in the order of time."""

    def read(session: Session) -> EventList:
        drive = the_drive(session, named)
        started_at = drive.started_at
        if started_at is None:
            return EventList(started_at=None, events=[])
        events = [
            DriveEvent(
                kind=event.kind,
                started_at=event.started_at,
                ended_at=event.ended_at,
                seconds=(event.started_at - started_at).total_seconds(),
                text=event.text,
                severity=event.severity,
                parameter=event.parameter,
            )
            for event in events_of(session, drive)
        ]
        return EventList(started_at=started_at, events=events)

    return database.read(read)


@router.get("/trends", summary="Follow a parameter over drives", responses=problem_responses(s404="No such era."))
def read_trend(
    database: DatabaseDep,
    *,
    device_id: Device,
    parameter: Parameter,
    scope: Annotated[str, Query(max_length=32, description="Which samples count.")] = curves.SCOPE_ALL,
    era: EraName = None,
) -> TrendDocument:
    """Return the mean of one parameter in every real drive that nobody held out, and the eras they lie in."""

    def read(session: Session) -> TrendDocument:
        chosen = None if era is None else curves.era_named(session, device_id, era)
        rows = curves.means_over_drives(session, device_id, parameter, scope, chosen)
        return TrendDocument(
            source_device=device_id,
            parameter=parameter,
            name=plain_name(parameter),
            unit=rows[-1][1].unit if rows else None,
            scope=scope,
            eras=[
                EraBand(name=each.name, started_at=each.bounds.begins_at, ended_at=each.bounds.ends_at)
                for each in curves.eras_of(session, device_id)
            ],
            points=[
                TrendPoint(
                    source_epoch=drive.source_epoch,
                    drive_key=drive.drive_key,
                    started_at=drive.started_at,
                    mean=statistic.avg_value,
                    minimum=statistic.min_value,
                    maximum=statistic.max_value,
                    sample_count=statistic.sample_count,
                    grade=drive.grade,
                )
                for drive, statistic in rows
                if drive.started_at is not None
            ],
        )

    return database.read(read)


@router.get(
    "/compare",
    summary="Set drives or eras side by side",
    responses=problem_responses(s404="No such drive or era.", s422="Name two to four drives, or as many eras."),
)
def compare(
    database: DatabaseDep,
    *,
    device_id: Device,
    drive: DriveKeys = None,
    era: Annotated[list[str] | None, Query(description="Name of an era; may be repeated.")] = None,
) -> ComparisonDocument:
    """Return the mean, minimum and maximum of every parameter for two to four drives, or for as many eras."""
    if bool(drive) == bool(era) or not FEWEST_SIDES <= len(drive or era or ()) <= MOST_SIDES:
        raise InvalidInputError("Name two to four drives, or two to four eras")

    def read(session: Session) -> ComparisonDocument:
        if drive:
            sides = [comparison.side_of_drive(session, _found(session, device_id, key)) for key in drive]
        else:
            named = [curves.era_named(session, device_id, name) for name in era or ()]
            sides = [comparison.side_of_era(session, device_id, each) for each in named]
        return _comparison_document(device_id, sides)

    return database.read(read)


@router.get(
    "/maps", summary="Map a parameter over speed and load", responses=problem_responses(s404="No such drive or era.")
)
def read_map(
    database: DatabaseDep,
    *,
    device_id: Device,
    parameter: Parameter,
    drive: DriveKeys = None,
    era: EraName = None,
    minimum_samples: Annotated[
        int, Query(alias="minimumSamples", ge=1, le=1_000_000, description="Leave out cells with fewer.")
    ] = 3,
) -> MapDocument:
    """Return what a parameter read by engine speed and load: in the drives named, in an era's, or in all real ones."""

    def read(session: Session) -> MapDocument:
        if drive:
            chosen = [_found(session, device_id, key) for key in drive]
        else:
            named = None if era is None else curves.era_named(session, device_id, era)
            chosen = curves.drives_of_era(session, device_id, named)
        cells, unit = curves.map_of(session, chosen, parameter, minimum_samples=minimum_samples)
        return MapDocument(
            source_device=device_id,
            parameter=parameter,
            name=plain_name(parameter),
            unit=unit,
            drive_count=len(chosen),
            minimum_samples=minimum_samples,
            cells=[MapCellDocument.model_validate(cell) for cell in cells],
        )

    return database.read(read)


def _found(session: Session, device_id: str, drive_key: str) -> Drive:
    found = drives.find_drive(session, device_id, drive_key, source_epoch=None)
    if found is None:
        raise NotFoundError("No such drive")
    return found


def _line_document(drawn: DrawnSeries) -> SeriesLine:
    stored, line = drawn.stored, drawn.line
    return SeriesLine(
        parameter=stored.parameter_name,
        name=plain_name(stored.parameter_name),
        unit=stored.unit,
        sample_count=stored.sample_count,
        median_interval_seconds=stored.median_interval_seconds,
        is_reduced=line.is_reduced,
        seconds=line.offsets_seconds,
        values=line.values,
    )


def _comparison_document(device_id: str, sides: list[comparison.Side]) -> ComparisonDocument:
    names = sorted({name for side in sides for name in side.parameters})
    rows = []
    for name in names:
        found = [side.parameters.get(name) for side in sides]
        rows.append(
            ComparedParameter(
                parameter=name,
                name=plain_name(name),
                unit=next(each.unit for each in found if each is not None),
                means=[None if each is None else each.mean for each in found],
                minimums=[None if each is None else each.minimum for each in found],
                maximums=[None if each is None else each.maximum for each in found],
            )
        )
    return ComparisonDocument(
        source_device=device_id,
        sides=[
            ComparedDrives(
                label=side.label, drive_count=side.drive_count, started_at=side.started_at, ended_at=side.ended_at
            )
            for side in sides
        ],
        parameters=rows,
    )
