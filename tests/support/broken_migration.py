"""A migration that breaks half-way, after it has deleted rows: what an upgrade has to undo."""

BROKEN_MIGRATION = """
from alembic import op

revision = "9999"
down_revision = "{head}"
branch_labels = None
depends_on = None


def upgrade():
    op.execute("CREATE TABLE left_behind (x INT)")
    op.execute("DELETE FROM realtime_data")
    op.execute("ALTER TABLE nowhere ADD COLUMN x INT")
"""
VERSIONS_IN_IMAGES = "/opt/venv/lib/python3.13/site-packages/obd2_common/migrations/versions"
"""Where the images keep the migrations."""
