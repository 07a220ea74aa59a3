"""What the wire carries for each synced table: its columns, its key on the Pi and what makes a row itself.

To accept another table: a class in `obd2_common.tables.synced`, an entry here, a migration.
"""

from dataclasses import dataclass, field
from enum import Enum

from sqlalchemy import Table
from sqlmodel import SQLModel

from obd2_common.tables import synced


class Kind(Enum):
    """What a column of the wire holds."""

    TEXT = "text"
    NAME = "name"
    WHOLE = "whole"
    REAL = "real"
    TIME = "time"


@dataclass(frozen=True, slots=True)
class SyncedTable:
    """One synced table as the Pi sends it.

    Args:
        model: the table class that stores the rows.
        columns: wire column -> kind, in the Pi's order; a TIME column fills ``<name>`` (UTC) and ``<name>_raw``.
        identity: columns whose content never changes once written; a stored id that comes back with other content
            in them tells a rebuilt Pi database from a row sent again. Empty where any column may change.
        key: the member of a wire row that holds the Pi's key.
        has_text_key: the key is a text (otherwise a 64-bit whole number).
        choices: column -> values the Pi can send; another value is stored and flagged.
    """

    model: type[SQLModel]
    columns: dict[str, Kind]
    identity: tuple[str, ...] = ()
    key: str = "id"
    has_text_key: bool = False
    choices: dict[str, frozenset[str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Return the table's name, the same on the Pi, on the wire and here."""
        return self.table.name

    @property
    def table(self) -> Table:
        """Return the SQLAlchemy table."""
        table: Table = self.model.__table__  # type: ignore[attr-defined]
        return table

    @property
    def time_column(self) -> str | None:
        """Return the column that orders the rows in time, the first TIME column."""
        return next((name for name, kind in self.columns.items() if kind is Kind.TIME), None)


TEXT, NAME, WHOLE, REAL, TIME = Kind.TEXT, Kind.NAME, Kind.WHOLE, Kind.REAL, Kind.TIME
DATA_SOURCES = frozenset({"real", "replay", "physics_sim", "fixture"})

_TABLES = (
    SyncedTable(
        synced.AiRecommendation,
        {
            "timestamp": TIME,
            "recommendation": TEXT,
            "priority_rank": WHOLE,
            "is_duplicate_of": WHOLE,
            "profile_id": NAME,
            "created_at": TIME,
        },
        identity=("timestamp", "recommendation"),
    ),
    SyncedTable(
        synced.AlertLog,
        {
            "timestamp": TIME,
            "alert_type": TEXT,
            "parameter_name": NAME,
            "value": REAL,
            "threshold": REAL,
            "profile_id": NAME,
            "drive_id": WHOLE,
        },
        identity=("timestamp", "alert_type", "parameter_name", "value"),
    ),
    SyncedTable(
        synced.BatteryHealthLog,
        {
            "start_timestamp": TIME,
            "end_timestamp": TIME,
            "start_soc": REAL,
            "end_soc": REAL,
            "start_vcell_v": REAL,
            "end_vcell_v": REAL,
            "runtime_seconds": WHOLE,
            "ambient_temp_c": REAL,
            "load_class": TEXT,
            "notes": TEXT,
            "data_source": NAME,
        },
        identity=("start_timestamp",),
        choices={"data_source": DATA_SOURCES, "load_class": frozenset({"production", "test", "sim"})},
    ),
    SyncedTable(
        synced.CalibrationSession,
        {
            "start_time": TIME,
            "end_time": TIME,
            "notes": TEXT,
            "profile_id": NAME,
            "data_source": NAME,
            "created_at": TIME,
        },
        identity=("start_time",),
        choices={"data_source": DATA_SOURCES},
    ),
    SyncedTable(
        synced.ConnectionLog,
        {
            "timestamp": TIME,
            "event_type": NAME,
            "mac_address": TEXT,
            "success": WHOLE,
            "error_message": TEXT,
            "retry_count": WHOLE,
            "data_source": NAME,
            "drive_id": WHOLE,
        },
        identity=("timestamp", "event_type"),
        choices={"data_source": DATA_SOURCES},
    ),
    SyncedTable(
        synced.DriveSummary,
        {
            "drive_start_timestamp": TIME,
            "ambient_temp_at_start_c": REAL,
            "starting_battery_v": REAL,
            "barometric_kpa_at_start": REAL,
            "data_source": NAME,
        },
        identity=("drive_start_timestamp",),
        choices={"data_source": DATA_SOURCES},
    ),
    SyncedTable(
        synced.DtcFreezeFrame,
        {
            "dtc_log_id": WHOLE,
            "captured_at_timestamp_utc": TIME,
            "pid_responses_json": TEXT,
            "vehicle_info_vin": TEXT,
            "notes": TEXT,
            "data_source": NAME,
        },
        identity=("dtc_log_id", "captured_at_timestamp_utc"),
        choices={"data_source": DATA_SOURCES},
    ),
    SyncedTable(
        synced.DtcLog,
        {
            "dtc_code": NAME,
            "description": TEXT,
            "status": TEXT,
            "first_seen_timestamp": TIME,
            "last_seen_timestamp": TIME,
            "drive_id": WHOLE,
            "data_source": NAME,
        },
        identity=("dtc_code", "first_seen_timestamp"),
        choices={"data_source": DATA_SOURCES, "status": frozenset({"stored", "pending", "cleared"})},
    ),
    SyncedTable(
        synced.RealtimeData,
        {
            "timestamp": TIME,
            "parameter_name": NAME,
            "value": REAL,
            "unit": TEXT,
            "profile_id": NAME,
            "data_source": NAME,
            "drive_id": WHOLE,
        },
        identity=("timestamp", "parameter_name", "value"),
        choices={"data_source": DATA_SOURCES},
    ),
    SyncedTable(
        synced.Statistics,
        {
            "parameter_name": NAME,
            "analysis_date": TIME,
            "profile_id": NAME,
            "max_value": REAL,
            "min_value": REAL,
            "avg_value": REAL,
            "mode_value": REAL,
            "std_1": REAL,
            "std_2": REAL,
            "outlier_min": REAL,
            "outlier_max": REAL,
            "sample_count": WHOLE,
            "created_at": TIME,
            "data_source": NAME,
            "drive_id": WHOLE,
        },
        identity=("parameter_name", "analysis_date"),
        choices={"data_source": DATA_SOURCES},
    ),
    SyncedTable(
        synced.Profile,
        {
            "name": TEXT,
            "description": TEXT,
            "polling_interval_ms": WHOLE,
            "data_source": NAME,
            "created_at": TIME,
            "updated_at": TIME,
        },
        has_text_key=True,
        choices={"data_source": DATA_SOURCES},
    ),
    SyncedTable(
        synced.VehicleInfo,
        {
            "vin": TEXT,
            "make": TEXT,
            "model": TEXT,
            "year": WHOLE,
            "engine": TEXT,
            "fuel_type": TEXT,
            "transmission": TEXT,
            "drive_type": TEXT,
            "body_class": TEXT,
            "plant_city": TEXT,
            "plant_country": TEXT,
            "raw_api_response": TEXT,
            "created_at": TIME,
            "updated_at": TIME,
        },
        key="vin",
        has_text_key=True,
    ),
)

SYNCED_TABLES: dict[str, SyncedTable] = {table.name: table for table in _TABLES}
"""Wire name -> table, alphabetical but for the two snapshot tables at the end."""

DELTA_TABLES = tuple(name for name, table in SYNCED_TABLES.items() if not table.has_text_key)
"""The ten tables the Pi sends by cursor, in the order it sends them."""

PI_ONLY_TABLES = frozenset({"battery_log", "power_log"})
"""Tables that by contract never leave the Pi; a request that names one is refused as a whole."""
