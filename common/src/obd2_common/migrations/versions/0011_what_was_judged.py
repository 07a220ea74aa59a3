"""what was judged."""

import sqlalchemy as sa
from alembic import op

from obd2_common.db.types import BodyText

revision = '0011'
down_revision = '0010'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('drives', sa.Column('ungraded_because', BodyText(), nullable=True))
    op.add_column('drives', sa.Column('judged_rule_count', sa.BigInteger(), nullable=True))
    op.add_column('drives', sa.Column('not_judged', sa.JSON(none_as_null=True), nullable=True))
