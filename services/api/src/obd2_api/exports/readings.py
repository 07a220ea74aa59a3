"""What every format writes: chosen drives, a column per parameter and unit, and rows in the order of time."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from heapq import merge

from obd2_api.repository import curves, exports
from obd2_common.db.database import Database
from obd2_common.series import iterate_series
from obd2_common.tables.curves import DriveSeries
from obd2_common.tables.drives import Drive, DriveStatistic

MICROSECONDS = 1_000_000
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n")


@dataclass(frozen=True, slots=True)
class Column:
    """One parameter in one unit."""

    parameter: str
    unit: str


@dataclass(frozen=True, slots=True)
class Row:
    """What was read at one moment: values by number of column; `seconds` count from the start of the drive."""

    at: datetime
    seconds: float
    values: dict[int, float]


@dataclass(frozen=True, slots=True)
class Export:
    """What is exported, read from the database drive by drive.

    Args:
        database: where it is.
        drives: which, in the order of time.
        columns: of all of them.
        parameters: names of the only ones wanted; all when empty.
    """

    database: Database
    drives: Sequence[Drive]
    columns: Sequence[Column]
    parameters: Sequence[str] = ()

    def curves(self, drive: Drive) -> list[DriveSeries]:
        """Return the curves of a drive, still packed."""
        return self.database.read(lambda session: curves.series_of(session, drive, self.parameters))

    def statistics(self, drive: Drive) -> list[DriveStatistic]:
        """Return the statistics of a drive."""
        return self.database.read(lambda session: exports.statistics_of(session, drive, self.parameters))

    def numbered(self, drive: Drive) -> dict[int, DriveSeries]:
        """Return the curves of a drive by number of column; what was computed since the columns were is left out."""
        numbers = {(column.parameter, column.unit): number for number, column in enumerate(self.columns)}
        found = [(numbers.get((curve.parameter_name, curve.unit or "")), curve) for curve in self.curves(drive)]
        return {number: curve for number, curve in found if number is not None}


def rows(drive: Drive, curves_by_column: dict[int, DriveSeries]) -> Iterator[Row]:
    """Merge the curves of a drive into rows, in memory that does not grow with their number."""
    if drive.started_at is None:
        return
    samples = merge(*(_samples(number, curve, drive.started_at) for number, curve in curves_by_column.items()))
    present: int | None = None
    values: dict[int, float] = {}
    for moment, number, value in samples:
        if values and (moment != present or number in values):
            yield _row(drive.started_at, present or 0, values)
            values = {}
        present = moment
        values[number] = value
    if values:
        yield _row(drive.started_at, present or 0, values)


def _samples(number: int, curve: DriveSeries, start: datetime) -> Iterator[tuple[int, int, float]]:
    begin = (curve.started_at - start) // timedelta(microseconds=1)
    for offset, value in iterate_series(curve.packed, curve.sample_count):
        yield begin + offset, number, value


def _row(start: datetime, microseconds: int, values: dict[int, float]) -> Row:
    return Row(start + timedelta(microseconds=microseconds), microseconds / MICROSECONDS, values)


def stamp(moment: datetime | None) -> str:
    """Write a time for other programs: UTC in ISO 8601, empty when there is none."""
    return "" if moment is None else moment.astimezone(UTC).isoformat().replace("+00:00", "Z")


def harmless(text: str) -> str:
    """Return a text that a spreadsheet takes for a text, whatever a device sent: never for a formula."""
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
