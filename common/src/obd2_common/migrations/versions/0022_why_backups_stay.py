"""why each backup stays, and which go when the next one comes."""

import sqlalchemy as sa
from alembic import op

revision = '0022'
down_revision = '0021'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('backups', sa.Column('kept_because', sa.JSON(none_as_null=True), nullable=True))
    op.add_column('backups', sa.Column('goes_next', sa.Boolean(), nullable=True))
