"""Turns a template and its values into an answer: one environment, and the headers every page has."""

from collections.abc import Callable, Coroutine
from functools import cache, partial
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import HTMLResponse, Response
from fastapi.routing import APIRoute
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

from obd2_api.middleware.path_prefix import root_path
from obd2_api.problems import UNEXPECTED, status_of
from obd2_api.web import wording
from obd2_api.web.assets import all_assets
from obd2_api.web.gate import SignInNeededError, redirect_to_sign_in, wording_of
from obd2_api.web.session import Visitor
from obd2_common import __version__
from obd2_common.errors import DatabaseUnavailableError, Obd2Error
from obd2_common.plain_names import plain_rule

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
DATABASE_AWAY = "The database does not answer; nothing is lost. Try again in a moment."
NAVIGATION = (
    ("/", "Now"),
    ("/drives", "Drives"),
    ("/trends", "Trends"),
    ("/compare", "Compare"),
    ("/maps", "Maps"),
    ("/advice", "Advice"),
    ("/backups", "Backups"),
    ("/system", "System"),
)


def page(
    request: Request, template: str, visitor: Visitor | None, /, *, status: int = 200, **values: object
) -> HTMLResponse:
    """Render a page.

    Args:
        request: what is answered.
        template: its file.
        visitor: who looks; None before the sign-in.
        status: HTTP status.
        values: what the template shows; text in them is text, whatever it holds.
    """
    prefix = root_path(request)
    content = (
        _environment()
        .get_template(template)
        .render(
            **values,
            visitor=visitor,
            wording=wording_of(request),
            root=prefix,
            here=request.url.path,
            navigation=NAVIGATION,
            drive_path=partial(_drive_path, prefix),
            asset=lambda name: prefix + all_assets()[name].path,
            version=__version__,
        )
    )
    # Other sites learn nothing of our addresses, and our own forms still say where they come from.
    headers = {"Content-Security-Policy": POLICY, "Referrer-Policy": "same-origin"}
    return HTMLResponse(content, status_code=status, headers=headers)


def _drive_path(prefix: str, device: str, drive_key: str, epoch: int | None = None) -> str:
    path = f"{prefix}/drives/{quote(device, safe='')}/{quote(drive_key, safe='')}"
    return path if epoch is None else f"{path}?epoch={epoch}"


class PageRoute(APIRoute):
    """A route whose errors are pages too, and which sends whoever is not signed in to the sign-in."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Return what serves a request."""
        serve = super().get_route_handler()

        async def serve_page(request: Request) -> Response:
            try:
                return await serve(request)
            except SignInNeededError:
                return redirect_to_sign_in(request)
            except RequestValidationError:
                return page(request, "problem.html", None, status=422, detail="This address asks for something odd.")
            except DatabaseUnavailableError:
                return page(request, "problem.html", None, status=503, detail=DATABASE_AWAY)
            except Obd2Error as error:
                status = status_of(error)
                detail = UNEXPECTED if status == HTTPStatus.INTERNAL_SERVER_ERROR else str(error)
                return page(request, "problem.html", None, status=status, detail=detail)

        return serve_page


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("obd2_api.web"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    helpers: dict[str, Any] = {
        "duration": wording.duration,
        "ago": wording.ago,
        "title_of": wording.title,
        "rule_of": plain_rule,
        "size": wording.size,
        "severity_words": wording.SEVERITY_WORDS,
        "flag_words": wording.FLAG_WORDS,
        "left_out_words": wording.LEFT_OUT_WORDS,
    }
    environment.globals.update(helpers)
    return environment
