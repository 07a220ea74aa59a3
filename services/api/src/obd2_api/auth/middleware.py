"""Checks the key of every request before its body is read, and answers errors nobody expected."""

from collections.abc import Callable

import structlog
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from obd2_api.auth.credentials import Client, Verdict, presented_keys
from obd2_api.auth.key_cache import KeyCache
from obd2_api.auth.scopes import scopes_for
from obd2_api.errors import ForbiddenError
from obd2_api.middleware.access_log import note
from obd2_api.middleware.slow_bodies import is_too_slow
from obd2_api.problems import UNEXPECTED, problem
from obd2_api.repository.fair_shares import Asker
from obd2_api.strangers import recognise
from obd2_common.errors import DatabaseUnavailableError

log = structlog.get_logger(__name__)

ENDED_EARLY = "The request ended early"
KEYS_UNKNOWN = "The keys cannot be checked now; try again."
SHARED_KEY = "shared"
_CLIENT = "obd2_client"
_CHALLENGE = {"WWW-Authenticate": 'ApiKey realm="OBD2-Server", header="X-API-Key"'}


class KeyCheck:
    """ASGI middleware that answers 401 to every request without a right key, save those for public paths.

    A right key that does not open what is asked is answered 403.

    Args:
        app: what serves the request.
        keys: knows the keys.
        is_public: tells whether a path needs no key.
        may_fail_again: counts a wrong key against an address and tells whether more are answered in full.
    """

    def __init__(
        self,
        app: ASGIApp,
        *,
        keys: KeyCache,
        is_public: Callable[[str], bool],
        may_fail_again: Callable[[str], bool],
    ) -> None:
        self._app = app
        self._keys = keys
        self._is_public = is_public
        self._may_fail_again = may_fail_again

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request if its key allows it."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        state = scope.setdefault("state", {})
        if self._is_public(scope["path"]):
            await _serve(self._app, scope, receive, send)
            return
        presented = presented_keys(scope["headers"], scope["query_string"])
        if isinstance(presented, Verdict):
            await self._refuse(presented, scope, receive, send)
            return
        try:
            client = await self._keys.find(presented)
        except DatabaseUnavailableError:
            await problem(503, KEYS_UNKNOWN)(scope, receive, send)
            return
        if client is None:
            await self._refuse(Verdict.WRONG, scope, receive, send)
            return
        if client.key_id is not None:
            note(key_id=client.key_id)
        needed = scopes_for(scope["method"], scope["path"])
        if client.scopes.isdisjoint(needed):
            log.warning("key_lacks_scope", method=scope["method"], needed=sorted(needed))
            detail = f"This key lacks the scope {' or '.join(sorted(needed))}"
            await problem(403, detail)(scope, receive, send)
            return
        state[_CLIENT] = client
        recognise(scope)
        await _serve(self._app, scope, receive, send)

    async def _refuse(self, verdict: Verdict, scope: Scope, receive: Receive, send: Send) -> None:
        address = scope["client"][0] if scope.get("client") else ""
        if verdict is Verdict.WRONG and not self._may_fail_again(address):
            log.warning("wrong_keys_limited", client=address)
            answer = problem(429, "Too many wrong API keys from this address", headers={"Retry-After": "60"})
        else:
            answer = problem(401, verdict.value, headers=_CHALLENGE)
        await answer(scope, receive, send)


def has_right_key(scope: Scope) -> bool:
    """Tell whether a request showed a key that opens what it asks; False before that was judged."""
    return _CLIENT in scope.get("state", {})


def own_device(scope: Scope) -> str | None:
    """Return the only device a request may speak for; None when it may speak for any."""
    client: Client = scope["state"][_CLIENT]
    return client.device_id


def asker_of(scope: Scope) -> Asker:
    """Return as whose a request counts among those that wait."""
    client: Client = scope["state"][_CLIENT]
    return Asker(client.key_id or SHARED_KEY, client.device_id)


def check_device(scope: Scope, device_id: str | None) -> None:
    """Make sure that a request may speak for a device; None stands for no device in particular.

    Raises:
        ForbiddenError: its key is another device's.
    """
    own = own_device(scope)
    if own is not None and device_id != own:
        log.warning("key_of_another_device", device_id=device_id)
        raise ForbiddenError(f"This key speaks for the device {own} only")


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
            # Who has gone reads nothing; it ends the request in good order.
            answer = problem(408, "The body came too slowly") if is_too_slow(scope) else problem(400, ENDED_EARLY)
            await answer(scope, receive, send)
    except Exception as error:
        if has_started:
            raise
        log.exception("request_failed", method=scope["method"], error=type(error).__name__)
        await problem(500, UNEXPECTED)(scope, receive, send)
