"""what operators know."""

import sqlalchemy as sa
from alembic import op

from obd2_common.db.types import BodyText, KeyText, UtcDateTime

revision = '0004'
down_revision = '0003'
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table('drive_annotations',
    sa.Column('annotation_id', KeyText(length=36), nullable=False),
    sa.Column('source_device', KeyText(length=255), nullable=False),
    sa.Column('source_epoch', sa.BigInteger(), nullable=False),
    sa.Column('drive_key', KeyText(length=64), nullable=False),
    sa.Column('note', BodyText(), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('annotation_id'),
    mariadb_charset='utf8mb4',
    mariadb_engine='InnoDB',
    mysql_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    op.create_index('ix_drive_annotations_drive', 'drive_annotations', ['source_device', 'source_epoch', 'drive_key', 'created_at'], unique=False)
    op.create_table('reference_drives',
    sa.Column('source_device', KeyText(length=255), nullable=False),
    sa.Column('source_epoch', sa.BigInteger(), autoincrement=False, nullable=False),
    sa.Column('drive_key', KeyText(length=64), nullable=False),
    sa.Column('chosen_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('source_device', 'source_epoch', 'drive_key'),
    mariadb_charset='utf8mb4',
    mariadb_engine='InnoDB',
    mysql_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
    op.create_table('tune_eras',
    sa.Column('source_device', KeyText(length=255), nullable=False),
    sa.Column('name', KeyText(length=64), nullable=False),
    sa.Column('started_at', UtcDateTime(), nullable=False),
    sa.Column('note', BodyText(), nullable=True),
    sa.Column('created_at', UtcDateTime(), nullable=False),
    sa.PrimaryKeyConstraint('source_device', 'name'),
    sa.UniqueConstraint('source_device', 'started_at', name='uq_tune_eras_start'),
    mariadb_charset='utf8mb4',
    mariadb_engine='InnoDB',
    mysql_charset='utf8mb4',
    mysql_engine='InnoDB'
    )
