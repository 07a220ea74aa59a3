"""Secrets of an encrypted vault: they are what the service runs with, and nobody else gets to see them."""

import httpx
import pytest

from support.ansible_target import Target
from support.bare_target import BareHost

pytestmark = [pytest.mark.ansible, pytest.mark.timeout(3600)]

ASK_AS_ROOT = """docker exec --interactive obd2-mysql-1 sh <<'END'
MYSQL_PWD=$(cat /run/secrets/mysql_root_password) mysql --user=root --batch --skip-column-names --execute='SELECT 1'
END"""


def test_the_api_answers_to_the_key_of_the_vault(bare: Target, host: BareHost) -> None:
    headers = {"X-API-Key": host.vault["vault_obd2_api_key"]}

    answer = httpx.get(f"{bare.url}/api/v1/drives", headers=headers, timeout=30, trust_env=False)

    assert answer.status_code == 200


def test_the_database_was_made_with_the_passwords_of_the_vault(bare: Target, host: BareHost) -> None:
    given = host.vault["vault_obd2_database_passwords"]

    assert {name: bare.shell(f"cat /etc/obd2/secrets/{name}") for name in given} == given
    assert bare.shell(ASK_AS_ROOT) == "1"
    # One that was not given is made.
    assert len(bare.shell("cat /etc/obd2/secrets/db_backup_password")) == 40


def test_a_secret_setting_reaches_its_service_alone(bare: Target, host: BareHost) -> None:
    ((name, value),) = host.vault["vault_obd2_secret_settings"].items()
    containers = bare.shell("docker ps --format '{{.Names}}'").split()
    readers = [container for container in containers if value in bare.shell(f"docker inspect {container}")]

    assert readers == ["obd2-backup-1"]
    assert bare.shell(f"docker exec obd2-backup-1 printenv {name}") == value


def test_no_secret_of_the_vault_is_shown(bare: Target, host: BareHost) -> None:
    told = {
        "the play": host.said,
        "command lines": host.command_lines,
        "the journal": bare.shell("journalctl --no-pager"),
    }

    assert "make --no-print-directory up" in told["command lines"]
    assert [(place, secret) for place, text in told.items() for secret in host.given if secret in text] == []


def test_nobody_but_root_can_read_the_settings(bare: Target) -> None:
    assert (
        bare.shell("stat --dereference -c '%a %U' /etc/obd2/stack.env /opt/obd2/current/.env") == "600 root\n600 root"
    )
    assert bare.shell("stat -c '%a %U' /etc/obd2/secrets") == "700 root"
