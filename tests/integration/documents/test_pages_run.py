"""The commands of the documents that can run beside an embedded server are run, and answer what the pages show."""

import shutil
from pathlib import Path

import pytest

from support.document_answers import run_beside_a_server
from support.document_blocks import PAGES, blocks_to_run
from support.document_shell import Ran, normalised

RUN_PAGES = [page for page in PAGES if blocks_to_run(page, "here")]
MISSING = [program for program in ("bash", "curl", "gzip", "zstd", "python3") if shutil.which(program) is None]

pytestmark = pytest.mark.skipif(bool(MISSING), reason=f"the pages use programs this machine lacks: {MISSING}")


def place(done: Ran) -> str:
    return f"{done.block.place}: {done.command.text}"


@pytest.mark.parametrize("page", RUN_PAGES, ids=lambda page: page.name)
def test_every_command_of_a_page_succeeds_and_answers_what_the_page_shows(page: Path, tmp_path: Path) -> None:
    ran = run_beside_a_server(page, tmp_path)

    assert [f"{place(done)}\n{done.output}" for done in ran if done.status] == []
    answers = {place(done): (normalised(done.command.shown), normalised(done.output)) for done in ran}
    assert {at: answered for at, (shown, answered) in answers.items() if shown and answered != shown} == {}
