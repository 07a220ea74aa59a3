"""Takes one sync request into the database: one transaction, acknowledged after its commit."""

import uuid
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import structlog
from sqlalchemy import Table, update
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlmodel import Session

from obd2_api.ingest.bookkeeping import record_request, record_unknown_columns, save_cursor
from obd2_api.ingest.code_changes import changed_codes_since, changed_frames_since, recompute_codes
from obd2_api.ingest.decode import BadRow, DecodedRows, decode_rows
from obd2_api.ingest.drive_jobs import DRIVE_END, collect_changes, schedule_drives
from obd2_api.ingest.envelope import Envelope, RefusedEnvelopeError
from obd2_api.ingest.epochs import PlacedRows, Placement, place_batch
from obd2_api.ingest.quarantine import quarantine_rows
from obd2_api.ingest.quiet_times import QuietTimes
from obd2_api.ingest.receipt import Receipt, TableReceipt
from obd2_api.ingest.state import EPOCHS, DeviceState, lock_device
from obd2_api.ingest.times import TimeContext
from obd2_api.ingest.write import Stamp, Written, write_rows
from obd2_common.clock import Clock
from obd2_common.db import dialect
from obd2_common.db.bulk import NotLoadedError
from obd2_common.db.database import Database
from obd2_common.db.pipelining import run_pipelined
from obd2_common.errors import DatabaseUnavailableError
from obd2_common.synced_specs import PI_ONLY_TABLES, SYNCED_TABLES, SyncedTable
from obd2_common.tables.devices import Device

log = structlog.get_logger(__name__)
DEVICES: Table = Device.__table__  # type: ignore[attr-defined]
UNKNOWN_TABLE = "unknown_table"


@dataclass(frozen=True, slots=True)
class Ingest:
    """What taking in requests needs.

    Args:
        database: where rows go.
        clock: the server's clock.
        zone: the Pi's local zone.
        quiet_times: how long drives stay quiet before they are analysed.
        failures: device -> time and reason of a failure the database could not be told yet.
    """

    database: Database
    clock: Clock
    zone: ZoneInfo
    quiet_times: QuietTimes
    failures: dict[str, tuple[datetime, str]] = field(default_factory=dict)


def receive(ingest: Ingest, envelope: Envelope) -> Receipt:
    """Store one request and return its receipt; when this returns, everything in it is durable.

    Raises:
        RefusedEnvelopeError: the request names a table that must not leave the Pi; nothing was stored.
        DatabaseUnavailableError: the database did not take the request; nothing was stored.
    """
    forbidden = sorted(PI_ONLY_TABLES & envelope.tables.keys())
    if forbidden:
        reason = f"{', '.join(forbidden)} must not leave the Pi; nothing was stored"
        raise RefusedEnvelopeError(reason, envelope.device_id)
    try:
        receipt = _run(ingest, envelope)
    except DatabaseUnavailableError as error:
        # The database cannot be told now; the device's next success tells it.
        ingest.failures[envelope.device_id] = (ingest.clock(), str(error))
        raise
    ingest.failures.pop(envelope.device_id, None)
    return receipt


def _run(ingest: Ingest, envelope: Envelope) -> Receipt:
    def attempt(*, compare_all: bool = False, may_load_data: bool = False) -> Receipt:
        return ingest.database.run(
            lambda session: _store(ingest, session, envelope, compare_all=compare_all, may_load_data=may_load_data)
        )

    try:
        try:
            with suppress(NotLoadedError):
                return attempt(may_load_data=True)
            # Nothing of the attempt is left; the slower way tells which row it was.
            return attempt()
        except IntegrityError:
            # A row lies above its table's cursor, as after a restore by hand: look before writing.
            log.warning("cursor_behind_rows", device_id=envelope.device_id)
            return attempt(compare_all=True)
    except DBAPIError as error:
        log.exception("request_not_stored", device_id=envelope.device_id, code=dialect.error_code(error))
        raise DatabaseUnavailableError("the database did not take the request") from error


def note_failure(ingest: Ingest, device_id: str, reason: str) -> None:
    """Record on a known device that a request of it was refused.

    Raises:
        DatabaseUnavailableError: the database did not take the note.
    """
    now = ingest.clock()
    statement = (
        update(DEVICES)
        .where(DEVICES.c.source_device == device_id)
        .values(last_failure_at=now, last_failure_reason=reason, last_seen_at=now)
    )
    ingest.database.run(lambda session: session.connection().execute(statement))


def _store(ingest: Ingest, session: Session, envelope: Envelope, *, compare_all: bool, may_load_data: bool) -> Receipt:
    # Rows are decoded anew for each attempt: storing fills them up with what is already there.
    decoded = {name: decode_rows(SYNCED_TABLES[name], rows) for name, rows in _known(envelope).items()}
    now = ingest.clock()
    state = lock_device(session, envelope.device_id, list(decoded), now)
    batch = [(SYNCED_TABLES[name], rows) for name, rows in decoded.items()]
    placements = place_batch(
        session, state, batch, now=now, zone=ingest.zone, compare_all=compare_all, sent_up_to=envelope.sent_up_to
    )
    epoch = placements[0].epoch
    stamp = Stamp(envelope.device_id, epoch, envelope.batch_id, now)
    receipt = Receipt(str(uuid.uuid4()), envelope.batch_id, now, epoch)

    for placement in placements:
        _store_placement(ingest, session, state, envelope, receipt, placement=placement, may_load_data=may_load_data)
    for name in [name for name in envelope.tables if name not in SYNCED_TABLES]:
        bad = [BadRow(position, UNKNOWN_TABLE) for position in range(len(envelope.tables[name]))]
        quarantine_rows(session, name, bad, texts=envelope.texts, stamp=stamp, receipt_id=receipt.receipt_id)
        receipt.tables[name] = TableReceipt(quarantined=len(bad))

    receipt.drive_data_received = _has_drive_end(envelope)
    _raise_drive_counter(session, state, envelope, epoch)
    record_request(state, envelope, receipt, ingest.failures.get(envelope.device_id))
    run_pipelined(session.connection(), state.account)
    return receipt


def _store_placement(
    ingest: Ingest,
    session: Session,
    state: DeviceState,
    envelope: Envelope,
    receipt: Receipt,
    *,
    placement: Placement,
    may_load_data: bool,
) -> None:
    """Store what of a request belongs to one epoch."""
    stamp = Stamp(envelope.device_id, placement.epoch, envelope.batch_id, receipt.synced_at)
    written: dict[str, tuple[DecodedRows, Written]] = {}
    codes_since: list[datetime] = []
    for placed in placement.tables:
        spec, rows = placed.spec, placed.decoded
        times = TimeContext(ingest.zone, stamp.received_at, _previous_time(state, spec, rows, placement.epoch))
        connection = session.connection()
        result = write_rows(connection, spec, rows, placed.match, stamp=stamp, times=times, may_load_data=may_load_data)
        written[spec.name] = (rows, result)
        _finish_table(session, state, envelope, receipt, spec=spec, rows=rows, result=result, stamp=stamp)
        since = _other_codes_since(ingest, session, stamp, placed, result)
        codes_since += [] if since is None else [since]
    changes = collect_changes(written)
    if schedule_drives(session, state, stamp, changes, quiet_times=ingest.quiet_times):
        receipt.auto_analysis_triggered = True
    if codes_since:
        recompute_codes(session, stamp, min(codes_since))


def _other_codes_since(
    ingest: Ingest, session: Session, stamp: Stamp, placed: PlacedRows, result: Written
) -> datetime | None:
    """Return from when on drives may have other trouble codes because of one table's rows."""
    if placed.spec.name == "dtc_log":
        return changed_codes_since(placed.decoded, placed.match, result, ingest.zone)
    if placed.spec.name == "dtc_freeze_frame":
        return changed_frames_since(session, stamp, placed.decoded, result)
    return None


def _known(envelope: Envelope) -> dict[str, list[Any]]:
    return {name: rows for name, rows in envelope.tables.items() if name in SYNCED_TABLES}


def _finish_table(
    session: Session,
    state: DeviceState,
    envelope: Envelope,
    receipt: Receipt,
    *,
    spec: SyncedTable,
    rows: DecodedRows,
    result: Written,
    stamp: Stamp,
) -> None:
    bad = [*rows.bad, *result.refused]
    quarantine_rows(session, spec.name, bad, texts=envelope.texts, stamp=stamp, receipt_id=receipt.receipt_id)
    counts = TableReceipt(result.inserted, result.updated, result.unchanged, len(bad))
    receipt.tables[spec.name] = receipt.tables.get(spec.name, TableReceipt()).plus(counts)
    keep_account(session, state, spec, rows, result, stamp=stamp)


def keep_account(
    session: Session,
    state: DeviceState,
    spec: SyncedTable,
    rows: DecodedRows,
    written: Written,
    *,
    stamp: Stamp,
) -> None:
    """Bring cursor and unknown columns in step with the rows of a table that were written."""
    if written.touched:
        save_cursor(state, spec, rows, written, stamp=stamp)
        record_unknown_columns(session, spec, rows, written, stamp)


def _previous_time(state: DeviceState, spec: SyncedTable, rows: DecodedRows, epoch: int) -> datetime | None:
    """Return the time of the newest stored row, when all rows of the batch come after it."""
    if spec.has_text_key or not len(rows):
        return None
    cursor = state.cursor(epoch, spec.name)
    continues = cursor.high_water_id is not None and min(rows.ids) > cursor.high_water_id
    return cursor.high_water_time if continues else None


def _has_drive_end(envelope: Envelope) -> bool:
    rows = envelope.tables.get("connection_log", [])
    return any(isinstance(row, dict) and row.get("event_type") == DRIVE_END for row in rows)


def _raise_drive_counter(session: Session, state: DeviceState, envelope: Envelope, epoch: int) -> None:
    counter = envelope.drive_counter
    if counter is None or counter <= state.epochs[epoch].drive_counter:
        return
    session.connection().execute(
        update(EPOCHS)
        .where(EPOCHS.c.source_device == envelope.device_id, EPOCHS.c.source_epoch == epoch)
        .values(drive_counter=counter),
    )
