"""Keeps device, cursors, history and the list of unknown columns in step with the rows, in their transaction."""

from datetime import datetime

from sqlalchemy import Connection, Insert, Table, Update, bindparam, func, update
from sqlmodel import Session

from obd2_api.ingest.decode import DecodedRows
from obd2_api.ingest.envelope import Envelope
from obd2_api.ingest.receipt import Receipt
from obd2_api.ingest.state import CURSORS, DEVICES, DeviceState
from obd2_api.ingest.times import from_sql_time
from obd2_api.ingest.write import Stamp, Written
from obd2_common.db import dialect
from obd2_common.db.pipelining import Call
from obd2_common.db.types import KEY_TEXT_CHARACTERS, BodyText, UtcDateTime
from obd2_common.synced_specs import SyncedTable
from obd2_common.tables.devices import SyncHistory, UnknownColumn

HISTORY: Table = SyncHistory.__table__  # type: ignore[attr-defined]
UNKNOWN_COLUMNS: Table = UnknownColumn.__table__  # type: ignore[attr-defined]
MAX_LISTED_COLUMNS = 100
"""How many unknown columns one request may add to the list; the values of all are kept with the rows."""


def save_cursor(
    state: DeviceState,
    spec: SyncedTable,
    rows: DecodedRows,
    written: Written,
    *,
    stamp: Stamp,
) -> None:
    """Advance a table's cursor, to be written with the account; it never goes back."""
    cursor = state.cursor(stamp.source_epoch, spec.name)
    cursor.row_count += written.inserted
    if not spec.has_text_key:
        highest_id = max(rows.ids)
        if cursor.high_water_id is None or highest_id > cursor.high_water_id:
            cursor.high_water_id = highest_id
            times = written.utc.get(spec.time_column or "", ())
            highest_time = times[rows.ids.index(highest_id)] if times else None
            if highest_time is not None:
                cursor.high_water_time = from_sql_time(highest_time)
    values = {
        "source_device": stamp.source_device,
        "source_epoch": stamp.source_epoch,
        "table_name": spec.name,
        "high_water_id": cursor.high_water_id,
        "high_water_time": cursor.high_water_time,
        "row_count": cursor.row_count,
        "last_synced_at": stamp.received_at,
        "last_batch_id": stamp.batch_id,
    }
    state.account.append(Call(_save_cursor, values))


def record_unknown_columns(
    session: Session,
    spec: SyncedTable,
    rows: DecodedRows,
    written: Written,
    stamp: Stamp,
) -> None:
    """List the columns the server does not know, so that a migration can promote them."""
    if not any(rows.extras):
        return
    counts: dict[str, int] = {}
    for index in written.touched:
        for name in rows.extras[index] or ():
            counts[name[:KEY_TEXT_CHARACTERS]] = counts.get(name[:KEY_TEXT_CHARACTERS], 0) + 1
    if not counts:
        return
    most = sorted(counts, key=lambda name: (-counts[name], name))[:MAX_LISTED_COLUMNS]
    connection = session.connection()
    connection.execute(
        dialect.prepared(connection, _count_unknown_columns),
        [
            {
                "source_device": stamp.source_device,
                "table_name": spec.name,
                "column_name": name,
                "first_seen_at": stamp.received_at,
                "last_seen_at": stamp.received_at,
                "row_count": counts[name],
            }
            for name in most
        ],
    )


def record_request(
    state: DeviceState,
    envelope: Envelope,
    receipt: Receipt,
    failure: tuple[datetime, str] | None,
) -> None:
    """Add to the account what becomes of the device and, when the request brought rows, its line in the history.

    Args:
        state: the locked device.
        envelope: the request.
        receipt: complete.
        failure: time and reason of an earlier request's failure that is not recorded yet.
    """
    is_empty = envelope.row_count == 0
    failed_at, reason = failure or (None, None)
    seen = {
        "device": envelope.device_id,
        "now": receipt.synced_at,
        "batch_id": receipt.batch_id,
        "empty": int(is_empty),
        "failed_at": failed_at,
        "reason": reason,
    }
    state.account.append(Call(_update_device, seen))
    if is_empty:
        return
    line = {
        "receipt_id": receipt.receipt_id,
        "source_device": envelope.device_id,
        "source_epoch": receipt.epoch,
        "batch_id": receipt.batch_id,
        "received_at": receipt.synced_at,
        # The name of an unknown table may be longer than the names a JSON column takes.
        "tables": {name[:KEY_TEXT_CHARACTERS]: counts for name, counts in receipt.tables_json().items()},
        "inserted": receipt.total("inserted"),
        "updated": receipt.total("updated"),
        "unchanged": receipt.total("unchanged"),
        "quarantined": receipt.total("quarantined"),
        "drive_data_received": receipt.drive_data_received,
        "auto_analysis_triggered": receipt.auto_analysis_triggered,
    }
    state.account.append(Call(_add_history, line))


def _add_history(_connection: Connection) -> Insert:
    return HISTORY.insert()


def _update_device(_connection: Connection) -> Update:
    return (
        update(DEVICES)
        .where(DEVICES.c.source_device == bindparam("device"))
        .values(
            last_seen_at=bindparam("now"),
            last_success_at=bindparam("now"),
            last_batch_id=bindparam("batch_id"),
            request_count=DEVICES.c.request_count + 1,
            empty_request_count=DEVICES.c.empty_request_count + bindparam("empty"),
            last_failure_at=func.coalesce(bindparam("failed_at", type_=UtcDateTime()), DEVICES.c.last_failure_at),
            last_failure_reason=func.coalesce(bindparam("reason", type_=BodyText()), DEVICES.c.last_failure_reason),
        )
    )


def _save_cursor(connection: Connection) -> Insert:
    return dialect.upsert(
        connection,
        CURSORS,
        key=("source_device", "source_epoch", "table_name"),
        update=("high_water_id", "high_water_time", "row_count", "last_synced_at", "last_batch_id"),
    )


def _count_unknown_columns(connection: Connection) -> Insert:
    new = dialect.incoming(connection, UNKNOWN_COLUMNS)
    return dialect.upsert(
        connection,
        UNKNOWN_COLUMNS,
        key=("source_device", "table_name", "column_name"),
        update={
            "last_seen_at": new.last_seen_at,
            "row_count": UNKNOWN_COLUMNS.c.row_count + new.row_count,
        },
    )
