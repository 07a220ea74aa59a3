"""vehicle profiles, and by which one a drive was judged."""

import sqlalchemy as sa
from alembic import op

from obd2_common.db.types import BodyText, KeyText, UtcDateTime

revision = '0019'
down_revision = '0018'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('drives', sa.Column('judged_by', sa.JSON(none_as_null=True), nullable=True))
    op.create_table('vehicle_profiles',
    sa.Column('profile_id', KeyText(length=36), nullable=False),
    sa.Column('source_device', KeyText(length=255), nullable=False),
    sa.Column('begins_at', UtcDateTime(), nullable=True),
    sa.Column('name', KeyText(length=32), nullable=False),
    sa.Column('document', BodyText(), nullable=True),
    sa.Column('chosen_at', UtcDateTime(), nullable=False),
    sa.Column('chosen_by', KeyText(length=64), nullable=True),
    sa.PrimaryKeyConstraint('profile_id'),
    mariadb_charset='utf8mb4',
    mariadb_engine='InnoDB',
    mysql_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    op.create_index('ix_vehicle_profiles_device', 'vehicle_profiles', ['source_device', 'chosen_at'], unique=False)
