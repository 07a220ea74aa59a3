"""A setting reaches the services that read it, and no others."""

import pytest

from support.ansible_target import SETTINGS, Target

pytestmark = [pytest.mark.ansible, pytest.mark.timeout(1800)]

READ_BY = {
    "DRIVE_QUIET_SECONDS": ["analyzer", "api", "backup"],
    "BACKUP_ANSWER_WAIT_SECONDS": ["api"],
    "BACKUP_DUMP_HOURS": ["backup"],
}
SERVICES = ("analyzer", "api", "backup", "mysql", "ollama")
SHOW = "{{{{.State.StartedAt}}}}{{{{range .Config.Env}}}}{{{{println}}}}{{{{.}}}}{{{{end}}}}"


def containers(target: Target) -> dict[str, list[str]]:
    """Return when each service was started, followed by its environment."""
    ask = "{engine} ps --quiet --filter 'name=obd2-{name}(-1)?$' | xargs {engine} inspect --format '" + SHOW + "'"
    return {name: target.shell(ask.format(engine=target.engine, name=name)).splitlines() for name in SERVICES}


def test_a_service_is_given_what_it_reads(target: Target) -> None:
    told = containers(target)

    for variable, services in READ_BY.items():
        given = [name for name in SERVICES if f"{variable}={SETTINGS[variable]}" in told[name]]
        assert given == services, variable


def test_a_secret_setting_reaches_one_service_and_restarts_no_other(target: Target) -> None:
    before = containers(target)

    _, said = target.converge(
        "--tags", "config", variables={"obd2_server_secret_settings": {"BACKUP_REPLICA_KEY_ID": "key-of-the-store"}}
    )
    after = containers(target)
    target.converge("--tags", "config")

    assert "key-of-the-store" not in said
    assert [name for name in SERVICES if "BACKUP_REPLICA_KEY_ID=key-of-the-store" in after[name]] == ["backup"]
    assert [name for name in SERVICES if after[name][0] != before[name][0]] == ["backup"]
    assert [name for name in SERVICES if "key-of-the-store" in "".join(containers(target)[name])] == []
