"""What the wire carries for each synced table: its columns, its key on the Pi and what makes a row itself.

To accept another column: a line in `obd2_common.tables.synced` and a migration. For another table: a class there, an
entry here, a migration.
"""

from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from sqlalchemy import BigInteger, Double, Table
from sqlalchemy.types import TypeEngine
from sqlmodel import SQLModel

from obd2_common.db.types import BodyText, KeyText, UtcDateTime
from obd2_common.tables import synced
from obd2_common.tables.synced import SyncedTextRow


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

    Its columns are those of the table class that the Pi fills, in the Pi's order.

    Args:
        model: the table class that stores the rows.
        identity: columns whose content never changes once written; a stored id that comes back with other content
            in them tells a rebuilt Pi database from a row sent again. Empty where any column may change.
        key: the member of a wire row that holds the Pi's key.
        has_text_key: the key is a text (otherwise a 64-bit whole number).
        choices: column -> values the Pi can send; another value is stored and flagged.
    """

    model: type[SQLModel]
    identity: tuple[str, ...] = ()
    key: str = "id"
    has_text_key: bool = False
    choices: dict[str, frozenset[str]] = field(default_factory=dict)
    columns: dict[str, Kind] = field(init=False)
    """Wire column -> kind; a TIME column fills ``<name>`` (UTC) and ``<name>_raw``."""

    def __post_init__(self) -> None:
        """Read the columns off the table class."""
        object.__setattr__(self, "columns", _wire_columns(self.model))

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


_KINDS: dict[type[TypeEngine[Any]], Kind] = {
    BodyText: Kind.TEXT,
    KeyText: Kind.NAME,
    BigInteger: Kind.WHOLE,
    Double: Kind.REAL,
    UtcDateTime: Kind.TIME,
}


def _wire_columns(model: type[SQLModel]) -> dict[str, Kind]:
    """Return the columns the Pi fills: neither the server's own nor the raw texts beside the times."""
    columns = model.__table__.columns  # type: ignore[attr-defined]
    own = SyncedTextRow.model_fields
    kinds = {column.name: _KINDS[type(column.type)] for column in columns if column.name not in own}
    raw_texts = {f"{name}_raw" for name, kind in kinds.items() if kind is Kind.TIME}
    return {name: kind for name, kind in kinds.items() if name not in raw_texts}


DATA_SOURCES = frozenset({"real", "replay", "physics_sim", "fixture"})

_TABLES = (
    SyncedTable(
        synced.AiRecommendation,
        identity=("timestamp", "recommendation"),
    ),
    SyncedTable(
        synced.AlertLog,
        identity=("timestamp", "alert_type", "parameter_name", "value"),
    ),
    SyncedTable(
        synced.BatteryHealthLog,
        identity=("start_timestamp",),
        choices={"data_source": DATA_SOURCES, "load_class": frozenset({"production", "test", "sim"})},
    ),
    SyncedTable(
        synced.CalibrationSession,
        identity=("start_time",),
        choices={"data_source": DATA_SOURCES},
    ),
    SyncedTable(
        synced.ConnectionLog,
        identity=("timestamp", "event_type"),
        choices={"data_source": DATA_SOURCES},
    ),
    SyncedTable(
        synced.DriveSummary,
        identity=("drive_start_timestamp",),
        choices={"data_source": DATA_SOURCES},
    ),
    SyncedTable(
        synced.DtcFreezeFrame,
        identity=("dtc_log_id", "captured_at_timestamp_utc"),
        choices={"data_source": DATA_SOURCES},
    ),
    SyncedTable(
        synced.DtcLog,
        identity=("dtc_code", "first_seen_timestamp"),
        choices={"data_source": DATA_SOURCES, "status": frozenset({"stored", "pending", "cleared"})},
    ),
    SyncedTable(
        synced.RealtimeData,
        identity=("timestamp", "parameter_name", "value"),
        choices={"data_source": DATA_SOURCES},
    ),
    SyncedTable(
        synced.Statistics,
        identity=("parameter_name", "analysis_date"),
        choices={"data_source": DATA_SOURCES},
    ),
    SyncedTable(
        synced.Profile,
        has_text_key=True,
        choices={"data_source": DATA_SOURCES},
    ),
    SyncedTable(
        synced.VehicleInfo,
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
