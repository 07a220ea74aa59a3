"""Calls the api in this process, without a socket: quick, for tests of what it answers."""

import asyncio
from typing import Any

import httpx
from fastapi import FastAPI

from obd2_api.app import create_app
from obd2_common.clock import Clock, utc_now
from obd2_common.db.database import Database
from support.api_server import KEY, api_settings


class ApiClient:
    """A client that has the key."""

    def __init__(self, app: FastAPI) -> None:
        self._app = app

    def get(self, path: str, **parameters: object) -> httpx.Response:
        return self.call("GET", path, params={name: str(value) for name, value in parameters.items()} or None)

    def post(self, path: str, document: object) -> httpx.Response:
        return self.call("POST", path, json=document)

    def call(self, method: str, path: str, **request: Any) -> httpx.Response:  # noqa: ANN401 - what httpx takes
        return asyncio.run(self._call(method, path, request))

    async def _call(self, method: str, path: str, request: dict[str, Any]) -> httpx.Response:
        transport = httpx.ASGITransport(app=self._app)
        async with httpx.AsyncClient(transport=transport, base_url="http://server") as client:
            headers = {"X-API-Key": KEY, **request.pop("headers", {})}
            return await client.request(method, path, headers=headers, **request)


def api_client(database: Database, *, clock: Clock = utc_now, **settings: object) -> ApiClient:
    """Return a client of an api on a database."""
    return ApiClient(create_app(api_settings(**settings), database, clock=clock))
