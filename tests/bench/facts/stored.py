"""Fills a server database with readings the way ingest leaves them, quickly."""

from sqlalchemy import text

from obd2_common.db.database import Database
from obd2_common.jobs.queue import DRIVE_FACTS, QUEUED

CAR = "bench-car"
BEGAN_AT = "2026-06-01 12:00:00"
ROWS_A_SECOND = 7.5
COLUMNS = (
    "source_device, source_epoch, source_id, synced_at, sync_batch_id, timestamp_raw, timestamp, parameter_name, value,"
    " unit, profile_id, data_source, drive_id"
)

_PARAMETERS = (
    ("RPM", "revolutions_per_minute", "2200 + 300 * SIN({n} / 400)"),
    ("SPEED", "kilometer_per_hour", "60 + 20 * SIN({n} / 500)"),
    ("COOLANT_TEMP", "degree_Celsius", "LEAST(89, 20 + {n} / 40)"),
    ("ENGINE_LOAD", "percent", "35 + 25 * SIN({n} / 90)"),
    ("THROTTLE_POS", "percent", "0.7843137254901961"),
    ("INTAKE_TEMP", "degree_Celsius", "30"),
    ("MAF", "gps", "12 + 3 * SIN({n} / 400)"),
    ("SHORT_FUEL_TRIM_1", "percent", "0.78125 * SIN({n})"),
    ("LONG_FUEL_TRIM_1", "percent", "-0.78125"),
    ("TIMING_ADVANCE", "degree", "15"),
    ("O2_B1S1", "volt", "0.45 + 0.35 * SIN({n})"),
    ("BATTERY_V", "V", "14.1"),
    ("FUEL_SYSTEM_STATUS", "CL", "2"),
)


def know_car(database: Database, device: str = CAR) -> None:
    """Make a device known, as its first request does."""
    _execute(
        database,
        "INSERT INTO devices (source_device, display_name, open_epoch, first_seen_at, last_seen_at, request_count,"
        " empty_request_count) VALUES (:device, :device, 1, :at, :at, 0, 0)",
        device=device,
        at=BEGAN_AT,
    )
    _execute(
        database,
        "INSERT INTO device_epochs (source_device, source_epoch, opened_at, reason, drive_counter, max_drive_id,"
        " ended_drive_id) VALUES (:device, 1, :at, 'bench', 0, 0, 0)",
        device=device,
        at=BEGAN_AT,
    )


def add_drive(database: Database, drive_id: int, rows: int, *, first_id: int, device: str = CAR) -> None:
    """Store one drive of so many readings, thirteen parameters in turn; drives of one car are a day apart."""
    number = "n.seq"
    cases = {
        "parameter_name": " ".join(f"WHEN {place} THEN '{name}'" for place, (name, _, _) in enumerate(_PARAMETERS)),
        "unit": " ".join(f"WHEN {place} THEN '{unit}'" for place, (_, unit, _) in enumerate(_PARAMETERS)),
        "value": " ".join(
            f"WHEN {place} THEN {formula.format(n=number)}" for place, (_, _, formula) in enumerate(_PARAMETERS)
        ),
    }
    which = f"CASE MOD({number}, {len(_PARAMETERS)})"
    moment = f"TIMESTAMPADD(SECOND, FLOOR({number} / {ROWS_A_SECOND}), TIMESTAMPADD(DAY, {drive_id}, '{BEGAN_AT}'))"
    columns = [
        ":device, 1",
        f"{first_id} + {number}",
        "'2026-09-01 00:00:00', 'bench'",
        f"DATE_FORMAT({moment}, '%Y-%m-%dT%H:%i:%SZ')",
        moment,
        f"{which} {cases['parameter_name']} END",
        f"{which} {cases['value']} END",
        f"{which} {cases['unit']} END",
        "'daily', 'real'",
        str(drive_id),
    ]
    listed = f"SELECT {', '.join(columns)} FROM {_numbers(rows)} WHERE seq < {rows}"  # noqa: S608 - our own words
    _execute(database, f"INSERT INTO realtime_data ({COLUMNS}) {listed}", device=device)


def _numbers(count: int) -> str:
    """Return a table of at least so many numbers from 0, of the cross product of digits."""
    digits = " UNION ALL ".join(f"SELECT {digit} AS d" for digit in range(10))
    places = range(len(str(count - 1)))
    tables = ", ".join(f"({digits}) AS place{place}" for place in places)
    total = " + ".join(f"place{place}.d * {10**place}" for place in places)
    return f"(SELECT {total} AS seq FROM {tables}) AS n"  # noqa: S608 - our own words


def queue_drive(database: Database, drive_id: int) -> None:
    """Leave the job that computes a drive."""
    _execute(
        database,
        "REPLACE INTO jobs (job_id, kind, dedupe_key, source_device, source_epoch, drive_id, reason, state, revision,"
        " due_at, attempts, fencing_token, created_at, updated_at)"
        " VALUES (:id, :kind, :key, :device, 1, :drive, 'bench', :state, 1, :at, 0, 0, :at, :at)",
        kind=DRIVE_FACTS,
        state=QUEUED,
        id=f"bench-{drive_id}",
        key=f"{DRIVE_FACTS}:1:{drive_id}:{CAR}",
        device=CAR,
        drive=drive_id,
        at=BEGAN_AT,
    )


def _execute(database: Database, statement: str, **values: object) -> None:
    database.run(lambda session: session.connection().execute(text(statement), values))
