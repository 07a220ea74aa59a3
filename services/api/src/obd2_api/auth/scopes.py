"""Which scopes open which path: reading asks for `read`, changing for `admin`, and the exceptions are listed here."""

from obd2_api.auth.credentials import EVERY_SCOPE, Scope
from obd2_api.middleware.paths import PREFIX

_PUSH = frozenset({Scope.PUSH})
_READ = frozenset({Scope.READ})
_ADMIN = frozenset({Scope.ADMIN})
_READ_OR_OWN = frozenset({Scope.READ, Scope.PUSH})
"""A key of a device asks about that device, any other about everything; the routes see to that."""

_PATHS = {
    ("GET", f"{PREFIX}/ping"): EVERY_SCOPE,
    ("GET", f"{PREFIX}/capabilities"): EVERY_SCOPE,
    ("GET", f"{PREFIX}/release/current"): EVERY_SCOPE,
    ("GET", f"{PREFIX}/release/history"): EVERY_SCOPE,
    ("POST", f"{PREFIX}/sync"): _PUSH,
    ("GET", f"{PREFIX}/sync/state"): _READ_OR_OWN,
    ("GET", f"{PREFIX}/sync/rows"): _READ_OR_OWN,
    ("POST", f"{PREFIX}/backup"): _PUSH,
    ("POST", f"{PREFIX}/uploads"): _PUSH,
    ("POST", f"{PREFIX}/analyze"): _READ_OR_OWN,
    ("GET", f"{PREFIX}/recommendations"): _READ_OR_OWN,
}
_BELOW = {
    ("GET", f"{PREFIX}/uploads/"): _PUSH,
    ("PATCH", f"{PREFIX}/uploads/"): _PUSH,
    ("GET", f"{PREFIX}/analyses/"): _READ_OR_OWN,
}


def scopes_for(method: str, path: str) -> frozenset[Scope]:
    """Return the scopes of which a key needs one, for a path as the routes know it.

    What nobody thought of is closed: a new way to change something needs `admin`.
    """
    if method == "OPTIONS":
        return EVERY_SCOPE
    if (found := _PATHS.get((method, path))) is not None:
        return found
    for (below_method, prefix), scopes in _BELOW.items():
        if method == below_method and path.startswith(prefix):
            return scopes
    return _READ if method in {"GET", "HEAD"} else _ADMIN
