"""Makes every spelling of a path answer directly: slashes, short names, HEAD; nothing ever redirects."""

from urllib.parse import quote, unquote

from starlette.types import ASGIApp, Message, Receive, Scope, Send

PREFIX = "/api/v1"
SHORT_NAMES = frozenset({"/sync", "/analyze", "/backup", "/health", "/ping"})


class Paths:
    """ASGI middleware that gives the routes one spelling of each path."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request under its plain path."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        scope = {**scope, "path": plain_path(scope)}
        if scope["method"] == "HEAD":
            await self._app({**scope, "method": "GET"}, receive, _without_body(send))
            return
        await self._app(scope, receive, send)


def plain_path(scope: Scope) -> str:
    """Return the path of a request as the routes know it.

    A slash that came percent-encoded belongs to a name, not to the structure: it stays encoded (as ``%2F``) here,
    and whoever needs the name decodes it with `segments_after`.
    """
    segments = [unquote(segment).replace("/", "%2F") for segment in _raw_segments(scope)]
    path = "/" + "/".join(segments)
    return f"{PREFIX}{path}" if path in SHORT_NAMES else path


def segments_after(scope: Scope, name: str, count: int) -> list[str]:
    """Return the segments of a path that follow the first one of a name, fully decoded."""
    segments = [unquote(segment) for segment in _raw_segments(scope)]
    first = segments.index(name) + 1
    return segments[first : first + count]


def _raw_segments(scope: Scope) -> list[str]:
    raw: bytes = scope.get("raw_path") or quote(scope["path"]).encode("ascii")
    return raw.decode("latin-1").partition("?")[0].rstrip("/").removeprefix("/").split("/")


def _without_body(send: Send) -> Send:
    async def send_head(message: Message) -> None:
        if message["type"] == "http.response.body":
            message = {**message, "body": b""}
        await send(message)

    return send_head
