"""A key that was exchanged on the host is not undone by a play that was given the key of before."""

import pytest

from support.ansible_target import KEY_PLACE, Target

pytestmark = [pytest.mark.ansible, pytest.mark.timeout(1800)]

FOLLOW = f"/opt/obd2/current/quadlet/secrets.sh {KEY_PLACE.rpartition('/')[0]} && systemctl restart obd2-api"
MAKE_KEY = "head -c 64 /dev/urandom | base64 -w 0 | tr -dc A-Za-z0-9 | head -c 40"
BEGIN = {
    "docker": "make -C /opt/obd2/current rotate-key",
    "podman": f"{{ {MAKE_KEY}; echo; cat {KEY_PLACE}; }} >/run/keys && cat /run/keys >{KEY_PLACE} && {FOLLOW}",
}
FINISH = {
    "docker": "make -C /opt/obd2/current rotate-key finish=1",
    "podman": f"head -n 1 /run/keys | tr -d '\\n' >{KEY_PLACE} && {FOLLOW}",
}


def test_a_key_exchanged_on_the_host_is_replaced_only_when_that_is_said(target: Target) -> None:
    old = target.shell(f"cat {KEY_PLACE}")
    given = {"obd2_server_api_key": old}
    target.shell(BEGIN[target.engine])

    changed, said = target.converge("--tags", "config", variables=given)
    target.shell(FINISH[target.engine])
    new = target.shell(f"cat {KEY_PLACE}")
    refused = target.play("--tags", "config", variables=given)

    assert changed == 0, said
    assert refused.returncode != 0
    assert "the key was exchanged" in " ".join(refused.stdout.split())
    assert [key for key in (old, new) if key in refused.stdout + refused.stderr] == []
    assert target.shell(f"cat {KEY_PLACE}") == new != old
    assert accepted(target, new, old) == [True, False]

    target.converge("--tags", "config", variables={**given, "obd2_server_replace_api_key": True})

    assert accepted(target, new, old) == [False, True]


def accepted(target: Target, *keys: str) -> list[bool]:
    """Tell which keys the api takes."""
    target.wait_until_healthy()
    with target.client() as client:
        return [client.get("/api/v1/ping", headers={"X-API-Key": key}).status_code == 200 for key in keys]
