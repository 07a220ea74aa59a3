"""The servers of one test run: each kind is started when first asked for and stopped at the end."""

from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import asdict
from typing import Any, Literal

import pymysql
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from support.database_container import server_container
from support.database_process import server_process
from support.database_server import DATABASE_PREFIX, DatabaseServer, ServerMissingError, describe
from support.suite_settings import DatabaseKind, SuiteSettings

Product = Literal["mysql", "mariadb"]
PRODUCTS: dict[DatabaseKind, tuple[Product, ...]] = {
    "server": ("mysql", "mariadb"),
    "mysql": ("mysql",),
    "mariadb": ("mariadb",),
}


class ServerPool:
    """Hands out servers by kind.

    Order of preference: TEST_DATABASE_URL, a container of an image that is already here, an installed binary.
    """

    def __init__(self, settings: SuiteSettings, shared: dict[str, Any] | None = None) -> None:
        self._settings = settings
        self._running = ExitStack()
        self._found: dict[DatabaseKind, DatabaseServer] = {}
        self._missing: dict[DatabaseKind, str] = {}
        if shared is not None:
            self._found = {kind: DatabaseServer(**server) for kind, server in shared["found"].items()}
            self._missing = shared["missing"]

    def get(self, kind: DatabaseKind) -> DatabaseServer:
        """Return the server of a kind, started on the first call.

        Raises:
            ServerMissingError: when this machine cannot give one; the same on every call.
        """
        if kind in self._missing:
            raise ServerMissingError(self._missing[kind])
        if kind not in self._found:
            try:
                self._found[kind] = self._running_one(kind) or self._find(kind)
            except ServerMissingError as error:
                self._missing[kind] = str(error)
                raise
        return self._found[kind]

    def _running_one(self, kind: DatabaseKind) -> DatabaseServer | None:
        """Return a server of the right product that another kind started already."""
        servers = (server for server in self._found.values() if server.only_database is None)
        return next((server for server in servers if server.product in PRODUCTS[kind]), None)

    def share(self) -> dict[str, Any]:
        """Start every wanted server and return what another process needs to use them."""
        for kind in dict.fromkeys((*self._settings.databases, *self._settings.server_products)):
            if kind != "sqlite":
                try:
                    server = self.get(kind)
                except ServerMissingError:
                    continue  # remembered, and told by whoever asks for it
                if server.only_database is not None:
                    self._missing[kind] = "several workers cannot share the one database of TEST_DATABASE_URL"
        return {
            "found": {kind: asdict(server) for kind, server in self._found.items()},
            "missing": self._missing,
        }

    def describe(self) -> list[str]:
        """Say in one line each which servers were used."""
        return [f"{kind}: {server.product} {server.version} ({server.origin})" for kind, server in self._found.items()]

    def close(self) -> None:
        """Stop what this pool started."""
        self._running.close()

    def _find(self, kind: DatabaseKind) -> DatabaseServer:
        refusals = []
        for source in self._sources(kind):
            try:
                server = self._running.enter_context(source)
            except ServerMissingError as error:
                refusals.append(str(error))
                continue
            if server.product in PRODUCTS[kind]:
                return server
            refusals.append(f"{server.origin} is {server.product}")
        raise ServerMissingError("; ".join(refusals))

    def _sources(self, kind: DatabaseKind) -> Iterator[AbstractContextManager[DatabaseServer]]:
        if self._settings.database_url is not None:
            yield named_server(self._settings.database_url)
            if kind == "server":
                return  # a configured server that fails is an error, never a reason to take another
        images = {"mysql": self._settings.mysql_image, "mariadb": self._settings.mariadb_image}
        for product in PRODUCTS[kind]:
            yield server_container(images[product])
        for product in PRODUCTS[kind]:
            yield server_process(product)


@contextmanager
def named_server(url: str) -> Iterator[DatabaseServer]:
    """Give the server of TEST_DATABASE_URL.

    The tests make databases of their own there when the user may; otherwise they empty and use the named one,
    whose name therefore has to contain `test`.

    Raises:
        ServerMissingError: when the address is not usable or the server does not answer.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError) as error:
        raise ServerMissingError("TEST_DATABASE_URL is no database address") from error
    if parsed.get_backend_name() not in {"mysql", "mariadb"}:
        raise ServerMissingError("TEST_DATABASE_URL names no MySQL-protocol server")
    bare = parsed.set(drivername="mysql+pymysql", database=None).render_as_string(hide_password=False)
    origin = "TEST_DATABASE_URL"
    try:
        server = describe(bare, origin)
    except pymysql.Error as error:
        raise ServerMissingError(f"TEST_DATABASE_URL: {error}") from error
    probe = f"{DATABASE_PREFIX}_probe"
    try:
        server.execute(f"CREATE DATABASE IF NOT EXISTS {probe}", f"DROP DATABASE {probe}")
    except pymysql.Error as error:
        if "test" not in (parsed.database or ""):
            raise ServerMissingError(
                "the user of TEST_DATABASE_URL may not create databases, and tests may not empty the named one: "
                "its name does not contain `test`"
            ) from error
        server = describe(bare, origin, only_database=parsed.database)
    yield server
