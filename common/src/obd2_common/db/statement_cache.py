"""What is made once per engine of a function that builds a statement: building one can cost more than running it."""

from collections.abc import Callable
from typing import Generic, TypeVar
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Dialect, Executable

Made = TypeVar("Made")
Build = Callable[[Connection], Executable]
"""A module's function, not a closure; its statement may depend on nothing but the connection's engine."""


class StatementCache(Generic[Made]):
    """Statements in one form, by engine and by the function that builds them; those of an engine go with it."""

    def __init__(self) -> None:
        self._made: WeakKeyDictionary[Dialect, dict[Build, Made]] = WeakKeyDictionary()

    def get(self, connection: Connection, build: Build, make: Callable[[], Made]) -> Made:
        """Return what was made of a function for a connection's engine, making it the first time."""
        known = self._made.setdefault(connection.dialect, {})
        if build not in known:
            known[build] = make()
        return known[build]
