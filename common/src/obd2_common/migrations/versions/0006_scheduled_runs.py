"""scheduled runs."""

import sqlalchemy as sa
from alembic import op

from obd2_common.db.types import KeyText, UtcDateTime

revision = '0006'
down_revision = '0005'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('scheduled_runs',
    sa.Column('task', KeyText(length=32), nullable=False),
    sa.Column('slot', KeyText(length=32), nullable=False),
    sa.Column('instance', KeyText(length=128), nullable=False),
    sa.Column('started_at', UtcDateTime(), nullable=False),
    sa.Column('finished_at', UtcDateTime(), nullable=True),
    sa.Column('outcome', KeyText(length=16), nullable=False),
    sa.Column('details', sa.JSON(none_as_null=True), nullable=True),
    sa.PrimaryKeyConstraint('task', 'slot'),
    mariadb_charset='utf8mb4',
    mariadb_engine='InnoDB',
    mysql_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
