"""`obd2 analyses`, run as an operator does who wants to know how an answer came about."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from prometheus_client import CollectorRegistry
from sqlmodel import select
from typer.testing import CliRunner, Result

from obd2_analyzer.advice.ollama_adviser import OllamaAdviser
from obd2_analyzer.advice.prompt import PROMPT_VERSION
from obd2_analyzer.ollama.metrics import AdviceMetrics
from obd2_analyzer.ollama.settings import OllamaSettings
from obd2_cli.__main__ import build_app
from obd2_common.db.database import Database
from obd2_common.errors import NotFoundError
from obd2_common.tables.analyses import Analysis
from obd2_common.tables.drives import Finding
from support.analyzer_store import Garage
from support.drive_rows import between, drive_rows
from support.embedded_server import embedded_database
from support.fake_ollama import FakeOllama

MODEL = "llama3.1:8b"
ITEM = {"evidence": "E1", "category": "Cooling", "checks": ["coolant.fan", "engine.tune"]}
REPLY = json.dumps([ITEM, {**ITEM, "evidence": "E99"}])


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    with embedded_database(tmp_path, monkeypatch) as opened:
        yield opened


@pytest.fixture
def fake() -> Iterator[FakeOllama]:
    with FakeOllama(MODEL).running() as server:
        server.replies.append(REPLY)
        yield server


@pytest.fixture
def analysis(database: Database, fake: FakeOllama) -> Analysis:
    """Return the analysis of a hot drive, made by the fake model."""
    given = OllamaSettings(_env_file=None, ollama_base_url=fake.base_url, ollama_model=MODEL)
    garage = Garage(database, adviser=OllamaAdviser(given, AdviceMetrics(CollectorRegistry())))
    garage.know()
    garage.receive(drive_rows(600, signals={"COOLANT_TEMP": between(400, 500, 105.0, 90.0)}))
    garage.work()
    (made,) = garage.all(Analysis)
    assert isinstance(made, Analysis)
    return made


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build_app("analyses"), ("analyses", *arguments))


@pytest.mark.usefixtures("database")
def test_without_analyses_it_says_so() -> None:
    assert run("list").output == "Nothing was analysed yet.\n"


def test_analyses_are_listed(analysis: Analysis) -> None:
    shown = run("list", "--device", analysis.source_device or "")

    assert shown.exit_code == 0
    assert "llm" in shown.output
    assert run("list", "--device", "another").output == "Nothing was analysed yet.\n"


def test_an_analysis_shows_its_verdicts(analysis: Analysis, database: Database) -> None:
    (finding,) = database.read(lambda session: list(session.exec(select(Finding))))

    shown = run("show", analysis.analysis_id)

    assert shown.exit_code == 0
    assert f"1. Cooling STOP 0.90: {finding.sentence}" in shown.output
    assert f"asked {MODEL} (4ddf68187c36), prompt version {PROMPT_VERSION}, 1 attempt(s)" in shown.output
    assert f"item 1: accepted dropped check: engine.tune: {json.dumps(ITEM)}" in shown.output
    assert "item 2: no_evidence (E99): " in shown.output
    assert "System message" not in shown.output


def test_the_prompt_and_the_raw_reply_are_shown_on_request(analysis: Analysis) -> None:
    shown = run("show", analysis.analysis_id, "--prompt").output

    assert "A computer has judged the measurements of a car." in shown
    assert "E1 STOP Coolant temperature" in shown
    assert REPLY in shown


def test_a_call_can_be_made_again_from_what_is_kept(analysis: Analysis, fake: FakeOllama) -> None:
    kept = json.loads(run("show", analysis.analysis_id, "--json").output)

    assert kept["request"] == fake.chats()[0]
    assert kept["call"]["raw_reply"] == REPLY


@pytest.mark.usefixtures("database")
def test_an_unknown_analysis_is_an_error() -> None:
    found = run("show", "an-0")

    assert isinstance(found.exception, NotFoundError)
