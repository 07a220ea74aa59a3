"""distance of drives, and rows left out."""

import sqlalchemy as sa
from alembic import op

revision = '0017'
down_revision = '0016'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('drives', sa.Column('left_out', sa.JSON(none_as_null=True), nullable=True))
    op.add_column('drives', sa.Column('distance_km', sa.Double(), nullable=True))
    op.add_column('drives', sa.Column('distance_unknown_seconds', sa.Double(), nullable=True))
