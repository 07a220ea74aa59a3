"""Gives each request an id, the answer its security headers, and the log one line."""

import re
import time
import uuid
from contextvars import ContextVar

import structlog
from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

log = structlog.get_logger(__name__)

REQUEST_ID_HEADER = "X-Request-ID"
DOCUMENTATION_PREFIX = "/docs"
_REQUEST_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SECURITY_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_DATA_POLICY = "default-src 'none'; frame-ancestors 'none'"
_DOCUMENTATION_POLICY = (
    "default-src 'self'; img-src 'self' data:; style-src 'self' 'unsafe-inline'; script-src 'self' 'unsafe-inline'; "
    "frame-ancestors 'none'"
)
"""Swagger's page starts itself with an inline script and paints with inline styles and data images."""
_noted: ContextVar[dict[str, str] | None] = ContextVar("noted", default=None)


def note(**fields: str) -> None:
    """Name what the request in hand is about, such as its device, in its later log lines and its access line."""
    structlog.contextvars.bind_contextvars(**fields)
    noted = _noted.get()
    if noted is not None:
        # A thread has a copy of the context, but the same dictionary.
        noted |= fields


class AccessLog:
    """ASGI middleware: request id, security headers, one log line per request; never a key or a query."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        request_id = _request_id(Headers(scope=scope))
        policy = _DOCUMENTATION_POLICY if scope["path"].startswith(DOCUMENTATION_PREFIX) else _DATA_POLICY
        started = time.perf_counter()
        status = 0

        async def send_marked(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                headers = MutableHeaders(scope=message)
                headers[REQUEST_ID_HEADER] = request_id
                for name, value in _SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
                headers.setdefault("Content-Security-Policy", policy)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        structlog.contextvars.clear_contextvars()
        structlog.contextvars.bind_contextvars(request_id=request_id)
        noted: dict[str, str] = {}
        _noted.set(noted)
        try:
            await self._app(scope, receive, send_marked)
        finally:
            log.info(
                "request",
                method=scope["method"],
                path=scope["path"],
                status=status,
                duration_ms=round((time.perf_counter() - started) * 1000, 1),
                client=scope["client"][0] if scope.get("client") else None,
                **noted,
            )


def _request_id(headers: Headers) -> str:
    given = headers.get(REQUEST_ID_HEADER, "")
    return given if _REQUEST_ID.fullmatch(given) else uuid.uuid4().hex
