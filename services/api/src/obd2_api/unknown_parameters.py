"""Refuses query parameters nobody knows: a misspelt filter must not answer with everything."""

from fastapi import Depends, Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from obd2_common.errors import InvalidInputError

READING = frozenset({"GET", "HEAD"})
LENIENT = ("/ping", "/release/current")
"""Paths the Pi asks for: whatever a later Pi adds to them, they answer."""


async def _refuse_unknown_parameters(request: Request) -> None:
    route = request.scope.get("route")
    if not request.query_params or request.method not in READING or not isinstance(route, APIRoute):
        return
    if route.path.endswith(LENIENT):
        return
    known = _names(route.dependant)
    unknown = sorted(set(request.query_params) - known)
    if unknown:
        names = ", ".join(name[:40] for name in unknown[:5])
        takes = f"it takes {', '.join(sorted(known))}" if known else "it takes none"
        raise InvalidInputError(f"This path knows no query parameter {names}; {takes}")


def _names(dependant: Dependant) -> set[str]:
    """Return the query parameters a route takes itself or by what it depends on."""
    own = {field.alias for field in dependant.query_params}
    return own.union(*(_names(needed) for needed in dependant.dependencies))


KNOWN_PARAMETERS_ONLY = Depends(_refuse_unknown_parameters)
"""Makes a reading route answer 422 to a query parameter it does not know."""
