"""what recommendations are about, and which of them repeat one another."""

import sqlalchemy as sa
from alembic import op

from obd2_common.db.types import KeyText, UtcDateTime

revision = '0015'
down_revision = '0014'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('recommendations', sa.Column('rule', KeyText(length=64), nullable=True))
    op.add_column('recommendations', sa.Column('signal', KeyText(length=96), nullable=True))
    op.add_column('recommendations', sa.Column('severity', KeyText(length=16), nullable=True))
    op.add_column('recommendations', sa.Column('drive_started_at', UtcDateTime(), nullable=True))
    op.add_column('recommendations', sa.Column('first_seen_at', UtcDateTime(), nullable=True))
    op.add_column('recommendations', sa.Column('occurrences', sa.BigInteger(), nullable=True))
    op.add_column('recommendations', sa.Column('superseded_by', KeyText(length=96), nullable=True))
    op.execute('UPDATE recommendations SET superseded_by = is_duplicate_of, occurrences = 1')
