"""`/sign-in` and `/sign-out`: a key becomes a session, and a session ends; `/units` chooses how values are shown."""

from datetime import timedelta
from typing import Annotated, cast

from fastapi import APIRouter, Form, Query, Request
from fastapi.responses import Response
from starlette.concurrency import run_in_threadpool

from obd2_api.auth.credentials import Scope
from obd2_api.auth.key_cache import KeyCache
from obd2_api.auth.links import PARAMETER, redeem_link
from obd2_api.dependencies import DatabaseDep
from obd2_api.middleware.path_prefix import root_path
from obd2_api.web import wording
from obd2_api.web.gate import VisitorDep, check_form, own_path, see_other
from obd2_api.web.rendering import PageRoute, page
from obd2_api.web.session import COOKIE, LIFETIME, Sessions

router = APIRouter(include_in_schema=False, route_class=PageRoute)

_WRONG = "This key is not valid."
_USED = "This link was used, or its five minutes are over. Make another one with obd2 keys link, or use a key."
_TOO_MANY = "Too many wrong keys from this address; wait a minute."
_MAY_NOT_READ = "This key may send data, but not look at it. Use the shared key, or one with the scope read."
_YEAR = timedelta(days=365)


@router.get("/sign-in")
def show_sign_in(
    request: Request,
    target: Annotated[str, Query(alias="next", max_length=2000)] = "/",
    link: Annotated[str, Query(alias=PARAMETER, max_length=128)] = "",
) -> Response:
    """Show the form; one with a link in it asks for a press of its button, for programs open addresses, too."""
    return _form(request, target, link=link)


@router.post("/sign-in")
async def sign_in(
    request: Request,
    *,
    database: DatabaseDep,
    link: Annotated[str, Form(alias=PARAMETER, max_length=128)] = "",
    key: Annotated[str, Form(max_length=512)] = "",
    token: Annotated[str, Form(max_length=128)] = "",
    target: Annotated[str, Form(alias="next", max_length=2000)] = "/",
) -> Response:
    """Begin a session for whoever shows a key or a link; a wrong one counts like any wrong key."""
    sessions, keys = cast("Sessions", request.app.state.sessions), cast("KeyCache", request.app.state.keys)
    check_form(request, sessions.form_token(None), token)
    now = request.app.state.clock()
    if link:
        client = await run_in_threadpool(
            database.run, lambda session: redeem_link(session, link.encode(), LIFETIME, now=now)
        )
    else:
        client = await keys.find([key.strip().encode()]) if key.strip() else None
    if client is None:
        address = request.client.host if request.client else ""
        if not request.app.state.may_fail_again(address):
            return _form(request, target, error=_TOO_MANY, status=429)
        return _form(request, target, error=_USED if link else _WRONG, status=401)
    if Scope.READ not in client.scopes or client.device_id is not None:
        return _form(request, target, error=_MAY_NOT_READ, status=403)
    answer = see_other(request, own_path(target))
    answer.set_cookie(
        COOKIE,
        sessions.cookie(client, now),
        max_age=int(LIFETIME.total_seconds()),
        path=root_path(request) or "/",
        secure=request.url.scheme == "https",
        httponly=True,
        samesite="lax",
    )
    return answer


@router.post("/sign-out")
def sign_out(request: Request, visitor: VisitorDep, token: Annotated[str, Form(max_length=128)] = "") -> Response:
    """End the session of this browser."""
    check_form(request, visitor.form_token, token)
    answer = see_other(request, "/sign-in")
    answer.delete_cookie(COOKIE, path=root_path(request) or "/")
    return answer


@router.post("/units")
def choose_units(
    request: Request,
    visitor: VisitorDep,
    system: Annotated[str, Form(max_length=16)],
    token: Annotated[str, Form(max_length=128)] = "",
    target: Annotated[str, Form(alias="next", max_length=2000)] = "/",
) -> Response:
    """Remember in this browser how values are to be shown."""
    check_form(request, visitor.form_token, token)
    answer = see_other(request, own_path(target))
    chosen = wording.IMPERIAL if system == wording.IMPERIAL else wording.METRIC
    answer.set_cookie(
        wording.COOKIE, chosen, max_age=int(_YEAR.total_seconds()), path=root_path(request) or "/", samesite="lax"
    )
    return answer


def _form(request: Request, target: str, *, link: str = "", error: str | None = None, status: int = 200) -> Response:
    token = cast("Sessions", request.app.state.sessions).form_token(None)
    target = own_path(target)
    return page(request, "sign_in.html", None, status=status, token=token, target=target, link=link, error=error)
