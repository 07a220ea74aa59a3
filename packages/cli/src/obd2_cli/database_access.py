"""The database the settings name, opened for a command: reachable, or an error that says why not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from obd2_common.database import Database
from obd2_common.errors import ConfigurationError, DatabaseUnavailableError
from obd2_common.settings import CommonSettings


@contextmanager
def open_database(settings: CommonSettings, *, may_create: bool = False) -> Iterator[Database]:
    """Open the database until the block ends.

    Args:
        settings: say which; without DATABASE_URL it is the SQLite file of the data folder.
        may_create: create that file and its folder when they are missing.

    Raises:
        DatabaseUnavailableError: it does not answer. There is never a fall-back to another one.
        ConfigurationError: there is no embedded database and none may be created.
    """
    database = Database(settings.effective_database_url)
    try:
        _prepare_file(database, may_create=may_create)
        try:
            database.ping()
        except DatabaseUnavailableError as error:
            raise DatabaseUnavailableError(_unreachable(database, error)) from error
        yield database
    finally:
        database.close()


def describe_database(database: Database) -> str:
    """Name a database for people, without its password."""
    if database.is_sqlite:
        return f"SQLite, {database.url.database}"
    return database.url.set(query={}, drivername=database.url.get_backend_name()).render_as_string(hide_password=True)


def _prepare_file(database: Database, *, may_create: bool) -> None:
    if not database.is_sqlite or not database.url.database:
        return
    path = Path(database.url.database)
    if may_create:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ConfigurationError(f"the folder {path.parent} cannot be created: {error.strerror}") from error
    elif not path.is_file():
        raise ConfigurationError(f"there is no database {path}: start `obd2 serve`, or run `obd2 migrate` to create it")


def _unreachable(database: Database, error: DatabaseUnavailableError) -> str:
    cause = error.__cause__
    reason = getattr(cause, "orig", cause) if isinstance(cause, SQLAlchemyError) else cause
    if isinstance(cause, DBAPIError) and cause.orig is not None and len(cause.orig.args) > 1:
        reason = cause.orig.args[1]
    said = "" if database.is_sqlite else "; DATABASE_URL names it, so nothing else is used instead"
    return f"the database {describe_database(database)} cannot be used: {reason}{said}"
