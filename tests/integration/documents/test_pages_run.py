"""The commands of the documents that can run beside an embedded server are run, and answer what the pages show."""

import shutil
from pathlib import Path

import pytest

from document_answers import run_beside_a_server
from document_blocks import PAGES, blocks_to_run
from document_shell import Ran, normalised

RUN_PAGES = [page for page in PAGES if blocks_to_run(page, "here")]
MISSING = [program for program in ("bash", "curl", "gzip", "zstd", "python3") if shutil.which(program) is None]

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"the pages use programs this machine lacks: {MISSING}")


@pytest.fixture(scope="module", params=RUN_PAGES, ids=lambda page: page.name)
def ran(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[Ran]:
    page: Path = request.param
    return run_beside_a_server(page, tmp_path_factory.mktemp(page.stem))


def test_every_command_of_a_page_succeeds(ran: list[Ran]) -> None:
    failed = [f"{done.block.place}: {done.command.text}\n{done.output}" for done in ran if done.status]

    assert failed == []


def test_every_answer_is_the_one_the_page_shows(ran: list[Ran]) -> None:
    shown = {f"{done.block.place}: {done.command.text}": normalised(done.command.shown) for done in ran}
    answered = {f"{done.block.place}: {done.command.text}": normalised(done.output) for done in ran}

    assert {place: text for place, text in answered.items() if shown[place] and text != shown[place]} == {}
