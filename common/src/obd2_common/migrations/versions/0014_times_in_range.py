"""times that cannot be calculated with."""

from datetime import datetime

import sqlalchemy as sa
from alembic import op

from obd2_common.db.types import UtcDateTime

revision = '0014'
down_revision = '0013'
branch_labels = None
depends_on = None

EARLIEST = datetime.fromisoformat('1990-01-01T00:00:00+00:00')
LATEST = datetime.fromisoformat('2100-01-01T00:00:00+00:00')
FLAG = 'time_out_of_range'
ROWS = {
    'ai_recommendations': ('timestamp', 'created_at'),
    'alert_log': ('timestamp',),
    'battery_health_log': ('start_timestamp', 'end_timestamp'),
    'calibration_sessions': ('start_time', 'end_time', 'created_at'),
    'connection_log': ('timestamp',),
    'drive_summary': ('drive_start_timestamp',),
    'dtc_freeze_frame': ('captured_at_timestamp_utc',),
    'dtc_log': ('first_seen_timestamp', 'last_seen_timestamp'),
    'profiles': ('created_at', 'updated_at'),
    'realtime_data': ('timestamp',),
    'statistics': ('analysis_date', 'created_at'),
    'vehicle_info': ('created_at', 'updated_at'),
}
DERIVED = {
    'sync_cursors': ('high_water_time',),
    'device_epochs': ('last_drive_end_at',),
    'drives': ('started_at', 'ended_at', 'premint_started_at'),
}


def upgrade() -> None:
    for name, columns in ROWS.items():
        for column in columns:
            flags = sa.column('row_flags', sa.String)
            _forget(name, column, {flags: sa.func.coalesce(flags + f',{FLAG}', FLAG)})
    for name, columns in DERIVED.items():
        for column in columns:
            _forget(name, column, {})


def _forget(name: str, column: str, also: dict[sa.ColumnClause[str], sa.ColumnElement[str]]) -> None:
    """Set a time column to null where it holds what cannot be calculated with; the text beside it stays."""
    table = sa.table(name, sa.column(column, UtcDateTime()), *also)
    moment = table.c[column]
    values = {moment.name: None, **{flags.name: value for flags, value in also.items()}}
    op.execute(table.update().where(sa.or_(moment < EARLIEST, moment >= LATEST)).values(values))
