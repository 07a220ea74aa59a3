"""model calls."""

import sqlalchemy as sa
from alembic import op

from obd2_common.db.types import BodyText, KeyText, LongText, UtcDateTime

revision = '0003'
down_revision = '0002'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('model_calls',
    sa.Column('analysis_id', KeyText(length=64), nullable=False),
    sa.Column('prompt_version', KeyText(length=16), nullable=False),
    sa.Column('model', KeyText(length=255), nullable=False),
    sa.Column('model_digest', KeyText(length=128), nullable=True),
    sa.Column('system_message', BodyText(), nullable=False),
    sa.Column('user_message', BodyText(), nullable=False),
    sa.Column('response_schema', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('options', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('token_estimate', sa.BigInteger(), nullable=False),
    sa.Column('evidence', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('dropped_evidence', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('started_at', UtcDateTime(), nullable=False),
    sa.Column('waited_seconds', sa.Double(), nullable=False),
    sa.Column('attempts', sa.BigInteger(), nullable=False),
    sa.Column('raw_reply', LongText(), nullable=True),
    sa.Column('usage', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('verdicts', sa.JSON(none_as_null=True), nullable=True),
    sa.Column('failure', KeyText(length=32), nullable=True),
    sa.Column('failure_detail', BodyText(), nullable=True),
    sa.PrimaryKeyConstraint('analysis_id'),
    mariadb_charset='utf8mb4',
    mariadb_engine='InnoDB',
    mysql_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    op.add_column('recommendations', sa.Column('is_duplicate_of', KeyText(length=96), nullable=True))
