"""The database the settings name, opened for a command: reachable, or an error that says why not."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy.exc import DBAPIError

from obd2_common.db.database import Database
from obd2_common.errors import ConfigurationError, DatabaseUnavailableError, SchemaMismatchError
from obd2_common.migrate import check_schema, upgrade
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


def bring_up_to_date(database: Database) -> tuple[tuple[str, ...], str]:
    """Migrate a database to this version's schema; return the migrations applied now, and the revision reached.

    Raises:
        SchemaMismatchError: a migration failed, or the database is not what its revision promises.
    """
    try:
        applied = tuple(upgrade(database))
    except DBAPIError as error:
        raise SchemaMismatchError(
            f"the database {describe_database(database)} could not be migrated: {_reason(error)}"
        ) from error
    return applied, check_schema(database)


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
    said = "" if database.is_sqlite else "; DATABASE_URL names it, so nothing else is used instead"
    return f"the database {describe_database(database)} cannot be used: {_reason(error.__cause__)}{said}"


def _reason(cause: BaseException | None) -> str:
    """Return what the engine itself said: the last argument of its error, which never holds SQL or values."""
    original = cause.orig if isinstance(cause, DBAPIError) else cause
    said = original.args[-1] if original is not None and original.args else "it does not answer"
    return str(said)
