"""trouble codes."""

import sqlalchemy as sa
from alembic import op

from obd2_common.db.types import BodyText, JsonText, KeyText, UtcDateTime

revision = '0012'
down_revision = '0011'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column('drives', sa.Column('is_lamp_on', sa.Boolean(), nullable=True))
    op.create_table('drive_trouble_codes',
    sa.Column('source_device', KeyText(length=255), nullable=False),
    sa.Column('source_epoch', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('drive_key', KeyText(length=64), nullable=False),
    sa.Column('code', KeyText(length=64), nullable=False),
    sa.Column('description', BodyText(), nullable=False),
    sa.Column('status', KeyText(length=16), nullable=False),
    sa.Column('first_seen_at', UtcDateTime(), nullable=True),
    sa.Column('last_seen_at', UtcDateTime(), nullable=True),
    sa.Column('is_new', sa.Boolean(), nullable=False),
    sa.Column('freeze_frame', JsonText, nullable=True),
    sa.Column('freeze_frame_text', BodyText(), nullable=True),
    sa.PrimaryKeyConstraint('source_device', 'source_epoch', 'drive_key', 'code'),
    mariadb_charset='utf8mb4',
    mariadb_engine='InnoDB',
    mysql_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    # Drives computed so far know nothing of codes: each is computed once more, its analysis only where that finds
    # something else than before.
    op.execute(
        "UPDATE jobs SET state = 'queued', reason = 'history_changed', attempts = 0, finished_at = NULL,"
        " revision = revision + 1 WHERE kind = 'drive_facts' AND state IN ('done', 'dead')"
    )
