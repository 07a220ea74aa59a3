"""What a running container of the stack cannot do, tried from inside."""

import pytest

from support.stack_running import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

OURS = ("api", "analyzer", "backup")
DEFAULT_ROUTE = """
routes = [line.split() for line in open("/proc/net/route")][1:]
print(any(route[1] == "00000000" for route in routes))
"""
CAPABILITIES = """
print(next(line.split()[1] for line in open("/proc/self/status") if line.startswith("CapBnd")))
"""
CONNECT = """
import socket, sys
try:
    socket.create_connection(("{host}", {port}), timeout=3).close()
    print("open")
except OSError as error:
    print("closed")
"""
LOG_IN = """
import pymysql
try:
    connection = pymysql.connect(host="mysql", user="{user}", password={password}, database="obd2db", connect_timeout=5)
    with connection.cursor() as cursor:
        cursor.execute("{statement}")
    print("done")
except pymysql.MySQLError as error:
    print(error.args[0])
"""
OWN_PASSWORD = "open('/run/secrets/database_password').read()"
ACCESS_DENIED, COMMAND_DENIED = "1045", "1142"


@pytest.mark.parametrize("service", [*OURS, "mysql", "ollama"])
def test_nothing_can_be_written_to_the_root_file_system(stack: Stack, service: str) -> None:
    for folder in ("/", "/usr/bin", "/etc"):
        tried = stack.inside(service, "sh", "-c", f"touch {folder}/probe")
        assert tried.returncode != 0
        assert "ead-only file system" in tried.stderr


@pytest.mark.parametrize("service", OURS)
def test_a_service_is_nobody_in_particular(stack: Stack, service: str) -> None:
    assert stack.inside(service, "id", "-u").stdout.strip() == "10001"
    assert int(stack.python(service, CAPABILITIES), 16) == 0


@pytest.mark.parametrize(("service", "has_way_out"), [("api", True), ("analyzer", False), ("backup", False)])
def test_only_the_api_has_a_way_out(stack: Stack, service: str, has_way_out: bool) -> None:  # noqa: FBT001
    assert stack.python(service, DEFAULT_ROUTE) == str(has_way_out)


def test_the_backup_service_cannot_even_see_ollama(stack: Stack) -> None:
    assert stack.python("analyzer", CONNECT.format(host="ollama", port=11434)) == "open"
    assert stack.python("backup", CONNECT.format(host="ollama", port=11434)) == "closed"


@pytest.mark.parametrize(
    ("service", "names"),
    [("api", "api_key database_password"), ("analyzer", "database_password"), ("backup", "database_password")],
)
def test_a_container_holds_its_own_secrets_only(stack: Stack, service: str, names: str) -> None:
    assert stack.python(service, "import os; print(*sorted(os.listdir('/run/secrets')))") == names


def test_the_services_have_passwords_of_their_own(stack: Stack) -> None:
    passwords = {stack.python(service, f"print({OWN_PASSWORD})") for service in OURS}

    assert len(passwords) == len(OURS)


def test_the_database_refuses_another_services_user_and_a_wrong_password(stack: Stack) -> None:
    def log_in(user: str, password: str) -> str:
        return stack.python("analyzer", LOG_IN.format(user=user, password=password, statement="SELECT 1"))

    assert log_in("obd2_analyzer", OWN_PASSWORD) == "done"
    assert log_in("obd2_api", OWN_PASSWORD) == ACCESS_DENIED
    assert log_in("root", "''") == ACCESS_DENIED
    assert log_in("obd2_analyzer", "'guess'") == ACCESS_DENIED


@pytest.mark.parametrize("service", OURS)
def test_no_service_can_change_a_table(stack: Stack, service: str) -> None:
    for statement in ("DROP TABLE realtime_data", "ALTER TABLE drives ADD x INT", "CREATE TABLE mine (x INT)"):
        code = LOG_IN.format(user=f"obd2_{service}", password=OWN_PASSWORD, statement=statement)
        assert stack.python(service, code) == COMMAND_DENIED


def test_root_is_known_inside_the_databases_container_only(stack: Stack) -> None:
    assert stack.sql("SELECT DISTINCT host FROM mysql.user WHERE user = 'root'") == [["localhost"]]


def test_a_password_is_rotated_while_the_stack_runs(stack: Stack) -> None:
    before = stack.python("backup", f"print({OWN_PASSWORD})")

    stack.make("rotate", user="backup")

    after = stack.python("backup", f"print({OWN_PASSWORD})")
    assert after != before
    for password, answer in ((after, "done"), (before, ACCESS_DENIED)):
        code = LOG_IN.format(user="obd2_backup", password=repr(password), statement="SELECT 1")
        assert stack.python("backup", code) == answer


def test_the_api_cannot_touch_the_vault_but_writes_its_spool(stack: Stack) -> None:
    assert stack.inside("api", "touch", "/backups/probe").returncode != 0
    assert stack.inside("api", "sh", "-c", "touch /backups/.spool/probe && rm /backups/.spool/probe").returncode == 0


def test_neither_the_database_nor_ollama_is_published(stack: Stack) -> None:
    for service in ("mysql", "ollama", "analyzer", "backup"):
        assert "->" not in stack.compose("ps", "--format", "{{.Ports}}", service)
