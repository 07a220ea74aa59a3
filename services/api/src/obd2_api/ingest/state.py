"""Locks a device for one request and loads what deciding about its rows needs."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, Table, and_, bindparam, select, update
from sqlmodel import Session

from obd2_common.db import dialect
from obd2_common.db.pipelining import Call, fetch
from obd2_common.tables.devices import Device, DeviceEpoch, SyncCursor

DEVICES: Table = Device.__table__  # type: ignore[attr-defined]
EPOCHS: Table = DeviceEpoch.__table__  # type: ignore[attr-defined]
CURSORS: Table = SyncCursor.__table__  # type: ignore[attr-defined]

FIRST_EPOCH = 1
RECENT_EPOCHS = 16
"""How many of the latest epochs a request is compared with, so that its cost does not depend on how many there are."""
SIMULATED = "physics_sim"
_NOTE_FRESH = timedelta(hours=1)


@dataclass(slots=True)
class EpochState:
    """When an epoch began and what is known of its drives."""

    opened_at: datetime
    drive_counter: int = 0
    max_drive_id: int = 0
    ended_drive_id: int = 0
    last_drive_end_at: datetime | None = None


@dataclass(slots=True)
class CursorState:
    """How far one table of one epoch has come."""

    high_water_id: int | None = None
    high_water_time: datetime | None = None
    row_count: int = 0


@dataclass(slots=True)
class DeviceState:
    """A locked device: its recent epochs, oldest first, and the cursors of the tables asked for.

    ``account`` is what will be written about the request at its end, all at once.
    """

    source_device: str
    open_epoch: int
    epochs: dict[int, EpochState]
    shared_id_suspected_at: datetime | None = None
    cursors: dict[tuple[int, str], CursorState] = field(default_factory=dict)
    account: list[Call] = field(default_factory=list)

    def cursor(self, epoch: int, table_name: str) -> CursorState:
        """Return a table's cursor, a fresh one where nothing came yet."""
        return self.cursors.setdefault((epoch, table_name), CursorState())


def lock_device(session: Session, source_device: str, table_names: list[str], now: datetime) -> DeviceState:
    """Take the device's row lock, which orders its requests, and load its state; an unknown device is created."""
    connection = session.connection()
    # The Pi sends one table a request.
    wanted = {"table": table_names[0]} if len(table_names) == 1 else {}
    call = Call(_device_with_cursor if wanted else _device_with_cursors, {"device": source_device, **wanted})
    rows = fetch(connection, call)
    if not rows:
        _create_device(session, source_device, now)
        rows = fetch(connection, call)
    open_epoch, shared_id_suspected_at = rows[0][:2]
    state = DeviceState(source_device, open_epoch, {}, shared_id_suspected_at)
    _read_epochs(state, rows)
    return state


def load_epoch(session: Session, state: DeviceState, source_epoch: int) -> None:
    """Load an epoch that is not a recent one, with its cursors, into the state of a locked device."""
    if source_epoch not in state.epochs:
        query = _epochs_query().where(EPOCHS.c.source_epoch == source_epoch)
        rows = session.connection().execute(query, {"device": state.source_device})
        _read_epochs(state, [tuple(row) for row in rows])


def _read_epochs(state: DeviceState, rows: Iterable[tuple[Any, ...]]) -> None:
    for _, _, source_epoch, *epoch, table_name, high_water_id, high_water_time, row_count in rows:
        if source_epoch not in state.epochs:
            state.epochs[source_epoch] = EpochState(*epoch)
        if table_name is not None:
            state.cursors[source_epoch, table_name] = CursorState(high_water_id, high_water_time, row_count)


def _device_with_cursors(_connection: Connection) -> Select[Any]:
    """Select a device, its epochs and its cursors at once: every round trip counts."""
    return _device_query()


def _device_with_cursor(_connection: Connection) -> Select[Any]:
    """Select a device, its epochs and the cursors of one table."""
    return _device_query(CURSORS.c.table_name == bindparam("table"))


def _device_query(*conditions: ColumnElement[bool]) -> Select[Any]:
    """Select a device with its recent epochs, and their cursors that meet some conditions."""
    return _epochs_query(*conditions).where(EPOCHS.c.source_epoch > DEVICES.c.open_epoch - RECENT_EPOCHS)


def _epochs_query(*conditions: ColumnElement[bool]) -> Select[Any]:
    return (
        select(
            DEVICES.c.open_epoch,
            DEVICES.c.shared_id_suspected_at,
            EPOCHS.c.source_epoch,
            EPOCHS.c.opened_at,
            EPOCHS.c.drive_counter,
            EPOCHS.c.max_drive_id,
            EPOCHS.c.ended_drive_id,
            EPOCHS.c.last_drive_end_at,
            CURSORS.c.table_name,
            CURSORS.c.high_water_id,
            CURSORS.c.high_water_time,
            CURSORS.c.row_count,
        )
        .select_from(DEVICES)
        .join(EPOCHS, EPOCHS.c.source_device == DEVICES.c.source_device)
        .outerjoin(
            CURSORS,
            and_(
                CURSORS.c.source_device == EPOCHS.c.source_device,
                CURSORS.c.source_epoch == EPOCHS.c.source_epoch,
                *conditions,
            ),
        )
        .where(DEVICES.c.source_device == bindparam("device"))
        .with_for_update()
    )


def open_next_epoch(
    session: Session,
    state: DeviceState,
    *,
    reason: str,
    trigger: tuple[str, str],
    now: datetime,
) -> int:
    """Open a new epoch of the device and return its number.

    Args:
        session: holds the device's lock.
        state: updated in place.
        reason: for people.
        trigger: table and source id of the row that gave the rebuild away.
        now: aware UTC.
    """
    epoch = max(state.epochs) + 1
    _insert_epoch(session, state.source_device, epoch, reason=reason, trigger=trigger, now=now)
    state.epochs[epoch] = EpochState(now)
    state.open_epoch = epoch
    session.connection().execute(
        update(DEVICES).where(DEVICES.c.source_device == state.source_device).values(open_epoch=epoch),
    )
    return epoch


def suspect_shared_id(session: Session, state: DeviceState, now: datetime) -> None:
    """Note on the device that two of them seem to use its id; a fresh note is left alone."""
    noted = state.shared_id_suspected_at
    if noted is not None and now - noted < _NOTE_FRESH:
        return
    state.shared_id_suspected_at = now
    session.connection().execute(
        update(DEVICES).where(DEVICES.c.source_device == state.source_device).values(shared_id_suspected_at=now),
    )


def default_data_source(source_device: str) -> str | None:
    """Tell what rows without data_source are, where the device's name says it."""
    is_simulated = source_device.startswith("sim-") or source_device.endswith("day1")
    return SIMULATED if is_simulated else None


def _create_device(session: Session, source_device: str, now: datetime) -> None:
    connection = session.connection()
    connection.execute(
        dialect.upsert(connection, DEVICES, key=("source_device",), update=()),
        {
            "source_device": source_device,
            "display_name": source_device,
            "default_data_source": default_data_source(source_device),
            "open_epoch": FIRST_EPOCH,
            "first_seen_at": now,
            "last_seen_at": now,
            "request_count": 0,
            "empty_request_count": 0,
        },
    )
    _insert_epoch(session, source_device, FIRST_EPOCH, reason="first contact", trigger=None, now=now)


def _insert_epoch(
    session: Session,
    source_device: str,
    epoch: int,
    *,
    reason: str,
    trigger: tuple[str, str] | None,
    now: datetime,
) -> None:
    connection = session.connection()
    connection.execute(
        dialect.upsert(connection, EPOCHS, key=("source_device", "source_epoch"), update=()),
        {
            "source_device": source_device,
            "source_epoch": epoch,
            "opened_at": now,
            "reason": reason,
            "trigger_table": trigger[0] if trigger else None,
            "trigger_source_id": trigger[1] if trigger else None,
            "drive_counter": 0,
            "max_drive_id": 0,
            "ended_drive_id": 0,
        },
    )
