"""A running MySQL-protocol server as the tests see it: its address, what it is, and when it is ready."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import pymysql
from sqlalchemy.engine import URL, make_url

APP_USER = "obd2"
APP_PASSWORD = "only-for-tests"
DATABASE_PREFIX = "obd2_test"

# Run as administrator once per server: the tests themselves log in as a user without further rights.
GRANT_TEST_DATABASES = f"GRANT ALL ON `obd2\\_test%`.* TO '{APP_USER}'@'{{client_host}}'"


class ServerMissingError(Exception):
    """This machine cannot give the wanted server; the text says why."""


@dataclass(frozen=True)
class DatabaseServer:
    """A server that answers.

    Args:
        product: what the server says it is.
        version: as the server reports it.
        origin: where it came from, for people.
        url: how the tests log in, without a database name.
        only_database: the one database the tests may use; None when they may create their own.
    """

    product: Literal["mysql", "mariadb"]
    version: str
    origin: str
    url: str
    only_database: str | None = None

    def database_url(self, name: str) -> str:
        """Return the address of one database on this server, with the password."""
        return make_url(self.url).set(database=name).render_as_string(hide_password=False)

    def execute(self, *statements: str) -> None:
        """Run statements outside any database, each committed at once."""
        with connect(make_url(self.url)) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def server_url(port: int, *, host: str = "127.0.0.1", user: str = APP_USER, password: str = APP_PASSWORD) -> str:
    """Return the address of a server for one user."""
    url = URL.create("mysql+pymysql", user, password, host, port, query={"charset": "utf8mb4"})
    return url.render_as_string(hide_password=False)


def connect(url: URL) -> "pymysql.Connection[pymysql.cursors.Cursor]":
    """Log in over TCP with autocommit on and short time-outs."""
    return pymysql.connect(
        host=url.host or "127.0.0.1",
        port=url.port or 3306,
        user=url.username,
        password=url.password or "",
        database=url.database,
        charset="utf8mb4",
        autocommit=True,
        connect_timeout=5,
        read_timeout=60,
    )


def describe(url: str, origin: str, only_database: str | None = None) -> DatabaseServer:
    """Ask a server what it is.

    Raises:
        pymysql.Error: when the login or the query fails.
    """
    with connect(make_url(url)) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT VERSION()")
        row = cursor.fetchone()
    version = str(row[0]) if row else ""
    product: Literal["mysql", "mariadb"] = "mariadb" if "mariadb" in version.lower() else "mysql"
    return DatabaseServer(product, version, origin, url, only_database)


def wait_until_ready(url: str, timeout_seconds: float, is_alive: Callable[[], bool]) -> None:
    """Return once a login over TCP and a query work.

    A fresh MySQL says "ready for connections" for its initialising server too, so the log proves nothing.

    Raises:
        ServerMissingError: when the time is over or the server is gone; carries the last refusal.
    """
    deadline = time.monotonic() + timeout_seconds
    while True:
        try:
            describe(url, "")
        except (pymysql.Error, OSError) as error:
            if not is_alive():
                raise ServerMissingError("it ended by itself") from error
            if time.monotonic() > deadline:
                raise ServerMissingError(f"no login within {timeout_seconds:.0f} s: {error}") from error
        else:
            return
        time.sleep(0.1)
