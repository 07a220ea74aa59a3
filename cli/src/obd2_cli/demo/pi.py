"""The Pi of the demonstration: a database with a healthy and an overheating drive, and a backup of it."""

import gzip
import shutil
import sqlite3
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from obd2_cli.push.wire import DELTA_TABLE_KEYS
from obd2_cli.simulate import DatabasePlan, DriveKind, DrivePlan, Fault, FaultName, write_pi_database
from obd2_common.file_hash import sha256_of

DEVICE = "chi-eclipse-01"
HEALTHY_DRIVE, HOT_DRIVE = 1, 2
_SEED = 1998


@dataclass(frozen=True, slots=True)
class PiDatabase:
    """A Pi's database file.

    Args:
        path: the file.
        rows: how many rows it has to send.
        readings: drive id to its number of readings.
    """

    path: Path
    rows: int
    readings: dict[int, int]


def write_database(path: Path, now: datetime) -> PiDatabase:
    """Simulate yesterday's drive to work and tonight's way home, on which the engine overheats."""
    today = now.astimezone(UTC).replace(microsecond=0)
    healthy = DrivePlan(DriveKind.COLD_START, today - timedelta(hours=26), drive_id=HEALTHY_DRIVE, seed=_SEED)
    hot = DrivePlan(
        DriveKind.HIGHWAY,
        today - timedelta(hours=2),
        drive_id=HOT_DRIVE,
        seed=_SEED + 1,
        faults=(Fault(FaultName.OVERHEATING),),
    )
    write_pi_database(path, DatabasePlan(drives=(healthy, hot), seed=_SEED))
    with closing(sqlite3.connect(path)) as connection:
        rows = sum(
            connection.execute(f"SELECT count(*) FROM {table}").fetchone()[0]  # noqa: S608 - constants
            for table in DELTA_TABLE_KEYS
        )
        readings = dict(connection.execute("SELECT drive_id, count(*) FROM realtime_data GROUP BY drive_id"))
    return PiDatabase(path, rows, readings)


@dataclass(frozen=True, slots=True)
class PiBackup:
    """A backup as the Pi makes it; ``sha256`` is hexadecimal."""

    path: Path
    size_bytes: int
    sha256: str


def write_backup(database: Path, path: Path) -> PiBackup:
    """Compress a database file."""
    with database.open("rb") as source, gzip.open(path, "wb") as target:
        shutil.copyfileobj(source, target)
    return PiBackup(path, path.stat().st_size, sha256_of(path))
