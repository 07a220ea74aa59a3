"""`obd2 devices` and `obd2 quarantine`, run as an operator does."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from embedded_server import serve_environment
from ingest_setup import QUIET, SETTLE
from obd2_api.ingest.drives import Patience
from obd2_api.ingest.envelope import read_envelope
from obd2_api.ingest.receive import Ingest, receive
from obd2_cli.__main__ import build_app
from obd2_common.clock import utc_now
from obd2_common.database import Database
from obd2_common.errors import NotFoundError
from obd2_common.migrate import upgrade
from obd2_common.settings import CommonSettings

DEVICE = "chi-eclipse-01"


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.chdir(tmp_path)
    for name, value in serve_environment(tmp_path).items():
        monkeypatch.setenv(name, value)
    settings = CommonSettings()
    settings.data_dir.mkdir(parents=True, exist_ok=True)
    opened = Database(settings.effective_database_url)
    upgrade(opened)
    yield opened
    opened.close()


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build_app(arguments[0]), arguments)


def push(database: Database, *rows: dict[str, object]) -> None:
    document = {"deviceId": DEVICE, "batchId": "b-7", "tables": {"realtime_data": {"rows": rows}}}
    ingest = Ingest(database, utc_now, CommonSettings().zone, Patience(QUIET, SETTLE))
    receive(ingest, read_envelope(json.dumps(document).encode()))


def test_nothing_sent_is_said_plainly() -> None:
    assert run("devices").output == "No device has sent anything yet.\n"
    assert run("quarantine", "list").output == "Nothing is in quarantine.\n"


def test_a_device_shows_its_epochs_tables_and_unknown_columns(database: Database) -> None:
    push(database, {"id": 1, "value": 800.0, "timestamp": "2026-07-11T18:02:39Z", "ethanol": 0.85})
    push(database, {"id": 1, "value": 3.0, "timestamp": "2026-08-11T18:02:39Z"})

    shown = run("devices", DEVICE)

    assert shown.exit_code == 0
    assert "epoch 1 (closed)" in shown.output
    assert "epoch 2 (open)" in shown.output
    assert "realtime_data row 1 came again with other content" in shown.output
    assert "realtime_data.ethanol: 1 rows, kept in extra" in shown.output


def test_an_unknown_device_is_an_error() -> None:
    result = run("devices", "nobody")

    assert isinstance(result.exception, NotFoundError)


def test_a_quarantined_row_is_listed_shown_tried_and_set_aside(database: Database) -> None:
    push(database, {"id": 9, "value": "hot"}, {"id": 10, "value": 1.0})

    listed, shown, tried, aside, after = (
        run("quarantine", "list"),
        run("quarantine", "show", "1"),
        run("quarantine", "replay"),
        run("quarantine", "discard", "1"),
        run("quarantine", "list"),
    )

    assert "wrong_type" in listed.output
    assert '{"id": 9, "value": "hot"}' in shown.output
    assert (tried.exit_code, tried.output) == (1, "0 rows stored, 1 still in quarantine.\n  wrong_type: 1\n")
    assert aside.output == "1 rows set aside.\n"
    assert after.output == "Nothing is in quarantine.\n"


def test_a_number_that_is_not_in_quarantine_is_an_error() -> None:
    assert isinstance(run("quarantine", "show", "5").exception, NotFoundError)
    assert isinstance(run("quarantine", "discard", "5").exception, NotFoundError)
