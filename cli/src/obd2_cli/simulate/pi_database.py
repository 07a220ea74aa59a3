"""Write a planned Pi database into an SQLite file, row by row in the order a Pi would have written it."""

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from datetime import UTC, timedelta
from pathlib import Path

import numpy as np

from obd2_cli.pi_schema import create_pi_database
from obd2_cli.simulate.noticed import Row
from obd2_cli.simulate.pi_clock import clock_error, time_text
from obd2_cli.simulate.plan import DatabasePlan, DrivePlan, FaultName, second_emitter
from obd2_cli.simulate.rare_rows import add_rare_rows, insert_row
from obd2_cli.simulate.records import ADAPTER_ADDRESS, DriveRecord, record_drive
from obd2_cli.simulate.sensors import PARAMETERS
from obd2_common.errors import InvalidInputError

_REALTIME_INSERT = (
    "INSERT INTO realtime_data (timestamp, parameter_name, value, unit, profile_id, data_source, drive_id)"
    " VALUES (?, ?, ?, ?, ?, ?, ?)"
)
_PROFILES = (("daily", "Daily", 1000), ("performance", "Performance", 500))
_CREATED_AT = "2026-04-01 09:00:00"
_ATTEMPTS_WHILE_PARKED = 3


def write_pi_database(path: Path, plan: DatabasePlan) -> None:
    """Write a Pi database; equal plans give files of equal content.

    Args:
        path: the file to create; its folder is created when missing.
        plan: the drives. One with `overlapping_drives` brings a second drive under the next id.

    Raises:
        InvalidInputError: the file exists or cannot be written, there is no drive, or two drives have one id.
    """
    drives = _with_second_emitters(plan.drives)
    identifiers = [drive.drive_id for drive in drives]
    if not drives or len(set(identifiers)) != len(identifiers):
        raise InvalidInputError("a database needs drives, each with an id of its own")
    records = [record_drive(drive) for drive in sorted(drives, key=lambda drive: drive.started_at)]
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InvalidInputError(f"the folder {path.parent} cannot be created: {error.strerror}") from error
    create_pi_database(path)
    with closing(sqlite3.connect(path)) as connection, connection:
        _insert_bookkeeping(connection, records)
        connection.executemany(_REALTIME_INSERT, _realtime_rows(records))
        _insert_tables(connection, _rows_in_order(records, plan.seed))
        if plan.fills_every_table:
            add_rare_rows(connection, records[-1].plan)


def _with_second_emitters(drives: tuple[DrivePlan, ...]) -> tuple[DrivePlan, ...]:
    seconds = tuple(second_emitter(drive) for drive in drives if drive.severity(FaultName.OVERLAPPING_DRIVES))
    return drives + seconds


def _realtime_rows(records: list[DriveRecord]) -> Iterable[tuple[object, ...]]:
    """Yield the rows of all drives in the order in which they were written."""
    written_at = np.concatenate([_written_at(record) for record in records])
    clock = np.concatenate([clock_error(record.plan, record.readings.at_seconds) for record in records])
    parameters = np.concatenate([record.readings.parameter for record in records]).tolist()
    values = np.concatenate([record.readings.value for record in records]).tolist()
    owners = np.concatenate([np.full(record.readings.value.size, number) for number, record in enumerate(records)])
    has_drive = np.concatenate([record.readings.at_seconds >= 0.0 for record in records]).tolist()
    seconds = np.floor(written_at + clock).astype("datetime64[s]")
    stamps = np.datetime_as_string(seconds, unit="s").tolist()
    for place in np.argsort(written_at, kind="stable").tolist():
        plan = records[int(owners[place])].plan
        parameter, value = PARAMETERS[parameters[place]], values[place]
        yield (
            f"{stamps[place]}Z",
            parameter.name,
            value,
            parameter.unit_of(value),
            plan.profile_id,
            plan.data_source,
            plan.drive_id if has_drive[place] else None,
        )


def _written_at(record: DriveRecord) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return record.plan.started_at.timestamp() + record.readings.at_seconds


def _rows_in_order(records: list[DriveRecord], seed: int) -> list[tuple[float, str, Row]]:
    """Return (written at, table, row) of every table but realtime_data, oldest first."""
    entries = [
        (record.plan.started_at.timestamp() + at_second, table, row)
        for record in records
        for table, rows in record.rows.items()
        for at_second, row in rows
    ]
    entries += [(at, "connection_log", row) for at, row in _parked_noise(records, seed)]
    return sorted(entries, key=lambda entry: entry[0])


def _parked_noise(records: list[DriveRecord], seed: int) -> list[tuple[float, Row]]:
    """Let the Pi look for its adapter a few times on the mornings before each drive, in vain."""
    generator = np.random.default_rng([seed, 11])
    noise: list[tuple[float, Row]] = []
    for record in records:
        for _ in range(_ATTEMPTS_WHILE_PARKED):
            moment = record.plan.started_at - timedelta(seconds=int(generator.integers(900, 9000)))
            row: Row = {
                "timestamp": time_text(moment),
                "event_type": "adapter_wait",
                "mac_address": ADAPTER_ADDRESS,
                "error_message": "adapter not in reach",
                "data_source": record.plan.data_source,
            }
            noise.append((moment.astimezone(UTC).timestamp(), row))
    return noise


def _insert_bookkeeping(connection: sqlite3.Connection, records: list[DriveRecord]) -> None:
    for identifier, name, interval_ms in _PROFILES:
        row: Row = {
            "id": identifier,
            "name": name,
            "polling_interval_ms": interval_ms,
            "created_at": _CREATED_AT,
            "updated_at": _CREATED_AT,
        }
        insert_row(connection, "profiles", row)
    for identifier in sorted({record.plan.profile_id for record in records} - {known[0] for known in _PROFILES}):
        row = {"id": identifier, "name": identifier, "created_at": _CREATED_AT, "updated_at": _CREATED_AT}
        insert_row(connection, "profiles", row)
    vehicle = {**records[0].plan.car_type.vehicle, "created_at": _CREATED_AT, "updated_at": _CREATED_AT}
    insert_row(connection, "vehicle_info", vehicle)
    last_drive_id = max(record.plan.drive_id for record in records)
    insert_row(connection, "drive_counter", {"id": 1, "last_drive_id": last_drive_id})


def _insert_tables(connection: sqlite3.Connection, entries: list[tuple[float, str, Row]]) -> None:
    """Insert in order; a freeze frame belongs to the trouble code inserted last."""
    code_id = 0
    for _, table, row in entries:
        if table == "dtc_freeze_frame":
            insert_row(connection, table, {"dtc_log_id": code_id} | row)
            continue
        key = insert_row(connection, table, row)
        code_id = key if table == "dtc_log" else code_id
