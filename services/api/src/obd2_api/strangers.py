"""Connections that have shown no key yet: few are kept, and the oldest idle one goes when another comes."""

from collections import Counter
from collections.abc import Callable
from typing import Protocol

from starlette.types import Scope

MOST_STRANGERS = 256
"""In sum, far below what a process may open."""
MOST_STRANGERS_PER_ADDRESS = 64
_RECOGNISED = "obd2_recognised"


class Connection(Protocol):
    """What is asked of a connection."""

    @property
    def is_idle(self) -> bool:
        """Tell whether no request of it is being answered."""

    def drop(self) -> None:
        """End it at once."""


class Strangers:
    """The connections of one server whose client nobody knows, oldest first."""

    def __init__(self) -> None:
        self._address_of: dict[Connection, str] = {}
        self._count_of: Counter[str] = Counter()

    def add(self, connection: Connection, address: str, *, is_counted: bool) -> None:
        """Take in a connection, and drop another one if there are too many now.

        Args:
            connection: which has just been made.
            address: of its client.
            is_counted: whether the address has a bound of its own; one that speaks for many has none.
        """
        if is_counted and self._count_of[address] >= MOST_STRANGERS_PER_ADDRESS:
            self._drop_one(lambda other: other == address)
        elif len(self._address_of) >= MOST_STRANGERS:
            self._drop_one(lambda _other: True)
        self._address_of[connection] = address
        self._count_of[address] += 1

    def remove(self, connection: Connection) -> None:
        """Forget a connection: it has shown a key, or is over. Doing it again changes nothing."""
        address = self._address_of.pop(connection, None)
        if address is None:
            return
        self._count_of[address] -= 1
        if not self._count_of[address]:
            del self._count_of[address]

    def _drop_one(self, is_meant: Callable[[str], bool]) -> None:
        meant = [connection for connection, address in self._address_of.items() if is_meant(address)]
        dropped = next((connection for connection in meant if connection.is_idle), meant[0])
        self.remove(dropped)
        dropped.drop()


def watch(scope: Scope, recognised: Callable[[], None]) -> None:
    """Have something called when a request turns out to be from somebody known."""
    scope["state"][_RECOGNISED] = recognised


def recognise(scope: Scope) -> None:
    """Tell the connection of a request that its client has shown a right key."""
    recognised: Callable[[], None] | None = scope.get("state", {}).get(_RECOGNISED)
    if recognised is not None:
        recognised()
