"""Statements that are compiled once per engine; those that return nothing reach the server in one go."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Executable
from sqlalchemy.exc import DBAPIError

from obd2_common.db.mysql_connection import MySQLConnection
from obd2_common.db.statement_cache import StatementCache


@dataclass(frozen=True, slots=True)
class Call:
    """A statement and its parameters.

    Args:
        build: a module's function that builds the statement; it may depend on nothing but the connection's engine.
        parameters: a value for each of its parameters, the same names every time.
    """

    build: Callable[[Connection], Executable]
    parameters: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class _Compiled:
    text: str
    places: tuple[tuple[str, Callable[[Any], Any] | None], ...]
    constants: Mapping[str, Any]
    is_positional: bool
    readers: tuple[tuple[int, Callable[[Any], Any]], ...]

    def values(self, parameters: Mapping[str, Any]) -> tuple[Any, ...] | dict[str, Any]:
        """Return the parameters the way the driver wants them."""
        known = {**self.constants, **parameters}
        values = [known[name] if convert is None else convert(known[name]) for name, convert in self.places]
        if self.is_positional:
            return tuple(values)
        return {name: value for (name, _), value in zip(self.places, values, strict=True)}

    def read(self, row: Sequence[Any]) -> tuple[Any, ...]:
        """Return a row as the statement's types say it should be."""
        values = list(row)
        for place, convert in self.readers:
            values[place] = convert(values[place])
        return tuple(values)


_COMPILED = StatementCache[_Compiled]()


def run_pipelined(connection: Connection, calls: Sequence[Call]) -> None:
    """Run statements in their order, none of which returns rows.

    A server gets them all before it has answered the first: a round trip costs more than most of these statements.
    When one fails, the transaction must be given up: those behind it may have been run.

    Raises:
        DBAPIError: of the first that fails, with the values taken out of its message.
    """
    statements = [(_compiled(connection, call), call.parameters) for call in calls]
    if not statements:
        return
    driver: object = connection.connection.dbapi_connection
    if not isinstance(driver, MySQLConnection):
        for compiled, parameters in statements:
            connection.exec_driver_sql(compiled.text, compiled.values(parameters))
        return
    with driver.cursor() as cursor:
        first, *others = [cursor.mogrify(compiled.text, compiled.values(values)) for compiled, values in statements]
    try:
        with driver.followed_by(others):
            connection.exec_driver_sql(first, execution_options={"no_parameters": True})
    except DBAPIError as error:
        error.statement = "; ".join(compiled.text.partition("(")[0] for compiled, _ in statements)
        raise


def fetch(connection: Connection, call: Call) -> list[tuple[Any, ...]]:
    """Run a statement and return its rows."""
    compiled = _compiled(connection, call)
    rows = connection.exec_driver_sql(compiled.text, compiled.values(call.parameters))
    return [compiled.read(row) for row in rows]


def _compiled(connection: Connection, call: Call) -> _Compiled:
    return _COMPILED.get(connection, call.build, lambda: _compile(connection, call))


def _compile(connection: Connection, call: Call) -> _Compiled:
    statement: Any = call.build(connection)
    dialect = connection.dialect
    compiled: Any = statement.compile(dialect=dialect, column_keys=list(call.parameters))
    converters = {
        name: bind.type.dialect_impl(dialect).bind_processor(dialect) for name, bind in compiled.binds.items()
    }
    constants = {name: bind.effective_value for name, bind in compiled.binds.items() if name not in call.parameters}
    names = compiled.positiontup if compiled.positional else list(converters)
    places = tuple((name, converters[name]) for name in names)
    columns = statement.selected_columns if statement.is_select else ()
    processors = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
    readers = tuple((place, convert) for place, convert in enumerate(processors) if convert is not None)
    return _Compiled(str(compiled), places, constants, compiled.positional, readers)
