"""What MySQL, MariaDB and SQLite do differently: connections, error codes, upserts, locks.

Column types are in `obd2_common.db.types`, loading many rows in `obd2_common.db.bulk`.
"""

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any, TypeVar, cast

from sqlalchemy import Connection, Engine, Executable, Insert, Table, create_engine, event
from sqlalchemy.dialects import mysql, sqlite
from sqlalchemy.engine import URL, ExceptionContext, make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.sql.elements import ColumnElement

from obd2_common.db.mysql_connection import MySQLConnection
from obd2_common.db.statement_cache import StatementCache
from obd2_common.db.types import MYSQL_DIALECTS
from obd2_common.errors import ConfigurationError

Statement = TypeVar("Statement", bound=Executable)

_PREPARED = StatementCache[Executable]()

READ_ONLY = "obd2_read_only"
"""Execution option of a connection that will not write, so that SQLite need not take its write lock."""

_CONFLICT_CODES = frozenset({1020, 1180, 1205, 1213, 3101, 3572})
"""Record changed since read, refused by other nodes at commit (Galera and group replication), lock wait time-out,
deadlock, lock not available."""
_NODE_CODES = frozenset({1047, 1290, 1836})
"""A node that is not ready, or only reads: another one may take the work."""
_LOST_CODES = _NODE_CODES | frozenset(
    {1040, 1053, 1152, 1158, 1159, 1160, 1161, 1203, 1927, 2002, 2003, 2006, 2013, 2014, 2055}
)
"""Too many connections, server going away, or the connection to it broken."""

_DATA_CODES = frozenset({1118, 1264, 1292, 1366, 1367, 1406, 3140, 3141, 3156, 3157, 3903, 4025})
"""A value the column cannot hold: range, length, encoding, JSON, MariaDB's check that JSON is JSON."""

_SEVERAL_HOSTS = (
    "DATABASE_URL names several hosts; give one address, for a cluster that of a proxy such as HAProxy in front of it"
)


def normalise_url(text: str) -> URL:
    """Parse a database URL, choosing PyMySQL and utf8mb4 for the MySQL protocol.

    Raises:
        ConfigurationError: the URL cannot be parsed, or names several hosts or an engine that is not supported.
    """
    try:
        url = make_url(text)
    except (ArgumentError, ValueError) as error:  # ValueError: a port that is no number
        reason = _SEVERAL_HOSTS if "," in text.rpartition("@")[2] else "DATABASE_URL is not a database URL"
        raise ConfigurationError(reason) from error
    engine_name = url.get_backend_name()
    if engine_name == "sqlite":
        return url
    if "," in (url.host or "") or isinstance(url.query.get("host"), tuple):
        raise ConfigurationError(_SEVERAL_HOSTS)
    if engine_name in MYSQL_DIALECTS:
        return url.set(drivername=f"{engine_name}+pymysql").update_query_dict({"charset": "utf8mb4"})
    raise ConfigurationError(f"DATABASE_URL names {engine_name}; only mysql, mariadb and sqlite are supported")


def engine_options(url: URL) -> dict[str, Any]:
    """Return the `create_engine` arguments that suit the engine behind a URL."""
    if url.get_backend_name() == "sqlite":
        return {"connect_args": {"timeout": 10, "check_same_thread": False}}
    return {
        "isolation_level": "READ COMMITTED",
        "pool_size": 10,
        "max_overflow": 20,
        "pool_timeout": 10,
        "pool_recycle": 1800,
        # A transaction that is open when its connection is given back is rolled back by SQLAlchemy's connection; the
        # pool would send another ROLLBACK after every COMMIT.
        "pool_reset_on_return": None,
        "connect_args": {
            "connect_timeout": 3,
            "read_timeout": 60,
            "write_timeout": 60,
            "init_command": "SET SESSION sql_mode='STRICT_ALL_TABLES,NO_ENGINE_SUBSTITUTION', time_zone='+00:00', "
            "innodb_lock_wait_timeout=10, group_concat_max_len=33554432",
        },
    }


def patient_engine(url: URL) -> Engine:
    """Build an engine whose statements may take hours, as changes of large tables do."""
    options = engine_options(url)
    if url.get_backend_name() != "sqlite":
        options["connect_args"] |= {"read_timeout": None, "write_timeout": None}
    engine = create_engine(url, hide_parameters=True, **options)
    install_events(engine)
    return engine


def install_events(engine: Engine) -> None:
    """Give SQLite durable WAL journalling and transactions that take the write lock at once, others fast loading."""
    if engine.dialect.name == "sqlite":
        _install_sqlite_events(engine)
        return

    @event.listens_for(engine, "do_connect")
    def _connect(_dialect: object, _record: object, arguments: Any, options: Any) -> MySQLConnection:  # noqa: ANN401
        return MySQLConnection(*arguments, **options)

    @event.listens_for(engine, "handle_error")
    def _on_error(context: ExceptionContext) -> None:
        if error_code(context.original_exception) in _NODE_CODES:
            # The pool gives up all its connections to that node: the next one is made where the address leads then.
            context.is_disconnect = True

    @event.listens_for(engine, "connect")
    def _on_connect(connection: MySQLConnection, _record: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT @@GLOBAL.local_infile")
            connection.may_load_data = cursor.fetchone() == (1,)


def _install_sqlite_events(engine: Engine) -> None:
    @event.listens_for(engine, "connect")
    def _on_connect(connection: Any, _record: object) -> None:  # noqa: ANN401 - a DBAPI connection
        connection.isolation_level = None
        for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON"):
            connection.execute(f"PRAGMA {pragma}").close()

    @event.listens_for(engine, "begin")
    def _on_begin(connection: Connection) -> None:
        is_read_only = connection.get_execution_options().get(READ_ONLY, False)
        connection.exec_driver_sql("BEGIN" if is_read_only else "BEGIN IMMEDIATE")


def error_code(error: BaseException) -> int | None:
    """Return the server's error number of a database error, if it has one."""
    original = getattr(error, "orig", error)
    arguments = getattr(original, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else None


def is_transient(error: DBAPIError) -> bool:
    """Tell whether the same transaction may succeed when it is run again from its start."""
    if error.connection_invalidated:
        return True
    code = error_code(error)
    if code is not None:
        return code in _CONFLICT_CODES or code in _LOST_CODES
    if isinstance(error, InterfaceError):
        return "closed" in str(error.orig)
    return isinstance(error, OperationalError) and "locked" in str(error.orig)


def is_data_error(error: DBAPIError) -> bool:
    """Tell whether the values are at fault, so that other rows may still be stored."""
    return isinstance(error, DataError) or error_code(error) in _DATA_CODES


def is_lost(error: DBAPIError) -> bool:
    """Tell whether the connection to the database is gone or could not be made."""
    return error.connection_invalidated or error_code(error) in _LOST_CODES


def upsert(
    connection: Connection,
    table: Table,
    *,
    key: Sequence[str],
    update: Mapping[str, ColumnElement[Any]] | Sequence[str],
) -> Insert:
    """Build an INSERT that updates the row already there.

    Args:
        connection: tells the engine.
        table: where to write.
        key: the columns of the unique key that may collide (MySQL looks at every unique key).
        update: columns that take the new value, or column -> expression. In expressions, `incoming` gives the new
            value and ``table.c`` the stored one.
    """
    new = incoming(connection, table)
    values = dict(update) if isinstance(update, Mapping) else {name: new[name] for name in update}
    if connection.dialect.name in MYSQL_DIALECTS:
        # Nothing to update is a key set to itself: INSERT IGNORE would also cut texts that are too long.
        assignments = values or {key[0]: table.c[key[0]]}
        # A list keeps the order: MySQL evaluates assignments from left to right.
        return _mysql_insert(table).on_duplicate_key_update(list(assignments.items()))
    lite = sqlite.insert(table)
    if not values:
        return lite.on_conflict_do_nothing(index_elements=list(key))
    return lite.on_conflict_do_update(index_elements=list(key), set_=values)


def incoming(connection: Connection, table: Table) -> Any:  # noqa: ANN401 - a column collection of either dialect
    """Return the columns of the row being inserted, for use in the expressions given to `upsert`."""
    if connection.dialect.name in MYSQL_DIALECTS:
        return _mysql_insert(table).inserted
    return sqlite.insert(table).excluded


@cache
def _mysql_insert(table: Table) -> mysql.Insert:
    # SQLAlchemy recognises the new row's columns only when they come from the statement they are used in.
    return mysql.insert(table)


def prepared(connection: Connection, build: Callable[[Connection], Statement]) -> Statement:
    """Return a statement, building it once per engine: building one can cost more than running it.

    Args:
        connection: tells the engine.
        build: a module's function, not a closure; the statement may depend on nothing but the connection's engine.
    """
    return cast("Statement", _PREPARED.get(connection, build, lambda: build(connection)))


def skip_locked(connection: Connection) -> bool:
    """Tell whether the engine can lock rows one by one (SQLite locks the whole file instead)."""
    return connection.dialect.name in MYSQL_DIALECTS
