"""The Pi's SQLite schema as it is today: what it syncs, and what it needs beside that to keep its books."""

import sqlite3
from contextlib import closing
from pathlib import Path
from types import MappingProxyType

from obd2_common.errors import InvalidInputError

_UTC_NOW = "(strftime('%Y-%m-%dT%H:%M:%SZ', 'now'))"
_DATA_SOURCE = (
    "data_source TEXT NOT NULL DEFAULT 'real' CHECK (data_source IN ('real', 'replay', 'physics_sim', 'fixture'))"
)

_SNAPSHOT_TABLES = (
    f"""
CREATE TABLE profiles (
    id TEXT PRIMARY KEY,
    name TEXT NOT NULL,
    description TEXT,
    polling_interval_ms INTEGER DEFAULT 1000,
    {_DATA_SOURCE},
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
)""",
    """
CREATE TABLE vehicle_info (
    vin TEXT PRIMARY KEY,
    make TEXT,
    model TEXT,
    year INTEGER,
    engine TEXT,
    fuel_type TEXT,
    transmission TEXT,
    drive_type TEXT,
    body_class TEXT,
    plant_city TEXT,
    plant_country TEXT,
    raw_api_response TEXT,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    updated_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
)""",
)

_DELTA_TABLES = (
    """
CREATE TABLE ai_recommendations (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    timestamp DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    recommendation TEXT NOT NULL,
    priority_rank INTEGER DEFAULT 3 CHECK (priority_rank BETWEEN 1 AND 5),
    is_duplicate_of INTEGER REFERENCES ai_recommendations (id) ON DELETE SET NULL,
    profile_id TEXT REFERENCES profiles (id) ON DELETE SET NULL,
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
)""",
    f"""
CREATE TABLE alert_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    timestamp DATETIME NOT NULL DEFAULT {_UTC_NOW},
    alert_type TEXT NOT NULL,
    parameter_name TEXT NOT NULL,
    value REAL NOT NULL,
    threshold REAL NOT NULL,
    profile_id TEXT REFERENCES profiles (id) ON DELETE SET NULL,
    drive_id INTEGER
)""",
    f"""
CREATE TABLE battery_health_log (
    drain_event_id INTEGER PRIMARY KEY AUTOINCREMENT,
    start_timestamp TEXT NOT NULL DEFAULT {_UTC_NOW},
    end_timestamp TEXT,
    start_soc REAL NOT NULL,
    end_soc REAL,
    start_vcell_v REAL,
    end_vcell_v REAL,
    runtime_seconds INTEGER,
    ambient_temp_c REAL,
    load_class TEXT NOT NULL DEFAULT 'production' CHECK (load_class IN ('production', 'test', 'sim')),
    notes TEXT,
    {_DATA_SOURCE},
    _sync_modified_at TEXT
)""",
    f"""
CREATE TABLE calibration_sessions (
    session_id INTEGER PRIMARY KEY AUTOINCREMENT,
    start_time DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP,
    end_time DATETIME,
    notes TEXT,
    profile_id TEXT REFERENCES profiles (id) ON DELETE SET NULL,
    {_DATA_SOURCE},
    created_at DATETIME NOT NULL DEFAULT CURRENT_TIMESTAMP
)""",
    f"""
CREATE TABLE connection_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    timestamp DATETIME NOT NULL DEFAULT {_UTC_NOW},
    event_type TEXT NOT NULL,
    mac_address TEXT,
    success INTEGER NOT NULL DEFAULT 0,
    error_message TEXT,
    retry_count INTEGER DEFAULT 0,
    {_DATA_SOURCE},
    drive_id INTEGER
)""",
    f"""
CREATE TABLE drive_summary (
    drive_id INTEGER PRIMARY KEY,
    drive_start_timestamp DATETIME NOT NULL DEFAULT {_UTC_NOW},
    ambient_temp_at_start_c REAL,
    starting_battery_v REAL,
    barometric_kpa_at_start REAL,
    {_DATA_SOURCE},
    _sync_modified_at TEXT
)""",
    f"""
CREATE TABLE dtc_freeze_frame (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    dtc_log_id INTEGER,
    captured_at_timestamp_utc DATETIME NOT NULL DEFAULT {_UTC_NOW},
    pid_responses_json TEXT NOT NULL DEFAULT '{{}}',
    vehicle_info_vin TEXT,
    notes TEXT,
    {_DATA_SOURCE}
)""",
    f"""
CREATE TABLE dtc_log (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    dtc_code TEXT NOT NULL,
    description TEXT,
    status TEXT NOT NULL CHECK (status IN ('stored', 'pending', 'cleared')),
    first_seen_timestamp DATETIME NOT NULL DEFAULT {_UTC_NOW},
    last_seen_timestamp DATETIME NOT NULL DEFAULT {_UTC_NOW},
    drive_id INTEGER,
    {_DATA_SOURCE},
    _sync_modified_at TEXT
)""",
    f"""
CREATE TABLE realtime_data (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    timestamp DATETIME NOT NULL DEFAULT {_UTC_NOW},
    parameter_name TEXT NOT NULL,
    value REAL NOT NULL,
    unit TEXT,
    profile_id TEXT REFERENCES profiles (id) ON DELETE SET NULL,
    {_DATA_SOURCE},
    drive_id INTEGER
)""",
    f"""
CREATE TABLE statistics (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    parameter_name TEXT NOT NULL,
    analysis_date DATETIME NOT NULL DEFAULT {_UTC_NOW},
    profile_id TEXT NOT NULL REFERENCES profiles (id) ON DELETE CASCADE,
    max_value REAL,
    min_value REAL,
    avg_value REAL,
    mode_value REAL,
    std_1 REAL,
    std_2 REAL,
    outlier_min REAL,
    outlier_max REAL,
    sample_count INTEGER,
    created_at DATETIME NOT NULL DEFAULT {_UTC_NOW},
    {_DATA_SOURCE},
    drive_id INTEGER
)""",
)

SYNC_LOG_TABLE = """
CREATE TABLE sync_log (
    table_name TEXT PRIMARY KEY,
    last_synced_id INTEGER NOT NULL DEFAULT 0,
    last_synced_at TEXT,
    last_batch_id TEXT,
    status TEXT NOT NULL DEFAULT 'pending' CHECK (status IN ('ok', 'pending', 'failed')),
    last_synced_modified_at TEXT
)"""
"""Where a Pi keeps how far each table has been sent."""

_BOOKKEEPING_TABLES = (
    """
CREATE TABLE drive_counter (
    id INTEGER PRIMARY KEY CHECK (id = 1),
    last_drive_id INTEGER NOT NULL DEFAULT 0
)""",
    SYNC_LOG_TABLE,
)

_INDEXES = (
    "CREATE INDEX realtime_data_by_time ON realtime_data (timestamp)",
    "CREATE INDEX realtime_data_by_profile ON realtime_data (profile_id)",
    "CREATE INDEX realtime_data_by_parameter ON realtime_data (parameter_name, timestamp)",
    "CREATE INDEX realtime_data_by_drive ON realtime_data (drive_id)",
)

RESENT_TABLES = MappingProxyType({"battery_health_log": "drain_event_id", "drive_summary": "drive_id", "dtc_log": "id"})
"""The tables whose later updates are sent again, with their key columns."""


def _modified_trigger(table: str, key: str) -> str:
    """Write the trigger that stamps an updated row, unless the update brought a stamp of its own."""
    return f"""
CREATE TRIGGER {table}_sync_modified AFTER UPDATE ON {table}
FOR EACH ROW WHEN NEW._sync_modified_at IS OLD._sync_modified_at
BEGIN
    UPDATE {table} SET _sync_modified_at = strftime('%Y-%m-%dT%H:%M:%fZ', 'now') WHERE {key} = NEW.{key};
END"""  # noqa: S608 - the names are the constants above


STATEMENTS = (
    *_SNAPSHOT_TABLES,
    *_DELTA_TABLES,
    *_BOOKKEEPING_TABLES,
    *_INDEXES,
    *(_modified_trigger(table, key) for table, key in RESENT_TABLES.items()),
)
"""Everything a fresh Pi database is made of, in the order in which it can be created."""


def create_pi_database(path: Path) -> None:
    """Create an empty Pi database; the folder must exist, the file must not.

    Raises:
        InvalidInputError: something is already at this path, or nothing can be written there.
    """
    if path.exists():
        raise InvalidInputError(f"{path} exists already")
    try:
        with closing(sqlite3.connect(path)) as connection, connection:
            for statement in STATEMENTS:
                connection.execute(statement)
    except sqlite3.OperationalError as error:
        raise InvalidInputError(f"{path} cannot be written: {error}") from error
