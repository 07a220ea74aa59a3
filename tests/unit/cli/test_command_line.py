"""The command line: help, mistakes, `obd2 simulate` and `obd2 push`."""

import re
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from obd2_cli.__main__ import SUBCOMMANDS, build_app
from obd2_cli.commands.simulate import parse_fault
from obd2_cli.simulate import Fault, FaultName
from obd2_common.errors import InvalidInputError, Obd2Error
from support.sync_server_fake import Reply, receipt, sync_server


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(build_app(str(arguments[0])), [str(argument) for argument in arguments])


@pytest.fixture
def database(tmp_path: Path) -> Path:
    result = run("simulate", tmp_path / "obd.db", "--duration", "60", "--kind", "short_hop")
    assert result.exit_code == 0, result.output
    return tmp_path / "obd.db"


def test_the_help_lists_every_subcommand_without_loading_any() -> None:
    heavy = "print([name for name in ('numpy', 'sqlalchemy', 'fastapi') if name in sys.modules])"
    script = (
        "import sys; from typer.testing import CliRunner; from obd2_cli.__main__ import build_app;"
        f"print(CliRunner().invoke(build_app(None), ['--help']).output); {heavy}"
    )

    output = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout  # noqa: S603

    assert all(name in output for name in SUBCOMMANDS)
    assert output.strip().endswith("[]")


@pytest.mark.parametrize("name", SUBCOMMANDS)
def test_every_subcommand_explains_itself(name: str) -> None:
    result = run(name, "--help")

    assert result.exit_code == 0
    assert "Usage" in result.output


def test_a_subcommand_whose_service_is_not_installed_says_what_is_missing() -> None:
    script = (
        "import sys; sys.modules['obd2_backup'] = None; sys.argv = ['obd2', 'backups', 'list'];"
        "from obd2_cli.__main__ import main; main()"
    )

    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)  # noqa: S603

    assert done.returncode == 2
    assert done.stderr.strip() == "obd2: `obd2 backups` needs obd2_backup, which is not installed here"


def test_a_mistake_is_said_in_one_line(tmp_path: Path) -> None:
    missing = tmp_path / "no[such].db"

    done = subprocess.run(  # noqa: S603
        [sys.executable, "-m", "obd2_cli", "push", str(missing), "--api-key", "k"],
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 2
    assert done.stderr.strip() == f"obd2: {missing} is no file"


def test_what_a_library_logs_stays_out_of_the_output(tmp_path: Path) -> None:
    script = (
        "import structlog, sys; from obd2_cli import __main__ as cli;"
        "cli.build_app = lambda wanted: lambda: structlog.get_logger('obd2_api').warning('odd_row', table='dtc_log');"
        "cli.main()"
    )

    done = subprocess.run([sys.executable, "-c", script], cwd=tmp_path, capture_output=True, text=True, check=True)  # noqa: S603

    assert done.stdout == ""
    assert "odd_row" in done.stderr


def test_simulate_gives_the_faults_to_the_last_drive_unless_told_otherwise(tmp_path: Path) -> None:
    options = ("--drives", "3", "--duration", "60", "--fault", "missing-drive-end")

    run("simulate", tmp_path / "last.db", *options)
    run("simulate", tmp_path / "all.db", *options, "--faulty", "all")

    ends = []
    for name in ("last.db", "all.db"):
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            found = connection.execute("SELECT drive_id FROM connection_log WHERE event_type = 'drive_end' ORDER BY 1")
            ends.append([row[0] for row in found])
    assert ends == [[1, 2], []]


def test_simulate_numbers_overlapping_drives_apart(tmp_path: Path) -> None:
    options = ("--drives", "2", "--duration", "60", "--fault", "overlapping_drives", "--faulty", "all")

    result = run("simulate", tmp_path / "obd.db", *options)

    assert result.exit_code == 0
    with closing(sqlite3.connect(tmp_path / "obd.db")) as connection:
        assert connection.execute("SELECT drive_id FROM drive_summary").fetchall() == [(1,), (2,), (3,), (4,)]


def test_simulate_writes_a_rebuilt_database_beside_the_first(tmp_path: Path) -> None:
    result = run("simulate", tmp_path / "obd.db", "--duration", "60", "--fault", "rebuilt_database")

    assert result.exit_code == 0
    assert sorted(path.name for path in tmp_path.iterdir()) == ["obd.db", "obd.rebuilt.db"]


def test_simulate_replaces_a_file_only_by_force(database: Path) -> None:
    assert isinstance(run("simulate", database, "--duration", "60").exception, InvalidInputError)
    assert run("simulate", database, "--duration", "60", "--force").exit_code == 0


def test_simulate_says_when_a_fault_cannot_show(tmp_path: Path) -> None:
    result = run("simulate", tmp_path / "obd.db", "--kind", "short_hop", "--fault", "overheating:clear")

    assert "overheating does not show on a short_hop drive" in result.output


@pytest.mark.parametrize("place", ["/proc/obd.db", "/proc/no/such/obd.db"])
def test_simulate_says_where_nothing_can_be_written(place: str) -> None:
    result = run("simulate", place, "--duration", "60")

    assert isinstance(result.exception, InvalidInputError)
    assert "cannot be" in str(result.exception)


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("overheating", Fault(FaultName.OVERHEATING, 0.9)),
        ("Dying-O2:marginal", Fault(FaultName.DYING_O2, 0.3)),
        ("heat_soak:0.55", Fault(FaultName.HEAT_SOAK, 0.55)),
    ],
)
def test_faults_are_read_from_the_command_line(text: str, fault: Fault) -> None:
    assert parse_fault(text) == fault


@pytest.mark.parametrize("text", ["flat_tyre", "overheating:very", "overheating:1.5", "overheating:nan"])
def test_faults_that_do_not_exist_are_refused(text: str) -> None:
    with pytest.raises(InvalidInputError):
        parse_fault(text)


def test_push_ends_well_and_shows_its_receipts(database: Path) -> None:
    with sync_server() as server:
        server.answer = receipt
        first = run("push", database, "--url", server.url, "--api-key", "k", "--flush")
        second = run("push", database, "--url", server.url, "--api-key", "k")

    assert first.exit_code == second.exit_code == 0, first.output
    assert "rows are with the server" in first.output
    assert re.search(r"connection_log +(\d+) +\1 +0 +0 +ok", first.output)
    assert "Flush: ping ok, drive counter ok." in first.output
    assert "Nothing new to send" in second.output


def test_push_ends_badly_when_a_table_did_not_arrive(database: Path) -> None:
    with sync_server() as server:
        server.answer = lambda request: Reply(422) if request.table == "statistics" else receipt(request)
        result = run("push", database, "--url", server.url, "--api-key", "k")

    assert result.exit_code == 1
    assert "statistics: HTTP 422" in result.output


def test_push_to_another_server_sends_everything_and_with_a_wrong_key_says_so(database: Path) -> None:
    with sync_server() as server, sync_server() as other:
        server.answer, other.answer = receipt, receipt
        run("push", database, "--url", server.url, "--api-key", "k")
        elsewhere = run("push", database, "--url", other.url, "--api-key", "k")
        server.answer = lambda _: Reply(401)
        refused = run("push", database, "--url", server.url, "--api-key", "wrong")

    assert "rows are with the server" in elsewhere.output
    assert isinstance(refused.exception, Obd2Error)
    assert "refuses this key" in str(refused.exception)
