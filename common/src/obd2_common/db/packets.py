"""Whether the database server takes statements as large as ours may become."""

from sqlalchemy import text

from obd2_common.db import dialect
from obd2_common.db.database import Database
from obd2_common.errors import ConfigurationError

NEEDED_BYTES = 16 * 1024 * 1024
"""MariaDB's default; `obd2_common.db.bulk` keeps statements below it."""
_BYTES_PER_MIB = 1024 * 1024


def check_packets(database: Database, needed_bytes: int = NEEDED_BYTES) -> None:
    """Make sure that the server takes statements of a size; a SQLite file takes any.

    Raises:
        ConfigurationError: its max_allowed_packet is smaller; the message says what to set.
    """
    if database.is_sqlite:
        return
    with database.engine.connect() as connection:
        connection.execution_options(**{dialect.READ_ONLY: True})
        allowed_bytes = int(connection.execute(text("SELECT @@max_allowed_packet")).scalar_one())
    if allowed_bytes < needed_bytes:
        raise ConfigurationError(
            f"the database server's max_allowed_packet is {allowed_bytes / _BYTES_PER_MIB:g} MiB, "
            f"{needed_bytes / _BYTES_PER_MIB:g} MiB are needed: set it in the server's configuration and restart it"
        )
