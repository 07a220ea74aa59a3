"""the order in which backups were received, whatever the clock said."""

import sqlalchemy as sa
from alembic import op

from obd2_common.db.types import Whole

revision = '0016'
down_revision = '0015'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('backups', sa.Column('receipt_number', Whole(), nullable=True))
