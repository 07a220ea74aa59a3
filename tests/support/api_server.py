"""A real api server on a free loopback port, for tests of what only a real server shows."""

import http.client
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from fastapi import FastAPI

from obd2_api.app import create_app
from obd2_api.listener import open_listener
from obd2_api.server import build_server
from obd2_api.settings import ApiSettings
from obd2_common.db.database import Database

KEY = "the right key"


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer: status, headers (names in lower case) and body."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:  # noqa: ANN401 - whatever the server said
        return json.loads(self.body)


@dataclass(frozen=True, slots=True)
class ApiServer:
    """A running server."""

    port: int
    stop: Callable[[], None]
    """Tell it to stop; it finishes what it has begun."""

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def call(
        self,
        method: str,
        path: str,
        body: bytes | str | None = None,
        headers: dict[str, str] | None = None,
        *,
        key: str | None = KEY,
    ) -> Answer:
        """Send one request on a connection of its own, as the Pi does, and return the answer."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)
        sent = {"Connection": "close", **({} if key is None else {"X-Api-Key": key}), **(headers or {})}
        try:
            connection.request(method, path, body, sent)
            answer = connection.getresponse()
            named = {name.lower(): value for name, value in answer.getheaders()}
            return Answer(answer.status, named, answer.read())
        finally:
            connection.close()

    def connect(self) -> socket.socket:
        """Open a bare connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=30)


def api_settings(**values: object) -> ApiSettings:
    """Return settings with a key and nothing of this machine's environment but what is given."""
    return ApiSettings.model_validate({**ApiSettings.model_construct().model_dump(), "api_key": KEY, **values})


@contextmanager
def serve(app: FastAPI, settings: ApiSettings, *, host: str = "127.0.0.1") -> Iterator[ApiServer]:
    """Run an application under the production server until the block ends, then stop it in good order."""
    listener = open_listener(host, 0)
    server = build_server(app, settings)
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
    thread.start()

    def stop() -> None:
        server.should_exit = True

    deadline = time.monotonic() + 30
    while not server.started:
        if not thread.is_alive() or time.monotonic() > deadline:
            raise RuntimeError("the server did not start")
        thread.join(0.01)
    try:
        yield ApiServer(listener.getsockname()[1], stop)
    finally:
        stop()
        thread.join(30)
        listener.close()


@contextmanager
def serve_api(database: Database, **settings: object) -> Iterator[ApiServer]:
    """Run the api on a database."""
    chosen = api_settings(**settings)
    with serve(create_app(chosen, database), chosen) as server:
        yield server
