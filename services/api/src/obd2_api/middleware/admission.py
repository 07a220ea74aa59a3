"""Lets in who has the key, before a byte of the body is read, and catches what nobody expected."""

from collections.abc import Callable, Sequence

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from obd2_api.authentication import Verdict, judge_key
from obd2_api.problems import UNEXPECTED, problem

log = structlog.get_logger(__name__)

_ADMITTED = "obd2_admitted"
_CHALLENGE = {"WWW-Authenticate": 'ApiKey realm="OBD2-Server", header="X-API-Key"'}


class Admission:
    """ASGI middleware that answers 401 to every request without the right key, save those for public paths.

    Args:
        app: what serves the request.
        accepted: the keys that open the door, as bytes.
        is_public: tells whether a path needs no key.
        may_fail_again: counts a wrong key against an address and tells whether more are answered in full.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        accepted: Sequence[bytes],
        is_public: Callable[[str], bool],
        may_fail_again: Callable[[str], bool],
    ) -> None:
        self._app = app
        self._accepted = accepted
        self._is_public = is_public
        self._may_fail_again = may_fail_again

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request if it may come in."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        verdict = judge_key(scope["headers"], scope["query_string"], self._accepted)
        scope.setdefault("state", {})[_ADMITTED] = verdict is Verdict.ADMITTED
        if verdict is Verdict.ADMITTED or self._is_public(scope["path"]):
            await _serve(self._app, scope, receive, send)
            return
        address = scope["client"][0] if scope.get("client") else ""
        if verdict is Verdict.WRONG and not self._may_fail_again(address):
            log.warning("wrong_keys_limited", client=address)
            answer = problem(429, "Too many wrong API keys from this address", headers={"Retry-After": "60"})
        else:
            answer = problem(401, verdict.value, headers=_CHALLENGE)
        await answer(scope, receive, send)


def is_admitted(scope: Scope) -> bool:
    """Tell whether a request showed the right key; False before it was judged."""
    return bool(scope.get("state", {}).get(_ADMITTED, False))


async def _serve(app: ASGIApp, scope: Scope, receive: Receive, send: Send) -> None:
    """Serve a request; an unexpected error is logged and answered, unless the answer has already begun."""
    has_started = False

    async def send_watched(message: Message) -> None:
        nonlocal has_started
        has_started = has_started or message["type"] == "http.response.start"
        await send(message)

    try:
        await app(scope, receive, send_watched)
    except ClientDisconnect:
        log.info("client_gone", method=scope["method"])
        if not has_started:
            # Nobody reads it; it ends the request in good order.
            await problem(400, "The request ended early")(scope, receive, send)
    except Exception as error:
        if has_started:
            raise
        log.exception("request_failed", method=scope["method"], error=type(error).__name__)
        await problem(500, UNEXPECTED)(scope, receive, send)
