"""locks that write, so that the nodes of a cluster see them."""

import sqlalchemy as sa
from alembic import op

from obd2_common.db.types import Whole

revision = '0021'
down_revision = '0020'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('devices', sa.Column('lock_count', Whole(), nullable=True))
    op.add_column('device_epochs', sa.Column('lock_count', Whole(), nullable=True))
