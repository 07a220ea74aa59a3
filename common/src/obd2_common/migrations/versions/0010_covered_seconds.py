"""how long the samples of a statistic speak for."""

import sqlalchemy as sa
from alembic import op

revision = '0010'
down_revision = '0009'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('drive_parameter_statistics', sa.Column('covered_seconds', sa.Double(), nullable=True))
