"""devices under one id."""

import sqlalchemy as sa
from alembic import op

from obd2_common.db.types import UtcDateTime

revision = '0008'
down_revision = '0007'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('devices', sa.Column('shared_id_suspected_at', UtcDateTime(), nullable=True))
