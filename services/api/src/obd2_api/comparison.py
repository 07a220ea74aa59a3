"""Drives or eras beside each other: the mean of every parameter on every side."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from obd2_api.repository import curves
from obd2_api.repository.drives import statistics_of
from obd2_common.tables.drives import Drive, DriveStatistic

NOT_COMPARED = frozenset({"FUEL_SYSTEM_STATUS", "MIL_ON", "DTC_COUNT", "RUNTIME_SEC"})
"""Labels and counters, whose mean says nothing."""


@dataclass(frozen=True, slots=True)
class Summary:
    """What the samples of one parameter on one side amount to."""

    unit: str | None
    mean: float
    minimum: float
    maximum: float


@dataclass(frozen=True, slots=True)
class Side:
    """One side of a comparison."""

    label: str
    drive_count: int
    started_at: datetime | None
    ended_at: datetime | None
    parameters: dict[str, Summary]


def side_of_drive(session: Session, drive: Drive) -> Side:
    """Return one drive as a side."""
    statistics = _usable([each for each in statistics_of(session, drive) if each.scope == curves.SCOPE_ALL])
    return Side(
        f"drive {drive.drive_key}",
        1,
        drive.started_at,
        drive.ended_at,
        {each.parameter_name: summary([each]) for each in statistics},
    )


def side_of_era(session: Session, source_device: str, era: curves.Era) -> Side:
    """Return the real drives of an era as one side; a long drive weighs as much as its samples."""
    drives = curves.drives_of_era(session, source_device, era)
    by_parameter: dict[str, list[DriveStatistic]] = {}
    for each in _usable(
        [row for _, row in curves.means_over_drives(session, source_device, None, curves.SCOPE_ALL, era)]
    ):
        by_parameter.setdefault(each.parameter_name, []).append(each)
    return Side(
        era.name or "before the first era",
        len(drives),
        drives[0].started_at if drives else None,
        drives[-1].ended_at if drives else None,
        {name: summary(each) for name, each in by_parameter.items()},
    )


def summary(statistics: Sequence[DriveStatistic]) -> Summary:
    """Put the statistics of one parameter together."""
    count = sum(each.sample_count for each in statistics)
    total = sum((each.avg_value or 0.0) * each.sample_count for each in statistics)
    return Summary(
        statistics[0].unit,
        total / count,
        min(each.min_value for each in statistics if each.min_value is not None),
        max(each.max_value for each in statistics if each.max_value is not None),
    )


def _usable(statistics: Sequence[DriveStatistic]) -> list[DriveStatistic]:
    return [
        each
        for each in statistics
        if each.parameter_name not in NOT_COMPARED
        and each.sample_count
        and None not in (each.avg_value, each.min_value, each.max_value)
    ]
