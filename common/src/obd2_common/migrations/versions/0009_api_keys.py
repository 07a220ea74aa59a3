"""api keys."""

import sqlalchemy as sa
from alembic import op

from obd2_common.db.types import KeyText, UtcDateTime

revision = '0009'
down_revision = '0008'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('api_keys',
    sa.Column('key_id', KeyText(length=16), nullable=False),
    sa.Column('name', KeyText(length=64), nullable=False),
    sa.Column('source_device', KeyText(length=255), nullable=True),
    sa.Column('scopes', KeyText(length=32), nullable=False),
    sa.Column('digest', KeyText(length=64), nullable=False),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.Column('expires_at', UtcDateTime(), nullable=True),
    sa.Column('revoked_at', UtcDateTime(), nullable=True),
    sa.Column('last_used_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('key_id'),
    mariadb_charset='utf8mb4',
    mariadb_engine='InnoDB',
    mysql_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    op.create_table('key_rotations',
    sa.Column('rotation_id', KeyText(length=64), nullable=False),
    sa.Column('begun_at', UtcDateTime(), nullable=False),
    sa.Column('previous_used_at', UtcDateTime(), nullable=True),
    sa.PrimaryKeyConstraint('rotation_id'),
    mariadb_charset='utf8mb4',
    mariadb_engine='InnoDB',
    mysql_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
