"""Serves everything below a path prefix: behind a proxy that takes the prefix off, and behind one that leaves it."""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send


class PathPrefix:
    """ASGI middleware that takes the prefix off every path and tells the rest of it as ``root_path``.

    Args:
        app: whatever is served.
        prefix: begins with a slash and ends without one.
    """

    def __init__(self, app: ASGIApp, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request under its path without the prefix."""
        if scope["type"] == "http":
            raw: bytes = scope.get("raw_path") or b""
            scope = {
                **scope,
                "root_path": self._prefix,
                "path": _without(self._prefix, scope["path"]),
                "raw_path": _without(self._prefix, raw.decode("latin-1")).encode("latin-1") if raw else raw,
            }
        await self._app(scope, receive, send)


def root_path(request: Request) -> str:
    """Return the prefix under which a proxy publishes the server, empty for the root."""
    return str(request.scope.get("root_path", ""))


def _without(prefix: str, path: str) -> str:
    rest = path.removeprefix(prefix)
    return (rest or "/") if rest[:1] in {"", "/", "?"} else path
