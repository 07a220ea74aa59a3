"""Keeps what was concluded about a row's times when it first came, for rows that come again changed.

Which of two local hours is meant and whether a clock ran backwards is told by the rows around a row. A row that comes
again, alone or among others, must not be judged anew by its new neighbours.
"""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, select

from obd2_api.ingest.decode import DecodedRows
from obd2_api.ingest.stored import Match
from obd2_api.ingest.times import TIME_BACKWARD, TIME_FUTURE, sql_time
from obd2_common.synced_specs import Kind, SyncedTable

_CLOCK_FLAGS = (TIME_FUTURE, TIME_BACKWARD)
_KEYS_PER_QUERY = 1000


def keep_concluded_times(
    connection: Connection,
    spec: SyncedTable,
    decoded: DecodedRows,
    match: Match,
    *,
    owner: tuple[str, int],
    rows: list[int],
    utc: dict[str, list[Any]],
    flags: list[str | None],
) -> None:
    """Give rows whose time texts did not change the UTC times and the flags they are stored with.

    Args:
        connection: in the request's transaction.
        spec: the table.
        decoded: the rows that came.
        match: their stored versions.
        owner: source_device and source_epoch.
        rows: indexes of the rows to treat; all of them are stored.
        utc: UTC text of the time columns, corrected in place.
        flags: each row's flags, corrected in place.
    """
    times = [name for name, kind in spec.columns.items() if kind is Kind.TIME]
    is_whole = all(name in decoded.columns for name in (*times, *spec.choices))
    for start in range(0, len(rows), _KEYS_PER_QUERY):
        part = {decoded.ids[index]: index for index in rows[start : start + _KEYS_PER_QUERY]}
        table = spec.table
        query = select(table.c.source_id, table.c.row_flags, *(table.c[name] for name in times)).where(
            table.c.source_device == owner[0],
            table.c.source_epoch == owner[1],
            table.c.source_id.in_(part),
        )
        for stored in connection.execute(query).mappings():
            key = stored["source_id"]
            index = part[key]
            same = {name for name in times if _is_same(decoded, index, name, match.stored[key][name])}
            for name in same & utc.keys():
                utc[name][index] = None if stored[name] is None else sql_time(stored[name])
            known = stored["row_flags"].split(",") if stored["row_flags"] else []
            found = flags[index].split(",") if flags[index] else []  # type: ignore[union-attr]
            if spec.time_column in same:
                found = [flag for flag in found if flag not in _CLOCK_FLAGS]
                found += [flag for flag in known if flag in _CLOCK_FLAGS]
            if not is_whole:
                # The flags of columns that did not come still hold.
                found += [flag for flag in known if flag not in _CLOCK_FLAGS]
            flags[index] = ",".join(dict.fromkeys(found)) or None


def _is_same(decoded: DecodedRows, index: int, name: str, stored: object) -> bool:
    return name not in decoded.columns or decoded.columns[name][index] == stored


def concluded_times(
    connection: Connection, spec: SyncedTable, owner: tuple[str, int], keys: Sequence[int], column: str
) -> dict[int, datetime]:
    """Return what a time column holds, by key, of the rows with the given keys and of the one stored before them.

    Args:
        connection: in the request's transaction.
        spec: a table with numbers for keys.
        owner: source_device and source_epoch.
        keys: of rows that came, stored or not; at least one.
        column: the time column.
    """
    table = spec.table
    query = select(table.c.source_id, table.c[column]).where(
        table.c.source_device == owner[0], table.c.source_epoch == owner[1], table.c[column].is_not(None)
    )
    before = query.where(table.c.source_id < min(keys)).order_by(table.c.source_id.desc()).limit(1)
    found = {row[0]: row[1] for row in connection.execute(before)}
    for start in range(0, len(keys), _KEYS_PER_QUERY):
        part = query.where(table.c.source_id.in_(keys[start : start + _KEYS_PER_QUERY]))
        found.update({row[0]: row[1] for row in connection.execute(part)})
    return found
