"""what operators decided about advice."""

import sqlalchemy as sa
from alembic import op

from obd2_common.db.types import BodyText, KeyText, Real, UtcDateTime

revision = '0020'
down_revision = '0019'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('advice_decisions',
    sa.Column('decision_id', KeyText(length=36), nullable=False),
    sa.Column('source_device', KeyText(length=255), nullable=False),
    sa.Column('rule', KeyText(length=64), nullable=False),
    sa.Column('signal', KeyText(length=96), nullable=False),
    sa.Column('decision', KeyText(length=16), nullable=False),
    sa.Column('reason', BodyText(), nullable=True),
    sa.Column('severity', KeyText(length=16), nullable=True),
    sa.Column('value', Real(), nullable=True),
    sa.Column('threshold', Real(), nullable=True),
    sa.Column('decided_at', UtcDateTime(), nullable=False),
    sa.Column('decided_by', KeyText(length=64), nullable=False),
    sa.PrimaryKeyConstraint('decision_id'),
    mariadb_charset='utf8mb4',
    mariadb_engine='InnoDB',
    mysql_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    op.create_index('ix_advice_decisions_group', 'advice_decisions', ['source_device', 'rule', 'signal', 'decided_at'], unique=False)
