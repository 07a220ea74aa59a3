"""Brings the configured database to this version's schema: the stack's migrate container is `python -m obd2_common`."""

import sys

import structlog
from pydantic import ValidationError
from sqlalchemy.exc import SQLAlchemyError

from obd2_common import migrate
from obd2_common.db.database import Database
from obd2_common.errors import Obd2Error
from obd2_common.logging import configure_logging
from obd2_common.settings import CommonSettings

EXIT_REFUSED = 2
EXIT_FAILED = 3

log = structlog.get_logger(__name__)


def main() -> int:
    """Apply what is missing, check the result, and return the exit status."""
    configure_logging("INFO", "json")
    try:
        settings = CommonSettings()
        configure_logging(settings.log_level, settings.log_format)
        database = Database(settings.effective_database_url)
    except ValidationError as error:
        names = sorted(str(fault["loc"][0]).upper() for fault in error.errors() if fault["loc"])
        log.critical("migration_refused", settings=names)
        return EXIT_REFUSED
    except Obd2Error as error:
        log.critical("migration_refused", reason=str(error))
        return EXIT_REFUSED
    try:
        database.ping()
        applied = migrate.upgrade(database)
        revision = migrate.check_schema(database)
    except (Obd2Error, SQLAlchemyError) as error:
        log.critical("migration_failed", error=type(error).__name__, reason=str(error))
        return EXIT_FAILED
    finally:
        database.close()
    log.info("database_migrated", revision=revision, applied=applied)
    return 0


if __name__ == "__main__":
    sys.exit(main())
