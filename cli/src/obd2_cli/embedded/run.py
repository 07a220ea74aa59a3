"""Run the three services in one process: start them in order, serve until told to stop, stop them in order."""

import signal
import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from types import FrameType

from uvicorn import Server

from obd2_api.listener import open_listener
from obd2_api.server import run_server
from obd2_cli.api_key import make_key, read_key
from obd2_cli.data_folder import DataFolder
from obd2_cli.database_access import bring_up_to_date, describe_database, open_database
from obd2_cli.embedded.local_url import local_url
from obd2_cli.embedded.services import services
from obd2_cli.embedded.settings import EmbeddedSettings
from obd2_common.errors import ConfigurationError
from obd2_common.open_files import allow_open_files


@dataclass(frozen=True, slots=True)
class Started:
    """What a person wants to know about a server that just started.

    Args:
        url: where this machine reaches it.
        database: its database, without password.
        revision: of the schema.
        applied: the migrations that were applied just now.
        settings: what it runs on, the key included.
        is_key_configured: whether the key came from the settings, not from the data folder.
        new_key: the key, when it was made just now.
    """

    url: str
    database: str
    revision: str
    applied: tuple[str, ...]
    settings: EmbeddedSettings
    is_key_configured: bool
    new_key: str | None


def run_embedded(settings: EmbeddedSettings, on_started: Callable[[Started], None]) -> None:
    """Serve until SIGTERM or SIGINT, then stop: first the api, once its requests are answered, then who works for it.

    Args:
        settings: without a key, the one of the data folder is used, or made.
        on_started: told once, when everything listens.

    Raises:
        ConfigurationError: the data folder, the address or a setting cannot be used.
        DatabaseUnavailableError: the configured database does not answer.
        SchemaMismatchError: the database is not what this version can bring up to date.
    """
    allow_open_files()
    with _stop_signals() as stopping, ExitStack() as stack:
        folder = stack.enter_context(DataFolder(settings.data_dir))
        is_key_configured = settings.has_key
        settings, new_key = _with_key(settings)
        with open_database(settings.api, may_create=True) as database:
            applied, revision = bring_up_to_date(database)
            description = describe_database(database)
        listener = stack.enter_context(open_listener(settings.api.host, settings.api.port))
        url = local_url(listener, settings.api.host)
        server = stopping.watch(stack.enter_context(services(settings)))
        folder.announce(url)
        on_started(Started(url, description, revision, applied, settings, is_key_configured, new_key))
        _serve(server, listener)


class _Stopping:
    """Notes the signals that end a server, also while uvicorn does not watch them: before it runs and after."""

    def __init__(self) -> None:
        self._server: Server | None = None
        self._is_asked = False

    def __call__(self, _number: int, _frame: FrameType | None) -> None:
        self._is_asked = True
        if self._server is not None:
            self._server.should_exit = True

    def watch(self, server: Server) -> Server:
        """Stop this server when a signal comes, or at once when one came already."""
        self._server = server
        server.should_exit = self._is_asked
        return server


@contextmanager
def _stop_signals() -> Iterator[_Stopping]:
    stopping = _Stopping()
    before = {number: signal.signal(number, stopping) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield stopping
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _with_key(settings: EmbeddedSettings) -> tuple[EmbeddedSettings, str | None]:
    """Give the settings a key: the configured one, the kept one, or a new one, which is returned beside them."""
    if settings.has_key:
        settings.api.require_key()
        return settings, None
    kept = read_key(settings.data_dir)
    new_key = None if kept else make_key(settings.data_dir)
    settings = settings.with_key(kept or new_key or "")
    settings.api.require_key()
    return settings, new_key


def _serve(server: Server, listener: socket.socket) -> None:
    try:
        run_server(server, listener)
    except SystemExit as error:  # uvicorn's way to say that the application did not start
        raise ConfigurationError("the api did not start; the log above tells why") from error
