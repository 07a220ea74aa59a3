"""Counts every request by its route's template, whatever path the client wrote."""

import time

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from obd2_api.metrics import UNROUTED, ApiMetrics


class RequestMetrics:
    """ASGI middleware; stands where paths are plain already and the key is not yet judged.

    Args:
        app: what serves the request.
        metrics: where to count.
    """

    def __init__(self, app: ASGIApp, metrics: ApiMetrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request and count it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 0

        async def send_watched(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, send_watched)
        finally:
            # Routing leaves the route it chose in the scope.
            route = getattr(scope.get("route"), "path", UNROUTED)
            self._metrics.count_request(route, scope["method"], status, time.perf_counter() - started)
