"""Curves, maps and means of drives, read; see `obd2_common.tables.curves`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, Table, func
from sqlalchemy import select as sql_select
from sqlalchemy.orm import load_only
from sqlmodel import Session, col, select

from obd2_api.repository.drives import about
from obd2_api.repository.eras import list_eras
from obd2_common.errors import NotFoundError
from obd2_common.jobs.recompute import EraBounds
from obd2_common.tables.curves import DriveMapCell, DriveSeries
from obd2_common.tables.drives import Drive, DriveStatistic

SCOPE_ALL = "all"
CELLS: Table = DriveMapCell.__table__  # type: ignore[attr-defined]
# A car's drives may be thousands, and their JSON columns are large; what is left out raises when it is asked for.
_OF_DRIVES = load_only(
    Drive.started_at,  # type: ignore[arg-type]
    Drive.ended_at,  # type: ignore[arg-type]
    Drive.grade,  # type: ignore[arg-type]
    raiseload=True,
)
_OF_MEANS = load_only(
    DriveStatistic.unit,  # type: ignore[arg-type]
    DriveStatistic.sample_count,  # type: ignore[arg-type]
    DriveStatistic.min_value,  # type: ignore[arg-type]
    DriveStatistic.max_value,  # type: ignore[arg-type]
    DriveStatistic.avg_value,  # type: ignore[arg-type]
    raiseload=True,
)


@dataclass(frozen=True, slots=True)
class Era:
    """A time between two changes of the car; ``name`` is None for the time before its first era."""

    name: str | None
    bounds: EraBounds


@dataclass(frozen=True, slots=True)
class MapCell:
    """What a parameter read in several drives within one band of engine speed and load, named by lower edges."""

    rpm_band: int
    load_band: int
    sample_count: int
    mean: float
    minimum: float
    maximum: float


def series_of(session: Session, drive: Drive, parameters: Sequence[str] = ()) -> list[DriveSeries]:
    """Return a drive's curves by name, all or some of them."""
    query = select(DriveSeries).where(*about(DriveSeries, drive)).order_by(col(DriveSeries.parameter_name))
    if parameters:
        query = query.where(col(DriveSeries.parameter_name).in_(parameters))
    return list(session.exec(query))


def parameters_of(session: Session, drive: Drive) -> list[str]:
    """Return the names of the parameters a drive has curves of."""
    query = select(DriveSeries.parameter_name).where(*about(DriveSeries, drive))
    return list(session.exec(query.order_by(col(DriveSeries.parameter_name))))


def eras_of(session: Session, source_device: str) -> list[Era]:
    """Return the eras of a device from the first to the present one; one without a name comes first."""
    begun = list_eras(session, source_device)
    starts: list[datetime | None] = [None, *(era.started_at for era in begun)]
    ends: list[datetime | None] = [*starts[1:], None]
    names: list[str | None] = [None, *(era.name for era in begun)]
    return [Era(name, EraBounds(start, end)) for name, start, end in zip(names, starts, ends, strict=True)]


def era_named(session: Session, source_device: str, name: str) -> Era:
    """Return an era of a device.

    Raises:
        NotFoundError: it has none of that name.
    """
    found = next((era for era in eras_of(session, source_device) if era.name == name), None)
    if found is None:
        raise NotFoundError("No such era")
    return found


def drives_of_era(session: Session, source_device: str, era: Era | None) -> list[Drive]:
    """Return the real drives of an era, or of all, that nobody held out, by start, with the columns of `_OF_DRIVES`."""
    query = select(Drive).options(_OF_DRIVES).where(*_of_era(source_device, era))
    return list(session.exec(query.order_by(col(Drive.started_at), col(Drive.drive_key))))


def means_over_drives(
    session: Session, source_device: str, parameter: str | None, scope: str, era: Era | None
) -> list[tuple[Drive, DriveStatistic]]:
    """Return the statistics of one parameter, or of all, in each drive of `drives_of_era`, by start.

    They have the columns that `_OF_DRIVES` and `_OF_MEANS` name.
    """
    query = (
        select(Drive, DriveStatistic)
        .join(
            DriveStatistic,
            (col(DriveStatistic.source_device) == col(Drive.source_device))
            & (col(DriveStatistic.source_epoch) == col(Drive.source_epoch))
            & (col(DriveStatistic.drive_key) == col(Drive.drive_key)),
        )
        .options(_OF_DRIVES, _OF_MEANS)
        .where(*_of_era(source_device, era), col(DriveStatistic.scope) == scope)
    )
    if parameter is not None:
        query = query.where(col(DriveStatistic.parameter_name) == parameter)
    return list(session.exec(query.order_by(col(Drive.started_at), col(Drive.drive_key))))


def _of_era(source_device: str, era: Era | None) -> list[ColumnElement[bool]]:
    """Return what the drives have to meet that trends, maps and comparisons are made of."""
    found = [
        col(Drive.source_device) == source_device,
        col(Drive.started_at).is_not(None),
        col(Drive.is_real).is_(True),
        col(Drive.is_held_out).is_(False),
    ]
    return found if era is None else [*found, *era.bounds.conditions(col(Drive.started_at))]  # type: ignore[arg-type]


def map_of(
    session: Session, drives: Sequence[Drive], parameter: str, *, minimum_samples: int
) -> tuple[list[MapCell], str | None]:
    """Return the cells of one parameter over some drives, and its unit.

    Args:
        session: to read with.
        drives: of one device; their cells are added up.
        parameter: its name.
        minimum_samples: cells with fewer are left out.
    """
    cells: list[MapCell] = []
    unit: str | None = None
    for epoch in sorted({drive.source_epoch for drive in drives}):
        chosen = [drive for drive in drives if drive.source_epoch == epoch]
        keys = [drive.drive_key for drive in chosen]
        unit = unit or _unit(session, chosen[0].source_device, epoch, keys, parameter)
        cells += _cells(session, chosen[0].source_device, epoch, keys, parameter)
    merged: dict[tuple[int, int], MapCell] = {}
    for cell in cells:
        place = (cell.rpm_band, cell.load_band)
        merged[place] = _added(merged[place], cell) if place in merged else cell
    return [merged[place] for place in sorted(merged) if merged[place].sample_count >= minimum_samples], unit


def _cells(session: Session, device: str, epoch: int, drive_keys: Sequence[str], parameter: str) -> list[MapCell]:
    cells = CELLS.c
    query = (
        sql_select(
            cells.rpm_band,
            cells.load_band,
            func.sum(cells.sample_count),
            func.sum(cells.sum_value),
            func.min(cells.min_value),
            func.max(cells.max_value),
        )
        .where(
            cells.source_device == device,
            cells.source_epoch == epoch,
            cells.drive_key.in_(drive_keys),
            cells.parameter_name == parameter,
        )
        .group_by(cells.rpm_band, cells.load_band)
    )
    return [
        MapCell(rpm, load, int(count), float(total) / int(count), lowest, highest)
        for rpm, load, count, total, lowest, highest in session.connection().execute(query)
    ]


def _unit(session: Session, device: str, epoch: int, drive_keys: Sequence[str], parameter: str) -> str | None:
    query = select(DriveSeries.unit).where(
        col(DriveSeries.source_device) == device,
        col(DriveSeries.source_epoch) == epoch,
        col(DriveSeries.drive_key).in_(drive_keys),
        col(DriveSeries.parameter_name) == parameter,
    )
    return session.exec(query.limit(1)).first()


def _added(first: MapCell, second: MapCell) -> MapCell:
    count = first.sample_count + second.sample_count
    total = first.mean * first.sample_count + second.mean * second.sample_count
    return MapCell(
        first.rpm_band,
        first.load_band,
        count,
        total / count,
        min(first.minimum, second.minimum),
        max(first.maximum, second.maximum),
    )
