"""The Pi's sync client: sweeps of one batch per table, until the server has everything."""

import sqlite3
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from obd2_cli.push.cursors import Cursor, CursorFile
from obd2_cli.push.results import PushResult, TableReceipt, TableStatus, receipt_counts
from obd2_cli.push.server_state import PING_PATH
from obd2_cli.push.source import (
    SourceTable,
    count_pending,
    first_rows,
    last_drive_id,
    latest_modification,
    open_source,
    pending_rows,
    source_tables,
)
from obd2_cli.push.transport import PING_TIMEOUT_SECONDS, Answer, PushTarget, Sleep, Verdict, send
from obd2_cli.push.wire import DELTA_TABLE_KEYS, batch_identifier, counter_body, table_body, wire_row
from obd2_common.clock import Clock, utc_now
from obd2_common.errors import InvalidInputError

SYNC_PATH = "/api/v1/sync"
BATCH_SIZE = 500


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a push has come, in rows; `rows_expected` was counted at its start and may be exceeded."""

    table: str
    rows_sent: int
    rows_expected: int


@dataclass(frozen=True, slots=True)
class _Client:
    """What every request of one push needs."""

    target: PushTarget
    source: sqlite3.Connection
    cursors: CursorFile
    batch_size: int
    sleep: Sleep
    clock: Clock


def default_state_path(source: Path) -> Path:
    """Return where the cursors of a source are kept unless said otherwise."""
    return source.with_name(source.name + ".pushed.db")


def push_database(
    source: Path,
    target: PushTarget,
    *,
    state: Path | None = None,
    is_fresh: bool = False,
    is_flushed: bool = False,
    ask: Callable[[PushTarget], Mapping[str, int] | None] | None = None,
    batch_size: int = BATCH_SIZE,
    on_progress: Callable[[Progress], None] | None = None,
    sleep: Sleep = time.sleep,
    clock: Clock = utc_now,
) -> PushResult:
    """Send a Pi database to the server as the Pi would, until nothing is left or something goes wrong.

    A table the server refuses is left alone for the rest of this push, the others go on. A connection cut while an
    answer is due ends the push, as it ends a sweep of the Pi. Rows are never skipped: the next push goes on where
    the cursors stand.

    Args:
        source: the Pi's database, read only; old files without drive ids or with fewer tables will do.
        target: the server.
        state: file of the cursors, created when missing; by default beside the source.
        is_fresh: forget the cursors and send everything.
        is_flushed: end as before a shutdown: ping, one more sweep, then the drive counter.
        ask: finds out, before anything is sent, how far the server says each table is, such as `ask_server`; a
            cursor that is further goes back there.
        batch_size: rows per request, 1 or more.
        on_progress: told once at the start and after every accepted batch.
        sleep: waits between retries.
        clock: names the batches.

    Raises:
        InvalidInputError: a file cannot be used, or the batch size is below 1.
    """
    if batch_size < 1:
        raise InvalidInputError("a batch holds at least one row")
    result = PushResult({name: TableReceipt(name, TableStatus.ABSENT) for name in DELTA_TABLE_KEYS})
    with open_source(source) as connection, CursorFile(state or default_state_path(source)) as cursors:
        largest_ids = ask(target) if ask is not None else None
        client = _Client(target, connection, cursors, batch_size, sleep, clock)
        cursors.begin(target.url.rstrip("/"), target.device_id, first_rows(connection), is_fresh=is_fresh)
        tables = source_tables(connection)
        for table in tables:
            result.tables[table.name].status = TableStatus.SKIPPED
        if largest_ids is not None:
            result.rewound.update(_rewind(cursors, tables, largest_ids))
        expected = sum(_count_unsent(client, table) for table in tables)

        def report(table: str) -> None:
            if on_progress is not None:
                on_progress(Progress(table, result.rows_sent, expected))

        report("")
        while _sweep(client, tables, result, report):
            pass
        if is_flushed and not result.abort_reason:
            _flush(client, tables, result, report)
    return result


def _rewind(
    cursors: CursorFile, tables: list[SourceTable], largest_ids: Mapping[str, int]
) -> Iterator[tuple[str, tuple[int, int]]]:
    """Set back the cursors that are further than the server is; yield table, where it was and where it is now."""
    for table in tables:
        believed, largest = cursors.read(table.name).last_id, largest_ids.get(table.name, 0)
        if believed > largest:
            cursors.rewind(table.name, largest)
            yield table.name, (believed, largest)


def _count_unsent(client: _Client, table: SourceTable) -> int:
    cursor = client.cursors.read(table.name)
    return count_pending(client.source, table, last_id=cursor.last_id, modified_after=cursor.modified_after)


def _sweep(
    client: _Client,
    tables: list[SourceTable],
    result: PushResult,
    report: Callable[[str], None],
) -> bool:
    """Send one batch of every table that still works; return whether anything was accepted."""
    is_any_sent = False
    result.sweeps += 1
    for table in tables:
        receipt = result.tables[table.name]
        if not (receipt.is_ok or receipt.status is TableStatus.SKIPPED):
            continue
        cursor = client.cursors.read(table.name)
        rows = pending_rows(
            client.source,
            table,
            last_id=cursor.last_id,
            modified_after=cursor.modified_after,
            limit=client.batch_size,
        )
        if not rows:
            receipt.status = TableStatus.OK if receipt.batches else TableStatus.EMPTY
            continue
        answer = _send_batch(client, table, cursor, rows, receipt)
        if answer.verdict is Verdict.ABORTED:
            result.abort_reason = f"{table.name}: {answer.detail}"
            return False
        if answer.verdict is Verdict.OK:
            is_any_sent = True
            report(table.name)
    return is_any_sent


def _send_batch(
    client: _Client,
    table: SourceTable,
    cursor: Cursor,
    rows: list[tuple[object, ...]],
    receipt: TableReceipt,
) -> Answer:
    """Send one batch, move the cursor when it was accepted, and note the outcome."""
    now = client.clock()
    batch_id = batch_identifier(client.target.device_id, now)
    sent = [wire_row(table.columns, row, table.key) for row in rows]
    body = table_body(client.target.device_id, batch_id, table.name, last_synced_id=cursor.last_id, rows=sent)
    answer = send(client.target, SYNC_PATH, body, sleep=client.sleep)
    receipt.tries += answer.tries
    if answer.verdict is Verdict.ABORTED:
        receipt.status, receipt.detail = TableStatus.FAILED, answer.detail
        return answer
    is_accepted = answer.verdict is Verdict.OK
    if is_accepted:
        cursor = Cursor(_last_key(table, rows), latest_modification(client.source, table) or "")
        _note_accepted(receipt, len(rows), answer, is_faithful=client.target.is_faithful)
    else:
        is_redirect = answer.verdict is Verdict.REDIRECTED
        receipt.status = TableStatus.REDIRECTED if is_redirect else TableStatus.FAILED
        receipt.detail = answer.detail
    synced_at = f"{now:%Y-%m-%dT%H:%M:%SZ}"
    client.cursors.save(table.name, cursor, batch_id=batch_id, synced_at=synced_at, is_accepted=is_accepted)
    return answer


def _last_key(table: SourceTable, rows: list[tuple[object, ...]]) -> int:
    """Return the key of the last row; below the old cursor when only older rows had changed, as on the Pi."""
    return int(str(rows[-1][table.columns.index(table.key)]))


def _note_accepted(receipt: TableReceipt, row_count: int, answer: Answer, *, is_faithful: bool) -> None:
    """Add an accepted batch to its table's receipt; the Pi itself never looks at the answer."""
    receipt.status = TableStatus.OK
    receipt.rows_sent += row_count
    receipt.batches += 1
    counts = receipt_counts(answer.body, receipt.table)
    if counts is None:
        return
    for name, count in counts.items():
        receipt.counts[name] += count
    acknowledged = counts["inserted"] + counts["updated"] + counts["errors"]
    if acknowledged != row_count and not is_faithful:
        receipt.status = TableStatus.MISCOUNTED
        receipt.detail = f"the receipt speaks of {acknowledged} rows, {row_count} were sent"


def _flush(
    client: _Client,
    tables: list[SourceTable],
    result: PushResult,
    report: Callable[[str], None],
) -> None:
    """End as before a power-off: only a server that answers the ping gets the last sweep and the counter."""
    ping = send(client.target, PING_PATH, None, sleep=client.sleep, timeout_seconds=PING_TIMEOUT_SECONDS)
    result.ping = ping.verdict
    if ping.verdict is not Verdict.OK:
        return
    _sweep(client, tables, result, report)
    counter = last_drive_id(client.source)
    if counter > 0 and not result.abort_reason:
        batch_id = batch_identifier(client.target.device_id, client.clock())
        body = counter_body(client.target.device_id, batch_id, counter)
        result.counter = send(client.target, SYNC_PATH, body, sleep=client.sleep).verdict
