"""Every command in the documents is run by a test, done by a test that is named, or marked as needing what nobody has.

`tests/support/document_blocks.py` tells what the comments above the blocks mean.
"""

import re
import shlex
from collections.abc import Iterator
from typing import Any

import pytest
import typer

from obd2_cli.__main__ import build_app
from support.document_blocks import PAGES, ROOT, THINGS, Block, blocks, is_run, preparation

BLOCKS = [block for page in PAGES for block in blocks(page)]
COMMAND_BLOCKS = [block for block in BLOCKS if block.is_commands]
PLACES = ("here", "debian13", "podman")
INLINE = re.compile(r"(?<!`)`((?:\.venv/bin/)?(?:make|obd2) [^`\n]+)`")
PLACEHOLDER = re.compile(r"^[A-Z|_]+$|\||…|\.\.\.|[<>]")
TARGETS = set(re.findall(r"^([a-z][a-z0-9-]*):", (ROOT / "Makefile").read_text(), re.MULTILINE))


def answered_for(block: Block) -> bool:
    if block.kind == "run":
        return any(is_run(block, place) for place in PLACES)
    if block.kind == "tested by":
        return all((ROOT / name).is_file() for name in block.value.split(", "))
    return block.kind == "needs" and block.value in THINGS


def typed_lines(block: Block) -> list[str]:
    return [line for command in block.commands for line in command.text.splitlines()]


def named_commands() -> Iterator[tuple[str, list[str]]]:
    """Yield the commands of this project that stand in the text or in a block, with their place."""
    for page in PAGES:
        for number, text in enumerate(page.read_text(encoding="utf-8").splitlines(), 1):
            for command in INLINE.findall(text):
                yield f"{page.relative_to(ROOT)}:{number}: {command}", shlex.split(command)
    for block in COMMAND_BLOCKS:
        for line in typed_lines(block):
            if re.match(r"(\.venv/bin/)?(make|obd2) ", line):
                yield f"{block.place}: {line}", shlex.split(line, comments=True)


def exists(words: list[str]) -> bool:
    program, *rest = words
    if program == "make":
        targets = [word for word in rest if re.fullmatch(r"[a-z][a-z-]*", word)]
        return set(targets) <= TARGETS
    command: Any = typer.main.get_command(build_app(rest[0] if rest else None))
    while (subcommands := getattr(command, "commands", None)) and rest and not rest[0].startswith("-"):
        if PLACEHOLDER.search(rest[0]):
            return True
        if rest[0] not in subcommands:
            return False
        command = subcommands[rest.pop(0)]
    known = {"--help", *(option for parameter in command.params for option in parameter.opts)}
    return {word.partition("=")[0] for word in rest if word.startswith("--")} <= known


def test_somebody_answers_for_every_command() -> None:
    assert [f"{block.place}: {block.kind}: {block.value}" for block in COMMAND_BLOCKS if not answered_for(block)] == []


def test_every_command_begins_with_a_prompt() -> None:
    assert [block.place for block in COMMAND_BLOCKS if not re.match(r"[$#] ", block.text)] == []


def test_every_target_and_subcommand_that_is_named_exists() -> None:
    assert [place for place, words in named_commands() if not exists(words)] == []


@pytest.mark.parametrize(
    ("text", "is_known"),
    [
        ("make demo", True),
        ("make up profile=monitoring", True),
        ("make cake", False),
        ("obd2 quarantine list", True),
        ("obd2 quarantine burn", False),
        ("obd2 push obd.db --verify", True),
        ("obd2 push obd.db --twice", False),
    ],
)
def test_a_command_that_does_not_exist_is_noticed(text: str, *, is_known: bool) -> None:
    assert exists(text.split()) is is_known


def test_a_block_nobody_answers_for_is_noticed() -> None:
    page = ROOT / "README.md"

    assert Block(page, 1, "", "", "", "$ make cake\n").is_commands
    assert not answered_for(Block(page, 1, "", "", "console", "$ make cake\n"))
    assert not answered_for(Block(page, 1, "needs", "patience", "console", "$ make cake\n"))
    assert not answered_for(Block(page, 1, "tested by", "tests/no_such_test.py", "console", "$ make cake\n"))
    assert not answered_for(Block(page, 1, "run", "nowhere", "console", "$ make cake\n"))


def test_what_a_comment_has_run_first_is_a_command() -> None:
    assert [block.place for block in COMMAND_BLOCKS if ", after" in block.value and not preparation(block)] == []
