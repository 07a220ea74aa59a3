"""Rows of realtime data as numpy arrays: ordered by the Pi's id, each row once, in our names and units."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
from numpy.typing import NDArray

from obd2_analyzer.facts.parameters import canonical_name, conversion_for, label_value

Floats = NDArray[np.float64]
Integers = NDArray[np.int64]
Booleans = NDArray[np.bool_]

NO_DRIVE = int(np.iinfo(np.int64).min)
"""Stands in `Readings.drive_ids` for a row without a drive id."""

FIRST_POSSIBLE_SECONDS = datetime(2015, 1, 1, tzinfo=UTC).timestamp()
"""No device of this kind existed before: an earlier stamp is a clock that was never set."""

ROW_COLUMNS = (
    "source_id",
    "timestamp",
    "parameter_name",
    "value",
    "unit",
    "profile_id",
    "data_source",
    "drive_id",
)
"""What a row holds for `readings_from_rows`, in this order."""

Row = Sequence[object]


@dataclass(frozen=True, slots=True, eq=False)
class TextColumn:
    """Texts of which few differ: one code per row, and the text behind each code."""

    codes: NDArray[np.int32]
    texts: tuple[str | None, ...]

    def equals(self, text: str | None) -> Booleans:
        """Mark the rows that hold this text."""
        wanted = [code for code, known in enumerate(self.texts) if known == text]
        return np.isin(self.codes, wanted)

    def counts(self) -> dict[str | None, int]:
        """Count the rows of each text that occurs."""
        counted = np.bincount(self.codes, minlength=len(self.texts))
        return {text: int(count) for text, count in zip(self.texts, counted, strict=True) if count}

    def take(self, rows: NDArray[np.generic]) -> "TextColumn":
        """Return the column of some rows, by mask or by index."""
        return TextColumn(self.codes[rows], self.texts)


@dataclass(frozen=True, slots=True, eq=False)
class Readings:
    """Rows of one device and epoch, ascending by the Pi's id.

    ``times`` are UTC seconds since 1970, NaN where unknown or wrong; ``has_wrong_time`` marks the latter. ``values``
    are in our units, NaN where the row is invalid or its unit unknown.
    """

    source_ids: Integers
    times: Floats
    values: Floats
    parameters: TextColumn
    units: TextColumn
    profiles: TextColumn
    data_sources: TextColumn
    drive_ids: Integers
    has_wrong_time: Booleans

    def __len__(self) -> int:
        """Return the number of rows."""
        return len(self.source_ids)

    def take(self, rows: NDArray[np.generic]) -> "Readings":
        """Return some of the rows, by mask or by ascending index."""
        return Readings(
            self.source_ids[rows],
            self.times[rows],
            self.values[rows],
            self.parameters.take(rows),
            self.units.take(rows),
            self.profiles.take(rows),
            self.data_sources.take(rows),
            self.drive_ids[rows],
            self.has_wrong_time[rows],
        )

    @property
    def valid(self) -> Booleans:
        """Mark the rows whose value and parameter can be used."""
        return np.isfinite(self.values) & ~self.parameters.equals(None)

    @property
    def window(self) -> tuple[float, float] | None:
        """Return the first and last known time in seconds, or None when no time is known."""
        known = self.times[np.isfinite(self.times)]
        return (float(known.min()), float(known.max())) if len(known) else None


@dataclass(frozen=True, slots=True, eq=False)
class Series:
    """The valid samples of one parameter, ascending by the Pi's id.

    ``interval_seconds`` is the typical time between samples of the parameter, whichever of them these are; 0 where it
    cannot be told.
    """

    parameter: str
    unit: str
    source_ids: Integers
    times: Floats
    values: Floats
    interval_seconds: float = 0.0

    def __len__(self) -> int:
        """Return the number of samples."""
        return len(self.values)

    def take(self, rows: NDArray[np.generic]) -> "Series":
        """Return some of the samples."""
        return replace(self, source_ids=self.source_ids[rows], times=self.times[rows], values=self.values[rows])


def readings_from_rows(rows: Iterable[Row]) -> Readings:
    """Build readings from rows in any order, duplicates included.

    Args:
        rows: sequences in the order of `ROW_COLUMNS`; the time is UTC (an aware or naive datetime, or seconds since
            1970) or None, the rest may be None too, but for the id.
    """
    return readings_from_columns(list(zip(*rows, strict=True)) or [()] * len(ROW_COLUMNS))


def readings_from_columns(columns: Sequence[Sequence[Any]], *, ahead: Sequence[bool] | None = None) -> Readings:
    """Build readings from columns in the order of `ROW_COLUMNS`, their members as in `readings_from_rows`.

    Args:
        columns: as long as one another.
        ahead: marks the rows whose time lies ahead of their receipt, which makes it wrong; None when none does.
    """
    source_ids, moments, names, raw_values, units, profiles, sources, drive_ids = columns
    # The Pi's stamps have whole seconds: several rows share one.
    seconds = {moment: _seconds(moment) for moment in set(moments)}
    times = _numbers([seconds[moment] for moment in moments])
    wrong = times < FIRST_POSSIBLE_SECONDS
    if ahead is not None:
        wrong |= np.array(ahead, dtype=bool)
    times[wrong] = np.nan
    values = _numbers(raw_values)
    values[~np.isfinite(values)] = np.nan
    parameters = _renamed(_encoded(names))
    unit_column = _encoded(units)
    readings = Readings(
        np.array(source_ids, dtype=np.int64),
        times,
        _converted(values, parameters, unit_column),
        parameters,
        unit_column,
        _encoded(profiles),
        _encoded(sources),
        # The Pi counts drives from 1: a 0 names none.
        np.array([drive_id or NO_DRIVE for drive_id in drive_ids], dtype=np.int64),
        wrong,
    )
    return _each_row_once(readings)


def joined(parts: list[Readings]) -> Readings:
    """Return the rows of several readings as one, each row once. The list is emptied to need the memory once only."""
    if len(parts) == 1:
        return parts.pop()
    if not parts:
        return readings_from_rows([])
    columns: list[list[Any]] = [[getattr(part, column.name) for part in parts] for column in fields(Readings)]
    parts.clear()
    whole: list[Any] = []
    while columns:
        column = columns.pop(0)
        whole.append(_joined_text(column) if isinstance(column[0], TextColumn) else np.concatenate(column))
    return _each_row_once(Readings(*whole))


def typical_interval(times: Floats) -> float:
    """Return the median of the seconds between neighbouring samples, steps back left out; 0 where there is none.

    Of samples so close that most share a stamp of whole seconds it is the mean.
    """
    steps = np.diff(times)
    steps = steps[steps >= 0]
    return float(np.median(steps)) or float(steps.mean()) if len(steps) else 0.0


def most_frequent(column: TextColumn) -> str | None:
    """Return the text most rows hold; of equal ones the first in the alphabet, None when no row has any."""
    counts = [(-count, text) for text, count in column.counts().items() if text is not None]
    return min(counts)[1] if counts else None


def datetime_of(seconds: float) -> datetime:
    """Return seconds since 1970 as aware UTC."""
    return datetime.fromtimestamp(seconds, UTC)


def _seconds(moment: object) -> float:
    if moment is None:
        return float("nan")
    if not isinstance(moment, datetime):
        return float(moment)  # type: ignore[arg-type]
    return (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()


def _numbers(values: Sequence[object]) -> Floats:
    return np.array(values, dtype=np.float64)  # None becomes NaN


def _encoded(texts: Sequence[object]) -> TextColumn:
    codes_of: dict[object, int] = {None: 0}
    codes = np.fromiter((codes_of.setdefault(text, len(codes_of)) for text in texts), np.int32, len(texts))
    return TextColumn(codes, tuple(None if text is None else str(text) for text in codes_of))


def _each_row_once(readings: Readings) -> Readings:
    ids = readings.source_ids
    if (ids[1:] > ids[:-1]).all():
        return readings
    return readings.take(np.unique(ids, return_index=True)[1])


def _joined_text(columns: Sequence[TextColumn]) -> TextColumn:
    code_of: dict[str | None, int] = {}
    parts = []
    for column in columns:
        mapping = np.array([code_of.setdefault(text, len(code_of)) for text in column.texts], dtype=np.int32)
        parts.append(mapping[column.codes])
    return TextColumn(np.concatenate(parts), tuple(code_of))


def _renamed(column: TextColumn) -> TextColumn:
    """Give every parameter its canonical name; two spellings of one parameter share a code."""
    names = [None if text is None else canonical_name(text) for text in column.texts]
    distinct = tuple(dict.fromkeys(names))
    new_code: Mapping[str | None, int] = {name: code for code, name in enumerate(distinct)}
    mapping = np.array([new_code[name] for name in names], dtype=np.int32)
    return TextColumn(mapping[column.codes], distinct)


def _converted(values: Floats, parameters: TextColumn, units: TextColumn) -> Floats:
    pairs = parameters.codes.astype(np.int64) * len(units.texts) + units.codes
    for pair in np.unique(pairs):
        name, unit_text = parameters.texts[pair // len(units.texts)], units.texts[pair % len(units.texts)]
        if name is None:
            continue
        conversion = conversion_for(name, unit_text)
        label = label_value(name, unit_text)
        if label is not None:
            chosen = (pairs == pair) & np.isfinite(values)
            values[chosen] = label
        elif conversion is None:
            values[pairs == pair] = np.nan
        elif (conversion.scale, conversion.offset) != (1.0, 0.0):
            chosen = pairs == pair
            values[chosen] = values[chosen] * conversion.scale + conversion.offset
    return values
