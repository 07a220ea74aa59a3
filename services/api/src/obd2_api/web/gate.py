"""Who may look: the session of a request, the form token of a post, and the way to the sign-in."""

import hmac
from typing import Annotated, cast
from urllib.parse import quote, urlsplit

from fastapi import Depends, Form, Request
from fastapi.responses import RedirectResponse

from obd2_api.auth.credentials import Scope
from obd2_api.auth.key_cache import KeyCache
from obd2_api.errors import ForbiddenError
from obd2_api.middleware.path_prefix import root_path
from obd2_api.settings import ApiSettings
from obd2_api.strangers import recognise
from obd2_api.web import wording
from obd2_api.web.session import COOKIE, Sessions, Visitor
from obd2_api.web.wording import Wording

SIGN_IN = "/sign-in"


class SignInNeededError(Exception):
    """Nobody is signed in, or no longer; only pages raise it, and they answer it with `redirect_to_sign_in`."""


def redirect_to_sign_in(request: Request) -> RedirectResponse:
    """Send a browser to the sign-in and back to where it wanted to go."""
    wanted = request.url.path + (f"?{request.url.query}" if request.url.query else "")
    target = f"{SIGN_IN}?next={quote(wanted, safe='')}" if request.method == "GET" and wanted != "/" else SIGN_IN
    return see_other(request, target)


def see_other(request: Request, path: str) -> RedirectResponse:
    """Send a browser to a page of this server, wherever a proxy publishes it."""
    return RedirectResponse(root_path(request) + path, status_code=303)


async def visitor_of(request: Request) -> Visitor:
    """Return who is signed in.

    Raises:
        SignInNeededError: nobody, or with a key that was taken back since.
    """
    sessions, keys = cast("Sessions", request.app.state.sessions), cast("KeyCache", request.app.state.keys)
    session = sessions.read(request.cookies.get(COOKIE), request.app.state.clock())
    client = None if session is None else await keys.client_of(session.key_id)
    if client is None or Scope.READ not in client.scopes:
        raise SignInNeededError
    recognise(request.scope)
    return Visitor(client, sessions.form_token(session))


VisitorDep = Annotated[Visitor, Depends(visitor_of)]


async def changing_visitor(
    request: Request, visitor: VisitorDep, token: Annotated[str, Form(max_length=128)] = ""
) -> Visitor:
    """Return who sends a form that changes something.

    Raises:
        ForbiddenError: the form is not one of ours, or the key may only read.
    """
    check_form(request, visitor.form_token, token)
    if not visitor.may_change:
        raise ForbiddenError("This key may look, but change nothing")
    return visitor


ChangingVisitorDep = Annotated[Visitor, Depends(changing_visitor)]


def check_form(request: Request, expected: str, token: str) -> None:
    """Make sure that a form was sent from a page of ours.

    Raises:
        ForbiddenError: its token is wrong, or another site sent it.
    """
    origin = request.headers.get("origin", "")
    is_own = urlsplit(origin).netloc.lower() == request.headers.get("host", "").lower() != ""
    if not is_own or not hmac.compare_digest(token.encode(), expected.encode()):
        raise ForbiddenError("This form was not sent from a page of this server; load the page again")


def wording_of(request: Request) -> Wording:
    """Return how this visitor reads things."""
    settings: ApiSettings = request.app.state.settings
    chosen = request.cookies.get(wording.COOKIE)
    return Wording(settings.zone, wording.IMPERIAL if chosen == wording.IMPERIAL else wording.METRIC)


WordingDep = Annotated[Wording, Depends(wording_of)]


def own_path(target: str) -> str:
    """Return a path of this server; anything that could lead elsewhere becomes the first page."""
    is_own = target.startswith("/") and not target.startswith(("//", "/\\")) and target.isprintable()
    return target if is_own else "/"
