"""Runs the blocks of a page in one shell, as a reader would who types them one after the other."""

import re
import subprocess
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from support.document_blocks import Block, Command, preparation

PATIENCE_SECONDS = 120
_BEGIN, _END = "\x1e", "\x1f"
_VARIABLE = (
    (r"\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b", "<id>"),
    (r"\ban-[0-9a-f]{8,32}\b", "<analysis>"),
    (r"\b[0-9a-f]{32}\b", "<id>"),
    (r"(?<=date: )\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", "<date>"),
    (r"(?<=upload-expires: )\w{3}, \d\d \w{3} \d{4} [\d:]{8} GMT", "<date>"),
    (r"\b20\d\d-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{1,6}Z", "<time>"),
    (r"\b20\d\d-\d\d-\d\dT\d\d-\d\d-\d\d-\d{6}\b", "<stamp>"),
    (r'(?<="processingTimeMs": )\d+', "<ms>"),
    (r"The request waits for the analyzer|The analyzer is at work", "<progress>"),
    (r'(?<="sha256": ")[0-9a-f]{64}', "<digest>"),
    (r'(?<="sizeBytes": )\d+|(?<="bytes": )\d+', "<size>"),
    (r'(?<="nextCursor": ")[\w=-]+', "<cursor>"),
    (r'(?<="schemaVersion": ")\d+|(?<="version": ")[\w.]+', "<version>"),
    (r"(?<=content-length: )\d+", "<length>"),
)
"""What differs from run to run: a pattern, and what stands for it when two runs are compared."""


@dataclass(frozen=True, slots=True)
class Ran:
    """A command that was run: where it stands, its exit status and its output."""

    block: Block
    command: Command
    status: int
    output: str


def run_page(
    page_blocks: Sequence[Block],
    folder: Path,
    *,
    environment: Mapping[str, str],
    names: Mapping[str, str],
) -> list[Ran]:
    """Run the commands of a page from its top to its end.

    Args:
        page_blocks: in their order; files are written before the first command runs.
        folder: where the reader sits.
        environment: all variables the shell has.
        names: what the page says -> what it is here, such as the address of the server.
    """
    commands, script = written_down(page_blocks, names)
    for block in page_blocks:
        if block.kind == "file":
            (folder / block.value).write_text(_here(block.text, names), encoding="utf-8")
    (folder / ".commands.sh").write_text(script, encoding="utf-8")
    with (folder / ".output.txt").open("wb") as file:
        shell = subprocess.Popen(
            ["bash", ".commands.sh"],  # noqa: S607 - the reader's shell
            cwd=folder,
            env=dict(environment),
            stdout=file,
            stderr=subprocess.STDOUT,
            stdin=subprocess.DEVNULL,
        )
        try:
            shell.wait(PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            shell.kill()
            shell.wait()
    return read_back(commands, (folder / ".output.txt").read_text(encoding="utf-8"), names)


def written_down(page_blocks: Iterable[Block], names: Mapping[str, str]) -> tuple[list[tuple[Block, Command]], str]:
    """Return the commands of blocks, and a script that runs them in one shell and marks what each says."""
    commands: list[tuple[Block, Command]] = []
    lines: list[str] = []
    for block in page_blocks:
        if block.kind == "file":
            continue
        if preparation(block):
            lines += ["{", _here(preparation(block), names), "} >/dev/null </dev/null"]
        for command in block.commands:
            commands.append((block, command))
            typed = _here(command.text, names)
            lines += [f"printf '{_BEGIN}'", "{", typed, "} </dev/null", f"printf '{_END}%s\\n' \"$?\""]
    return commands, "\n".join([*lines, ""])


def read_back(commands: list[tuple[Block, Command]], output: str, names: Mapping[str, str]) -> list[Ran]:
    """Return what the commands of a script said; the last one failed when the script did not come to its end."""
    for said, real in names.items():
        output = output.replace(real, said)
    found = re.findall(rf"{_BEGIN}([^{_BEGIN}{_END}]*){_END}(\d+)\n", output)
    ran = [
        Ran(block, command, int(status), text.strip("\n"))
        for (block, command), (text, status) in zip(commands, found, strict=False)
    ]
    if len(ran) < len(commands):
        block, command = commands[len(ran)]
        ran.append(Ran(block, command, 1, f"it did not end: {output.rpartition(_BEGIN)[2]}"))
    return ran


def normalised(text: str) -> str:
    """Return an output with one sign for whatever differs from run to run."""
    for pattern, shown_as in _VARIABLE:
        text = re.sub(pattern, shown_as, text)
    return "\n".join(line.rstrip() for line in text.splitlines())


def _here(text: str, names: Mapping[str, str]) -> str:
    for said, real in names.items():
        text = text.replace(said, real)
    return text
