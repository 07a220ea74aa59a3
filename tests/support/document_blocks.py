"""Reads the code blocks of the documents: what each holds, and who answers for its commands.

The comment above a block says who does:

* ``run: here`` a test runs it, in the page's order, beside an embedded server; ``run: here, after COMMAND`` after that
* ``run: debian13`` a test runs it as root on a freshly booted Debian 13; ``run: podman`` on another one
* ``tested by: PATH`` the test at this path does what the commands do
* ``needs: THING`` nobody here has the thing; ``THINGS`` lists what may be named
* ``file: NAME`` no command: the block is a file the commands after it use
"""

import re
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
PAGES = (
    ROOT / "README.md",
    *sorted((ROOT / "docs").glob("*.md")),
    ROOT / "ansible" / "README.md",
    ROOT / "tests" / "README.md",
)
COMMAND_LANGUAGES = frozenset({"console", "sh", "bash", "shell", "zsh"})
THINGS = frozenset({"a Raspberry Pi", "the internet", "a second machine", "an idle machine"})

_BLOCK = re.compile(
    r"(?:^<!-- (?P<kind>[a-z ]+): (?P<value>(?:(?!-->).)+?) -->\n)?^```(?P<language>\w*)\n(?P<text>.*?)^```$",
    re.MULTILINE | re.DOTALL,
)
_PROMPT = re.compile(r"^[$#] ")


@dataclass(frozen=True, slots=True)
class Command:
    """A command, perhaps of several lines, and what the page shows of its output."""

    text: str
    shown: str


@dataclass(frozen=True, slots=True)
class Block:
    """A fenced block of a page.

    Args:
        page: the file.
        line: of its opening fence, counted from 1.
        kind: of the comment above it, such as `run`; empty when there is none.
        value: the rest of the comment.
        language: after the fence.
        text: between the fences.
    """

    page: Path
    line: int
    kind: str
    value: str
    language: str
    text: str

    @property
    def place(self) -> str:
        """Name the block for people."""
        return f"{self.page.relative_to(ROOT)}:{self.line}"

    @property
    def is_commands(self) -> bool:
        """Tell whether somebody is meant to type it."""
        return self.language in COMMAND_LANGUAGES or bool(re.search(r"^\$ ", self.text, re.MULTILINE))

    @property
    def commands(self) -> tuple[Command, ...]:
        """Return what is typed: lines after a prompt, with those they are continued on."""
        found: list[tuple[list[str], list[str]]] = []
        for line in self.text.splitlines():
            if found and found[-1][0][-1].endswith("\\") and not found[-1][1]:
                found[-1][0].append(line)
            elif _PROMPT.match(line):
                found.append(([line[2:]], []))
            elif found:
                found[-1][1].append(line)
        return tuple(Command("\n".join(typed), "\n".join(shown)) for typed, shown in found)


def blocks(page: Path) -> tuple[Block, ...]:
    """Return the fenced blocks of a page in their order."""
    text = page.read_text(encoding="utf-8")
    return tuple(
        Block(
            page,
            text[: match.start("text")].count("\n"),
            match["kind"] or "",
            (match["value"] or "").strip(),
            match["language"],
            match["text"],
        )
        for match in _BLOCK.finditer(text)
    )


def blocks_to_run(page: Path, where: str) -> tuple[Block, ...]:
    """Return the blocks of a page that are run at a place, and the files they use."""
    found = [block for block in blocks(page) if block.kind == "file" or is_run(block, where)]
    return tuple(found) if any(is_run(block, where) for block in found) else ()


def is_run(block: Block, where: str) -> bool:
    """Tell whether a block is run at a place."""
    return block.kind == "run" and block.value.partition(",")[0] == where


def preparation(block: Block) -> str:
    """Return the command that is run before a block and not shown, or an empty text."""
    return block.value.partition(", after ")[2]
