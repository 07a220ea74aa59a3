"""Keys in the running stack: issued and taken back inside the api's container, the shared one exchanged by make."""

import re
import time

import httpx
import pytest

from obd2_api.auth.key_cache import FRESH_SECONDS
from support.stack_running import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

DEVICE = "keys-e2e"
PATIENCE_SECONDS = 2.0
"""How much later than promised a busy machine may be."""


def status(stack: Stack, key: str, path: str = "/api/v1/ping") -> int:
    return httpx.get(stack.url + path, headers={"X-API-Key": key}, timeout=60, trust_env=False).status_code


def sync(stack: Stack, key: str, device: str) -> int:
    body = {"deviceId": device, "batchId": "b", "tables": {}}
    return httpx.post(
        f"{stack.url}/api/v1/sync", json=body, headers={"X-API-Key": key}, timeout=60, trust_env=False
    ).status_code


def test_a_device_s_key_is_issued_with_the_api_s_own_rights_and_dies_soon_after_it_is_revoked(stack: Stack) -> None:
    key = stack.make("keys", do=f"create pi-e2e --device {DEVICE}").strip()
    time.sleep(1)  # how long a replica may know that it does not know a key
    opened = [sync(stack, key, DEVICE), sync(stack, key, "another"), status(stack, key, "/api/v1/drives")]
    listed = stack.make("keys", do="list")

    stack.make("keys", do="revoke pi-e2e")
    revoked_at = time.monotonic()
    while status(stack, key) == 200:
        assert time.monotonic() < revoked_at + FRESH_SECONDS + PATIENCE_SECONDS, "a revoked key lives on"
        time.sleep(0.2)

    assert opened == [200, 403, 403]
    assert all(word in listed for word in ("pi-e2e", "push", "in force"))
    assert re.search(r"\d{2}:\d{2}", listed), "its last use is not shown"
    assert status(stack, key) == 401


def test_the_shared_key_is_exchanged_without_a_pause_for_who_has_the_old_one(stack: Stack) -> None:
    old = stack.key
    stack.make("rotate-key")
    new = stack.key
    both = [status(stack, old), status(stack, new)]
    rotation = stack.get("/api/v1/health")["keyRotation"]

    stack.make("rotate-key", finish="1")

    assert (both, rotation["begunAt"] <= rotation["previousUsedAt"]) == ([200, 200], True)
    assert [status(stack, old), status(stack, new)] == [401, 200]
    assert stack.get("/api/v1/health")["keyRotation"] is None
