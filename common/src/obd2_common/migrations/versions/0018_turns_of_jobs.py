"""whose turn a job is, who asked for it, and until when it may be put off."""

import sqlalchemy as sa
from alembic import op

from obd2_common.db.types import KeyText, UtcDateTime, Whole

revision = '0018'
down_revision = '0017'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('jobs', sa.Column('priority', Whole(), nullable=False, server_default='2'))
    op.add_column('jobs', sa.Column('asked_by', KeyText(length=36), nullable=True))
    op.add_column('jobs', sa.Column('due_by', UtcDateTime(), nullable=True))
    op.create_index('ix_jobs_turn', 'jobs', ['state', 'kind', 'priority', 'due_at'])
    op.drop_index('ix_jobs_due', table_name='jobs')
