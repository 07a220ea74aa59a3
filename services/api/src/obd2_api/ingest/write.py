"""Writes the rows of one table: new ones, changed ones, and those the database refuses after all."""

from dataclasses import dataclass, field
from datetime import datetime
from functools import partial
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from obd2_api.ingest.concluded_times import concluded_times, keep_concluded_times
from obd2_api.ingest.decode import BadRow, DecodedRows
from obd2_api.ingest.stored import Match, extra_text, is_changed, merge_extra
from obd2_api.ingest.times import TimeContext, sql_time, utc_columns
from obd2_api.ingest.values import ABSENT
from obd2_common.db import dialect
from obd2_common.db.bulk import insert_columns
from obd2_common.synced_specs import Kind, SyncedTable

KEY_COLUMNS = ("source_device", "source_epoch", "source_id")
Columns = dict[str, list[Any]]


@dataclass(frozen=True, slots=True)
class Stamp:
    """The server columns that every row of one request gets."""

    source_device: str
    source_epoch: int
    batch_id: str
    received_at: datetime

    def columns(self) -> dict[str, str | int | None]:
        """Return them under their column names."""
        return {
            "source_device": self.source_device,
            "source_epoch": self.source_epoch,
            "synced_at": sql_time(self.received_at),
            "sync_batch_id": self.batch_id,
        }


@dataclass(slots=True)
class Written:
    """What became of the storable rows of one table.

    Args:
        inserted: rows that were not stored before.
        updated: rows that were, changed or not.
        unchanged: those of them that brought nothing new.
        touched: indexes into the decoded rows that are new or changed.
        utc: UTC text of the table's time columns.
        refused: rows the database would not take.
        left_drives: drive ids that changed rows had before; None stands for no drive.
    """

    inserted: int = 0
    updated: int = 0
    unchanged: int = 0
    touched: list[int] = field(default_factory=list)
    utc: Columns = field(default_factory=dict)
    refused: list[BadRow] = field(default_factory=list)
    left_drives: set[int | None] = field(default_factory=set)


def write_rows(
    connection: Connection,
    spec: SyncedTable,
    decoded: DecodedRows,
    match: Match,
    *,
    stamp: Stamp,
    times: TimeContext,
    may_load_data: bool = False,
) -> Written:
    """Store the rows of one table that are new or changed.

    Raises:
        NotLoadedError: only with ``may_load_data``; the transaction must be run again without it.
    """
    if match.is_identical:
        return Written(updated=len(decoded) + decoded.superseded, unchanged=len(decoded))
    _keep_identity(spec, decoded, match)
    new, changed = _sort_out(decoded, match)
    written = Written(updated=len(decoded) + decoded.superseded, unchanged=len(decoded) - len(new) - len(changed))
    if not new and not changed:
        return written
    _fill_absent(decoded, match)
    owner = (stamp.source_device, stamp.source_epoch)
    concluded = None if spec.has_text_key else partial(concluded_times, connection, spec, owner, decoded.ids)
    written.utc, flags = utc_columns(spec, decoded, times, concluded)
    if changed:
        written.left_drives = _left_drives(decoded, match, changed)
        keep_concluded_times(connection, spec, decoded, match, owner=owner, rows=changed, utc=written.utc, flags=flags)
    columns = _columns(spec, decoded, written.utc, flags)
    writing = _Writing(connection, spec, decoded, columns, stamp, written)
    for rows, may_be_there in ((new, False), (changed, True)):
        _write(writing, rows, is_update=may_be_there, may_load_data=may_load_data)
    written.touched, written.inserted = sorted(new + changed), len(new)
    if written.refused:
        refused = {bad.position for bad in written.refused}
        written.touched = [index for index in written.touched if decoded.positions[index] not in refused]
        written.inserted = len(set(new).intersection(written.touched))
    written.updated -= written.inserted + len(written.refused)
    return written


def _keep_identity(spec: SyncedTable, decoded: DecodedRows, match: Match) -> None:
    """Let null not wipe out an immutable value that is stored."""
    for name in spec.identity:
        values = decoded.columns.get(name, [])
        if match.stored and None in values:
            for index, value in enumerate(values):
                if value is None and decoded.ids[index] in match.stored:
                    values[index] = match.stored[decoded.ids[index]][name]


def _left_drives(decoded: DecodedRows, match: Match, changed: list[int]) -> set[int | None]:
    drive_ids = decoded.columns.get("drive_id")
    if drive_ids is None:
        return set()
    before = ((match.stored[decoded.ids[index]]["drive_id"], drive_ids[index]) for index in changed)
    return {old for old, new in before if old != new}


def _sort_out(decoded: DecodedRows, match: Match) -> tuple[list[int], list[int]]:
    if not match.stored:
        return list(range(len(decoded))), []
    new, changed = [], []
    for index, key in enumerate(decoded.ids):
        stored = match.stored.get(key)
        if stored is None:
            new.append(index)
        elif is_changed(decoded, index, stored):
            changed.append(index)
        if stored is not None:
            decoded.extras[index] = merge_extra(stored["extra"], decoded.extras[index])
    return new, changed


def _fill_absent(decoded: DecodedRows, match: Match) -> None:
    """Give keys a row did not have the value that is stored, or null."""
    if not decoded.has_absent:
        return
    for name, values in decoded.columns.items():
        for index, value in enumerate(values):
            if value is ABSENT:
                stored = match.stored.get(decoded.ids[index])
                values[index] = stored[name] if stored else None
    decoded.has_absent = False


def _columns(spec: SyncedTable, decoded: DecodedRows, utc: Columns, flags: list[str | None]) -> Columns:
    columns: Columns = {"source_id": decoded.ids, "row_flags": flags}
    if any(decoded.extras):
        columns["extra"] = [extra_text(extra) for extra in decoded.extras]
    for name, values in decoded.columns.items():
        if spec.columns[name] is Kind.TIME:
            columns[name] = utc[name]
            columns[f"{name}_raw"] = values
        else:
            columns[name] = values
    return columns


@dataclass(frozen=True, slots=True)
class _Writing:
    """What rows are written from, whither, and the account of it."""

    connection: Connection
    spec: SyncedTable
    decoded: DecodedRows
    columns: Columns
    stamp: Stamp
    written: Written


def _write(writing: _Writing, rows: list[int], *, is_update: bool, may_load_data: bool) -> None:
    """Write some rows at once; if the database refuses, halve until the row at fault stands alone."""
    if not rows:
        return
    decoded, columns = writing.decoded, writing.columns
    part = columns if len(rows) == len(decoded) else {n: [v[i] for i in rows] for n, v in columns.items()}
    constants = writing.stamp.columns()
    update = [name for name in (*constants, *columns) if name not in KEY_COLUMNS] if is_update else ()
    try:
        insert_columns(
            writing.connection,
            writing.spec.name,
            part,
            constants=constants,
            key=KEY_COLUMNS,
            update=update,
            may_load_data=may_load_data,
        )
    except DBAPIError as error:
        if not dialect.is_data_error(error):
            raise
        if len(rows) == 1:
            key = str(decoded.ids[rows[0]])
            writing.written.refused.append(BadRow(decoded.positions[rows[0]], "refused_by_database", None, key))
            return
        # Part of the rows may be in already: the halves overwrite instead of failing on them.
        middle = len(rows) // 2
        for half in (rows[:middle], rows[middle:]):
            _write(writing, half, is_update=True, may_load_data=False)
