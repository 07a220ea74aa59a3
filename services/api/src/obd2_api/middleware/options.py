"""Answers OPTIONS with the methods of a path; it stands behind the key, like what it tells about."""

from collections.abc import Callable

from starlette.responses import Response
from starlette.types import ASGIApp, Receive, Scope, Send


class Options:
    """ASGI middleware for the method OPTIONS.

    Args:
        app: serves every other method, and paths that do not exist.
        methods_of: tells the methods of a path, none for one that does not exist.
    """

    def __init__(self, app: ASGIApp, methods_of: Callable[[str], frozenset[str]]) -> None:
        self._app = app
        self._methods_of = methods_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] == "http" and scope["method"] == "OPTIONS" and (methods := self._methods_of(scope["path"])):
            allowed = ", ".join(sorted(methods | {"OPTIONS"}))
            await Response(status_code=204, headers={"Allow": allowed})(scope, receive, send)
            return
        await self._app(scope, receive, send)
