"""Writes the server's real answers into a page's blocks: ``python -m document_answers docs/api.md``."""

import sys
import tempfile
from collections.abc import Mapping
from pathlib import Path

from support.document_blocks import blocks_to_run
from support.document_shell import Ran, normalised, run_page
from support.embedded_server import KEY, embedded_server, serve_environment

NAMES = ("http://chi-srv-01:8000", "http://localhost:8000")
"""What the pages call the address of the server."""
KEY_NAME = "the-key-of-the-pi"
PATIENT = {
    "DRIVE_QUIET_SECONDS": "20",
    "DRIVE_SETTLE_SECONDS": "20",
    "BACKUP_ANSWER_WAIT_SECONDS": "60",
}
"""Nothing is computed while a page still sends, however slow the machine; what a page asks for is answered at once."""


def run_beside_a_server(page: Path, folder: Path) -> list[Ran]:
    """Run the blocks of a page that are run here, in a folder with a server of its own."""
    found = blocks_to_run(page, "here")
    (folder / ".venv").mkdir()
    (folder / ".venv" / "bin").symlink_to(Path(sys.executable).parent)
    with embedded_server(folder, **PATIENT) as server:
        environment = {**serve_environment(folder, **PATIENT), "HOME": str(folder), "COLUMNS": "120"}
        names = {**_address(page, server.url), KEY_NAME: KEY}
        return run_page(found, folder, environment=environment, names=names)


def rewritten(text: str, ran: list[Ran]) -> str:
    """Return a page in which every command that was run shows what it answered now, unless that says the same."""
    position = 0
    for done in ran:
        shown = done.command.shown
        typed = text.index(done.command.text, position)
        begin = typed + len(done.command.text) + 1
        end = begin + len(shown)
        position = end
        if normalised(shown) != normalised(done.output):
            fresh = "\n".join(line.rstrip() for line in done.output.splitlines())
            separator = "\n" if fresh and not shown else ""
            text = text[:begin] + fresh + separator + text[end + (1 if shown and not fresh else 0) :]
            position = begin + len(fresh) + len(separator)
    return text


def main(page: Path) -> int:
    """Run a page and write what was answered into it."""
    with tempfile.TemporaryDirectory() as folder:
        ran = run_beside_a_server(page, Path(folder))
    failed = [f"{done.block.place}: {done.command.text}\n{done.output}" for done in ran if done.status]
    if failed:
        sys.stderr.write("\n".join(failed) + "\n")
        return 1
    page.write_text(rewritten(page.read_text(encoding="utf-8"), ran), encoding="utf-8")
    return 0


def _address(page: Path, url: str) -> Mapping[str, str]:
    text = page.read_text(encoding="utf-8")
    return {name: url for name in NAMES if name in text}


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve()))
