"""curves."""

import sqlalchemy as sa
from alembic import op

from obd2_common.db.types import Blob, BodyText, KeyText, UtcDateTime

revision = '0013'
down_revision = '0012'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('drives', sa.Column('facts_version', KeyText(length=64), nullable=True))
    op.create_table('drive_series',
    sa.Column('source_device', KeyText(length=255), nullable=False),
    sa.Column('source_epoch', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('drive_key', KeyText(length=64), nullable=False),
    sa.Column('parameter_name', KeyText(length=255), nullable=False),
    sa.Column('unit', BodyText(), nullable=True),
    sa.Column('started_at', UtcDateTime(), nullable=False),
    sa.Column('sample_count', sa.BigInteger(), nullable=False),
    sa.Column('median_interval_seconds', sa.Double(), nullable=True),
    sa.Column('min_value', sa.Double(), nullable=True),
    sa.Column('max_value', sa.Double(), nullable=True),
    sa.Column('packed', Blob, nullable=False),
    sa.PrimaryKeyConstraint('source_device', 'source_epoch', 'drive_key', 'parameter_name'),
    mariadb_charset='utf8mb4',
    mariadb_engine='InnoDB',
    mysql_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    op.create_table('drive_map_cells',
    sa.Column('source_device', KeyText(length=255), nullable=False),
    sa.Column('source_epoch', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('drive_key', KeyText(length=64), nullable=False),
    sa.Column('parameter_name', KeyText(length=255), nullable=False),
    sa.Column('rpm_band', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('load_band', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('sample_count', sa.BigInteger(), nullable=False),
    sa.Column('sum_value', sa.Double(), nullable=True),
    sa.Column('min_value', sa.Double(), nullable=True),
    sa.Column('max_value', sa.Double(), nullable=True),
    sa.PrimaryKeyConstraint('source_device', 'source_epoch', 'drive_key', 'parameter_name', 'rpm_band', 'load_band'),
    mariadb_charset='utf8mb4',
    mariadb_engine='InnoDB',
    mysql_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
