"""Way in: every route of the server's own documentation with every key that must not open it."""

import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from typing import Any

from obd2_api.auth.credentials import Scope
from obd2_common.clock import utc_now
from proof.target import Target
from proof.verdicts import Verdict
from support.issued_keys import issue

PART = "way in"
OWN, OTHER = "way-in-own", "way-in-other"
NOBODYS = "x" * 40
REFUSED = {401, 403, 429}
"""429 is said after many wrong keys from one address, before the key is looked at."""


def run_way_in(target: Target) -> list[Verdict]:
    """Knock at every door with the wrong keys.

    Keys of other scopes, of other devices and expired ones are issued in our own server's database; a running stack
    is asked without a key and with a wrong one only.
    """
    operations = list(closed_operations(target.ask("/openapi.json")))
    keys: dict[str, tuple[str, set[str]]] = {}
    if target.server is not None:
        with closing(target.server.open_database()) as database:
            for scope in Scope:
                keys[f"a key for {scope} where that is not enough"] = issue(database, scope, name=scope).text, {scope}
            long_ago = utc_now() - timedelta(days=2)
            expired = issue(database, *Scope, name="expired", lifetime=timedelta(days=1), now=long_ago)
            keys["an expired key"] = expired.text, set()
    keys |= {"a wrong key": (NOBODYS, set()), "no key": ("", set())}
    tried: Counter[str] = Counter()
    opened: dict[str, list[str]] = {}
    for name, (key, scopes) in keys.items():
        for method, path, wanted in operations:
            if scopes & wanted:
                continue
            headers = {"X-API-Key": key}
            answer = target.call(method, re.sub(r"\{\w+\}", "1", path), headers=headers)
            tried[name] += 1
            if answer.status_code not in REFUSED:
                opened.setdefault(name, []).append(f"{method} {path}: {answer.status_code}")
    verdicts = [
        Verdict(PART, name, n, len(opened.get(name, [])), "; ".join(opened.get(name, [])[:3]))
        for name, n in tried.items()
    ]
    return [*verdicts, *_as_another_device(target)]


def closed_operations(document: dict[str, Any]) -> Iterator[tuple[str, str, set[str]]]:
    """Yield method, path and the scopes that open it, of every operation that asks for a key."""
    for path, operations in document["paths"].items():
        for method, operation in operations.items():
            if operation.get("security"):
                yield method.upper(), path, {scope for way in operation["security"] for scope in way["ApiKey"]}


def _as_another_device(target: Target) -> list[Verdict]:
    if target.server is None:
        return []
    with closing(target.server.open_database()) as database:
        key = issue(database, Scope.PUSH, device=OTHER, name=OTHER).text
    row = {"id": 1, "timestamp": "2026-07-11T18:02:39Z", "parameter_name": "RPM", "value": 1.0}
    body = {"deviceId": OWN, "batchId": "b-1", "tables": {"realtime_data": {"lastSyncedId": 0, "rows": [row]}}}
    headers = {"X-API-Key": key}
    asked = {"deviceId": OWN}
    rows = {**asked, "table": "realtime_data", "first": "1", "last": "2"}
    form = {"type": "config", "deviceId": OWN}
    answers = [
        target.call("POST", "/api/v1/sync", json=body, headers=headers),
        target.call("POST", "/api/v1/backup", data=form, files={"file": ("config.json", b"{}")}, headers=headers),
        target.call("GET", "/api/v1/sync/state", params=asked, headers=headers),
        target.call("GET", "/api/v1/sync/rows", params=rows, headers=headers),
        target.call("GET", "/api/v1/recommendations", params=asked, headers=headers),
    ]
    is_stored = target.call("GET", "/api/v1/sync/state", params=asked).is_success
    let_in = [f"{answer.request.method} {answer.request.url.path}" for answer in answers if answer.status_code != 403]
    let_in += ["the row is stored"] * is_stored
    return [Verdict(PART, "the key of another device", len(answers), len(let_in), "; ".join(let_in))]
