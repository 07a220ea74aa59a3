"""Which paths are pages, and how large a form may be."""

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from obd2_api.auth.credentials import Verdict
from obd2_api.errors import PayloadTooLargeError
from obd2_api.problems import problem

_PAGES = frozenset(
    {
        "/",
        "/drives",
        "/trends",
        "/compare",
        "/maps",
        "/advice",
        "/backups",
        "/system",
        "/sign-in",
        "/sign-out",
        "/units",
    }
)
_BELOW = ("/advice/", "/drives/", "/compare/", "/backups/", "/system/", "/assets/")
MAXIMUM_FORM_BYTES = 16 * 1024


def is_page(path: str) -> bool:
    """Tell whether a path is a page's: it asks for a session instead of a key, and may redirect."""
    return path in _PAGES or path.startswith(_BELOW)


class PageRequests:
    """ASGI middleware for requests of pages, before anybody is known.

    It reads no more of a body than a form can need, and OPTIONS tells as little without a key as it does elsewhere.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request."""
        if scope["type"] != "http" or not is_page(scope["path"]):
            await self._app(scope, receive, send)
            return
        if scope["method"] == "OPTIONS":
            await problem(401, Verdict.MISSING.value)(scope, receive, send)
            return
        taken = 0

        async def receive_bounded() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > MAXIMUM_FORM_BYTES:
                raise PayloadTooLargeError(f"A form has {MAXIMUM_FORM_BYTES} bytes at most")
            return message

        await self._app(scope, receive_bounded, send)
