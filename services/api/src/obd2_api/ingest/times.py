"""Brings the time columns of a batch to UTC and flags rows whose clock cannot be trusted."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from obd2_api.ingest.decode import DecodedRows
from obd2_api.ingest.values import ABSENT
from obd2_common.pitime import PiTime, has_time_shape, parse_pi_time
from obd2_common.synced_specs import Kind, SyncedTable

FUTURE_TOLERANCE = timedelta(hours=1)
BACKWARD_TOLERANCE = timedelta(seconds=2)

_BOTH_HOURS = timedelta(hours=2)

TIME_UNPARSED = "time_unparsed"
TIME_OUT_OF_RANGE = "time_out_of_range"
TIME_FUTURE = "time_future"
TIME_BACKWARD = "time_backward"
CHOICE_UNKNOWN = "choice_unknown"

_SQL_TIME_CHARACTERS = len("2026-07-11 18:02:44.918204")


@dataclass(frozen=True, slots=True)
class TimeContext:
    """What reading a batch's times depends on.

    Args:
        zone: the car's local zone.
        received_at: when the request came, aware UTC.
        previous: time of the newest row already stored, when this batch continues it.
    """

    zone: ZoneInfo
    received_at: datetime
    previous: datetime | None = None


StoredTimes = Callable[[str], Mapping[Any, datetime]]
"""Column -> key -> stored time, of the rows that came and are stored, and of the one stored before all of them."""


def sql_time(moment: datetime) -> str:
    """Write an aware time as databases store it: UTC, six digits of fraction, no zone."""
    utc = moment if moment.tzinfo is UTC else moment.astimezone(UTC)
    return utc.isoformat(" ", "microseconds")[:_SQL_TIME_CHARACTERS]


def from_sql_time(text: str) -> datetime:
    """Read what `sql_time` wrote."""
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@lru_cache(maxsize=8192)
def _parse(text: str, zone: ZoneInfo) -> tuple[str | None, PiTime | None]:
    time = parse_pi_time(text, zone)
    return (None, None) if time is None else (sql_time(time.utc), time)


def utc_columns(
    spec: SyncedTable,
    decoded: DecodedRows,
    context: TimeContext,
    stored: StoredTimes | None = None,
) -> tuple[dict[str, list[Any]], list[str | None]]:
    """Return the UTC text of every time column present, and each row's flags (comma-separated, or None).

    Args:
        spec: the table.
        decoded: its rows.
        context: the clock, the zone and the row before.
        stored: is asked where a local time occurs twice and the batch does not continue the newest row.
    """
    flags: dict[int, list[str]] = {}
    columns: dict[str, list[Any]] = {}
    for name, kind in spec.columns.items():
        if kind is not Kind.TIME or name not in decoded.columns:
            continue
        raw = decoded.columns[name]
        known = {text: _parse(text, context.zone) for text in set(raw) if isinstance(text, str)}
        if any(time is not None and time.alternative for _, time in known.values()):
            concluded = stored(name) if stored is not None and context.previous is None else {}
            columns[name] = _in_id_order(raw, known, decoded.ids, context.previous, concluded)
        else:
            columns[name] = [known[text][0] if isinstance(text, str) else text for text in raw]
        for text in [text for text, (utc, _) in known.items() if utc is None]:
            flag = TIME_OUT_OF_RANGE if has_time_shape(text) else TIME_UNPARSED
            _flag(flags, flag, [i for i, other in enumerate(raw) if other == text])
        if name == spec.time_column and not spec.has_text_key:
            _flag_clock(flags, decoded.ids, columns[name], context)
    for name, choices in spec.choices.items():
        values = decoded.columns.get(name, ())
        if set(values) - choices - {None, ABSENT}:
            odd = [i for i, value in enumerate(values) if isinstance(value, str) and value not in choices]
            _flag(flags, CHOICE_UNKNOWN, odd)
    return columns, [",".join(flags[i]) if i in flags else None for i in range(len(decoded))]


def _flag(flags: dict[int, list[str]], flag: str, indexes: list[int]) -> None:
    for index in indexes:
        names = flags.setdefault(index, [])
        if flag not in names:
            names.append(flag)


def _order(ids: list[Any]) -> list[int]:
    return sorted(range(len(ids)), key=ids.__getitem__)


def _in_id_order(
    raw: list[Any],
    known: dict[str, tuple[str | None, PiTime | None]],
    ids: list[Any],
    previous: datetime | None,
    concluded: Mapping[Any, datetime],
) -> list[Any]:
    """Read local times that occur twice as the earlier one, until the rows before prove that hour was over."""
    result: list[Any] = [text if text is ABSENT else None for text in raw]
    indexes = {key: index for index, key in enumerate(ids)}
    for key in sorted({*ids, *concluded}):
        if key not in indexes:
            previous = concluded[key]
            continue
        index = indexes[key]
        time = known[raw[index]][1] if isinstance(raw[index], str) else None
        if time is None:
            continue
        utc = time.utc
        # A row much later than both hours proves nothing: then the clock was set back.
        is_over = previous is not None and utc + BACKWARD_TOLERANCE < previous < utc + _BOTH_HOURS
        if (
            time.alternative is not None
            and concluded.get(key, time.alternative if is_over else utc) == time.alternative
        ):
            utc = time.alternative
        result[index] = sql_time(utc)
        previous = utc
    return result


def _flag_clock(flags: dict[int, list[str]], ids: list[Any], utc: list[Any], context: TimeContext) -> None:
    """Flag times ahead of the server's clock and times that run backwards as ids grow."""
    known = [text for text in utc if isinstance(text, str)]
    if not known:
        return
    limit = sql_time(context.received_at + FUTURE_TOLERANCE)
    if max(known) > limit:
        _flag(flags, TIME_FUTURE, [i for i, text in enumerate(utc) if isinstance(text, str) and text > limit])
    starts_after = context.previous is None or known[0] >= sql_time(context.previous - BACKWARD_TOLERANCE)
    if starts_after and ids == sorted(ids) and known == sorted(known):
        return
    newest = context.previous
    backward = []
    for index in _order(ids):
        if not isinstance(utc[index], str):
            continue
        moment = from_sql_time(utc[index])
        if newest is not None and moment < newest - BACKWARD_TOLERANCE:
            backward.append(index)
        newest = moment
    _flag(flags, TIME_BACKWARD, backward)
