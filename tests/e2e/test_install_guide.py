"""docs/install.md is true: its commands make a bare Debian 13 into a server, without containers."""

import secrets
import subprocess
import time
from collections.abc import Iterator

import httpx
import pytest

from support.booted_debian import BootedDebian, MissingDebianError, booted_debian
from support.document_blocks import ROOT, blocks_to_run
from support.document_shell import Ran, read_back, written_down

PAGE = ROOT / "docs" / "install.md"
SERVICES = ("obd2-api", "obd2-analyzer", "obd2-backup")
PATIENCE_SECONDS = 180

pytestmark = [pytest.mark.stack, pytest.mark.timeout(1200)]


@pytest.fixture(scope="module")
def machine() -> Iterator[BootedDebian]:
    try:
        with booted_debian(f"obd2-test-guide-{secrets.token_hex(3)}") as booted:
            booted.copy_checkout("/opt/obd2")
            yield booted
    except MissingDebianError as error:
        pytest.skip(str(error))


@pytest.fixture(scope="module")
def ran(machine: BootedDebian) -> list[Ran]:
    commands, script = written_down(blocks_to_run(PAGE, "debian13"), {})
    settings = "export DEBIAN_FRONTEND=noninteractive COLUMNS=120\n"
    return read_back(commands, machine.run(settings + script).stdout, {})


def said(ran: list[Ran], command: str) -> str:
    (done,) = [done for done in ran if command in done.command.text]
    return done.output


def states(machine: BootedDebian) -> set[str]:
    return set(machine.run(f"systemctl is-active obd2-migrate {' '.join(SERVICES)}").stdout.split())


def wait_until_answered(url: str) -> httpx.Response:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while True:
        try:
            return httpx.get(f"{url}/api/v1/health", timeout=5, trust_env=False)
        except httpx.TransportError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.5)


def test_every_command_of_the_guide_succeeds(ran: list[Ran]) -> None:
    failed = [f"{done.block.place}: {done.command.text}\n{done.output}" for done in ran if done.status]

    assert failed == []


def test_the_guide_ends_with_a_drive_analysed_and_a_backup_kept(ran: list[Ran], machine: BootedDebian) -> None:
    assert "The server holds all of it." in said(ran, "obd2 push pi.db")
    assert '"verification":"ok"' in said(ran, "-F file=@pi.db")
    assert "COOLANT_TEMP" in said(ran, "obd2 report 1 ")
    assert states(machine) == {"active"}


def test_each_service_has_the_rights_it_needs_and_no_others(ran: list[Ran], machine: BootedDebian) -> None:
    login = "mariadb --user=obd2_api --host=127.0.0.1 --password=$(cat /etc/obd2/secrets/db_api_password) obd2db"

    assert machine.run(f"{login} -e 'DESCRIBE realtime_data'").returncode == 0
    assert "denied" in machine.run(f"{login} -e 'DROP TABLE realtime_data'").stdout
    assert "denied" in machine.run(f"{login} -e 'DESCRIBE mysql.user'").stdout
    assert "SELECT, INSERT, UPDATE, DELETE ON `obd2db`" in said(ran, "SHOW GRANTS")


@pytest.mark.usefixtures("ran")
def test_no_process_shows_a_secret_and_only_root_reads_the_files(machine: BootedDebian) -> None:
    found = machine.run(
        "for file in /etc/obd2/secrets/*; do grep -lsaF -f $file /proc/[0-9]*/cmdline /proc/[0-9]*/environ; done;"
        "setpriv --reuid=obd2 --regid=obd2 --clear-groups cat /etc/obd2/secrets/api_key"
    ).stdout

    assert "Permission denied" in found
    assert "/proc/" not in found


@pytest.mark.usefixtures("ran")
def test_the_units_are_hardened_and_understood(machine: BootedDebian) -> None:
    checked = machine.run("systemd-analyze verify /etc/systemd/system/obd2-*.service")
    exposed = machine.run(f"systemd-analyze security --no-pager --threshold=20 {' '.join(SERVICES)}")

    assert (checked.returncode, checked.stdout) == (0, "")
    assert exposed.returncode == 0, exposed.stdout


@pytest.mark.usefixtures("ran")
def test_a_service_that_is_killed_comes_back(machine: BootedDebian) -> None:
    before = machine.run("systemctl show --property=MainPID --value obd2-api obd2-analyzer obd2-backup").stdout.split()

    machine.run(f"kill -KILL {' '.join(before)}")

    deadline = time.monotonic() + PATIENCE_SECONDS
    while states(machine) != {"active"}:
        assert time.monotonic() < deadline
        time.sleep(0.5)
    after = machine.run("systemctl show --property=MainPID --value obd2-api obd2-analyzer obd2-backup").stdout.split()
    assert set(before).isdisjoint(after)


@pytest.mark.usefixtures("ran")
def test_only_the_home_network_gets_in_and_a_reboot_changes_nothing(machine: BootedDebian) -> None:
    with pytest.raises(httpx.ConnectTimeout):
        httpx.get(f"http://{machine.address}:8000/api/v1/health", timeout=2, trust_env=False)
    network = subprocess.run(["ip", "-4", "route", "get", machine.address], capture_output=True, text=True, check=True)  # noqa: S603, S607
    here = network.stdout.split(" src ")[1].split()[0]
    machine.run(f"sed -i 's|10.27.27.0/24|{here}|' /etc/obd2/obd2.nft")

    machine.reboot()

    health = wait_until_answered(f"http://{machine.address}:8000").json()
    assert health["components"]["mysql"] == "up"
    assert health["driveCount"] == 1
    assert states(machine) == {"active"}
