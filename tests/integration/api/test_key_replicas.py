"""Two processes of the api on one database: what the operator decides about a key reaches both in time."""

import time
from pathlib import Path

import httpx

from obd2_api.auth.credentials import Scope
from obd2_api.auth.issuing import revoke_key
from obd2_api.auth.key_cache import FRESH_SECONDS
from obd2_common.clock import utc_now
from obd2_common.db.database import Database
from support.api_process import KEY, ApiProcess, running_api
from support.issued_keys import issue

LATE_SECONDS = 2.0
"""How much later than promised a busy machine may be."""


def status(api: ApiProcess, key: str) -> int:
    return httpx.get(f"{api.url}/api/v1/ping", headers={"X-API-Key": key}, timeout=30, trust_env=False).status_code


def test_a_key_opens_both_replicas_and_once_revoked_neither(
    tmp_path: Path, database_url: str, database: Database
) -> None:
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    key = issue(database, Scope.PUSH, device="chi-eclipse-01").text

    with running_api(tmp_path / "one", database_url) as one, running_api(tmp_path / "two", database_url) as two:
        before = [status(api, key) for api in (one, two)]
        database.run(lambda session: revoke_key(session, "test", now=utc_now()))
        revoked_at = time.monotonic()
        while 200 in (after := [status(api, key) for api in (one, two)]):
            assert time.monotonic() < revoked_at + FRESH_SECONDS + LATE_SECONDS, "a revoked key lives on"
        shared = [status(api, KEY) for api in (one, two)]

    assert (before, after, shared) == ([200, 200], [401, 401], [200, 200])
