"""Gives every answer under `/uploads` the headers the tus protocol asks for."""

from http import HTTPStatus

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from obd2_api.middleware.paths import PREFIX, plain_path
from obd2_api.uploads.tus import CHECKSUM_ALGORITHMS, EXTENSIONS, VERSION

UPLOADS_PATH = f"{PREFIX}/uploads"


class Resumable:
    """ASGI middleware for the paths of resumable uploads.

    Args:
        app: what serves the request.
        max_bytes: the size of the largest upload.
    """

    def __init__(self, app: ASGIApp, *, max_bytes: int) -> None:
        self._app = app
        self._max_bytes = max_bytes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; a method in `X-HTTP-Method-Override` counts as the request's own."""
        if scope["type"] != "http" or not plain_path(scope).startswith(UPLOADS_PATH):
            await self._app(scope, receive, send)
            return
        if override := Headers(scope=scope).get("x-http-method-override"):
            scope = {**scope, "method": override.upper()}

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers["Tus-Resumable"] = VERSION
                headers["Tus-Version"] = VERSION
                if scope["method"] == "OPTIONS" and message["status"] == HTTPStatus.NO_CONTENT:
                    headers["Tus-Extension"] = EXTENSIONS
                    headers["Tus-Max-Size"] = str(self._max_bytes)
                    headers["Tus-Checksum-Algorithm"] = ",".join(CHECKSUM_ALGORITHMS)
            await send(message)

        await self._app(scope, receive, send_with_headers)
