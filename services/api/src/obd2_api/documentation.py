"""The documentation pages, which work without the internet, and what they say in general."""

import re
from collections.abc import Callable
from os.path import normpath
from pathlib import Path
from typing import Any

import fastapi_offline
from fastapi import FastAPI, Request
from fastapi.openapi.docs import get_swagger_ui_html
from fastapi.responses import HTMLResponse
from fastapi.routing import APIRoute
from fastapi.staticfiles import StaticFiles
from pydantic.json_schema import models_json_schema
from starlette.types import Scope

from obd2_api.auth.scopes import scopes_for
from obd2_api.dependencies import KEY_SCHEME_NAME
from obd2_api.middleware.path_prefix import root_path
from obd2_api.schemas.analyses import AnalyzeRequest
from obd2_api.schemas.sync import SyncRequest
from obd2_api.schemas.wire import Problem, problem_responses

DOCS_PATH = "/docs"
OPENAPI_PATH = "/openapi.json"
_ASSETS_PATH = f"{DOCS_PATH}/assets"

TITLE = "OBD2-Server"
DESCRIPTION = """\
Takes in what a car's Raspberry Pi logs, derives drives and facts from it, answers with recommendations
and keeps backups.

* Every path but `/api/v1/health` and this documentation needs a key in the header `X-API-Key`. The shared key opens
  everything; an issued one what its scopes (`push`, `read`, `admin`) say, one of those named at each operation.
* Errors are RFC 9457 problem documents (`application/problem+json`) and always carry `detail`.
* No path redirects: a trailing slash is ignored, and `/sync`, `/analyze`, `/backup`, `/health` and `/ping` answer
  directly for the same names under `/api/v1`.
* Times are UTC in ISO 8601 with `Z`. Every answer carries an `X-Request-ID`, which the server's log repeats.
"""
_UNPROCESSABLE = "A member, parameter or part of the path is not valid; `errors` names each."
_BODIES = (SyncRequest, AnalyzeRequest)
TAGS = [
    {"name": "sync", "description": "What the Pi sends: batches of rows, stored once, whatever is sent twice."},
    {"name": "drives", "description": "Drives derived from the rows, with statistics, findings and a grade."},
    {"name": "analysis", "description": "Recommendations for a drive or a window of time."},
    {"name": "backup", "description": "Files the Pi and operators leave for safe keeping."},
    {"name": "release", "description": "The release of the Pi's software that its operator has published."},
    {"name": "service", "description": "The server's own state."},
]


def is_documentation(path: str) -> bool:
    """Tell whether a path belongs to the documentation, which holds no data."""
    return path in {DOCS_PATH, OPENAPI_PATH} or path.startswith(f"{_ASSETS_PATH}/")


def operation_id(route: APIRoute) -> str:
    """Name an operation after its function, which is unique here."""
    return route.name


def document_rest(app: FastAPI) -> None:
    """Let the OpenAPI document describe every error as the problem document it is, and every body."""
    generate = app.openapi

    def openapi() -> dict[str, Any]:
        if app.openapi_schema is None:
            document = generate()
            schemas = document["components"]["schemas"]
            schemas |= _definitions()
            for name in ("HTTPValidationError", "ValidationError"):
                schemas.pop(name, None)
            for path, operations in document["paths"].items():
                for method, operation in operations.items():
                    if operation.get("security"):
                        # One way in per scope: a key needs any of them. OpenAPI 3.1 lets roles be named here.
                        scopes = sorted(scopes_for(method.upper(), path))
                        operation["security"] = [{KEY_SCHEME_NAME: [scope]} for scope in scopes]
                    if "application/json" in operation["responses"].get("422", {}).get("content", {}):
                        operation["responses"]["422"] |= problem_responses(s422=_UNPROCESSABLE)[422]
            app.openapi_schema = document
        return app.openapi_schema

    app.openapi = openapi  # type: ignore[method-assign] # the way FastAPI documents


def _definitions() -> dict[str, Any]:
    """Return the schemas of documents no route declares: errors, and bodies that are read by hand."""
    _, document = models_json_schema(
        [(Problem, "serialization"), *((model, "validation") for model in _BODIES)],
        ref_template="#/components/schemas/{model}",
    )
    definitions: dict[str, Any] = document["$defs"]
    return definitions


def add_documentation(app: FastAPI) -> None:
    """Serve Swagger's page from this server's own copy of its scripts."""
    assets = Path(fastapi_offline.__file__).parent / "static"
    app.mount(_ASSETS_PATH, _Assets(directory=assets))

    @app.get(DOCS_PATH, include_in_schema=False)
    async def swagger(request: Request) -> HTMLResponse:
        prefix = root_path(request)
        return get_swagger_ui_html(
            openapi_url=prefix + OPENAPI_PATH,
            title=TITLE,
            swagger_js_url=f"{prefix}{_ASSETS_PATH}/swagger-ui-bundle.js",
            swagger_css_url=f"{prefix}{_ASSETS_PATH}/swagger-ui.css",
            swagger_favicon_url=f"{prefix}{_ASSETS_PATH}/favicon.png",
        )


class _Assets(StaticFiles):
    def get_path(self, scope: Scope) -> str:
        """Return the name of a file, whatever prefix a proxy took off the path before."""
        path: str = scope["path"]
        return normpath(path.removeprefix(f"{_ASSETS_PATH}/"))


def methods_by_path(app: FastAPI) -> Callable[[str], frozenset[str]]:
    """Return a function that tells the methods of a path, none for one that does not exist."""
    known: list[tuple[re.Pattern[str], frozenset[str]]] = []

    def methods_of(path: str) -> frozenset[str]:
        if not known:
            known.extend(
                (_pattern(template), _methods(operations)) for template, operations in app.openapi()["paths"].items()
            )
        if is_documentation(path):
            return frozenset({"GET", "HEAD"})
        return frozenset().union(*(methods for pattern, methods in known if pattern.fullmatch(path)))

    return methods_of


def _pattern(template: str) -> re.Pattern[str]:
    return re.compile(re.sub(r"\\\{[^/]+?\\\}", "[^/]+", re.escape(template)))


def _methods(operations: dict[str, object]) -> frozenset[str]:
    methods = {name.upper() for name in operations}
    return frozenset(methods | {"HEAD"} if "GET" in methods else methods)
