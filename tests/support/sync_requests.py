"""Sends requests to `POST /sync` on connections of their own, and looks at what was stored."""

import http.client
import json
from collections.abc import Iterator
from contextlib import closing
from typing import Any

from obd2_common.db.database import Database
from support.api_process import KEY, ApiProcess
from support.ingest_setup import all_rows
from support.pi_rows import body, readings

MEGABYTE = 1024 * 1024
SYNC = "/api/v1/sync"


def post(
    server: ApiProcess, content: bytes | Iterator[bytes], path: str = SYNC, **headers: str
) -> tuple[int, dict[str, str], Any]:
    """Send a request on its own connection, as the Pi does."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    sent = {"X-Api-Key": KEY, "Connection": "close", "Content-Type": "application/json", **named}
    with closing(http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)) as connection:
        connection.request("POST", path, content, sent, encode_chunked=not isinstance(content, bytes))
        answer = connection.getresponse()
        text = answer.read()
        return answer.status, {name.lower(): value for name, value in answer.getheaders()}, json.loads(text)


def device_rows(database: Database, device: str) -> list[dict[str, Any]]:
    """Return the readings of one device as they are stored."""
    return all_rows(database, "realtime_data", device)


def request_of(device: str, count: int = 3) -> bytes:
    """Return a body with readings of a device."""
    return body({"realtime_data": readings(1, count)}, device=device)
