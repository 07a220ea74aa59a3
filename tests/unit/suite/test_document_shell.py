"""What the documents' tests rest on: blocks are found, run in one shell, and judged by what they say."""

from pathlib import Path

import pytest

from support.document_answers import rewritten
from support.document_blocks import Block, blocks, blocks_to_run
from support.document_shell import Ran, normalised, run_page

PAGE = """# A page

<!-- file: note.txt -->
```text
kept
```

<!-- run: here -->
```console
$ word=one
$ echo $word \\
    two
one two
$ cat note.txt
$ false
```

```console
$ rm -rf everything
```
"""


@pytest.fixture
def page(tmp_path: Path) -> Path:
    file = tmp_path / "page.md"
    file.write_text(PAGE)
    return file


def run(page: Path) -> list[Ran]:
    return run_page(blocks_to_run(page, "here"), page.parent, environment={"PATH": "/usr/bin:/bin"}, names={})


def test_the_comment_above_a_block_belongs_to_it(page: Path) -> None:
    found = [(block.kind, block.value, block.language, block.line) for block in blocks(page)]

    assert found == [("file", "note.txt", "text", 4), ("run", "here", "console", 9), ("", "", "console", 18)]


def test_commands_share_one_shell_and_only_marked_ones_run(page: Path) -> None:
    ran = run(page)

    assert [(done.command.text, done.status, done.output) for done in ran] == [
        ("word=one", 0, ""),
        ("echo $word \\\n    two", 0, "one two"),
        ("cat note.txt", 0, "kept"),
        ("false", 1, ""),
    ]


def test_a_shell_that_ends_is_a_command_that_failed(page: Path) -> None:
    page.write_text("<!-- run: here -->\n```console\n$ exit 0\n$ echo never\n```\n")

    (ended,) = run(page)

    assert ended.status
    assert ended.command.text == "exit 0"


def test_an_answer_is_written_where_it_differs(page: Path) -> None:
    text = PAGE.replace("\none two\n", "\nanother answer\n")
    page.write_text(text)

    assert rewritten(text, run(page)) == PAGE.replace("$ cat note.txt\n", "$ cat note.txt\nkept\n")


def test_what_differs_from_run_to_run_is_left_out_of_the_comparison() -> None:
    first = 'date: Sat, 21 Nov 2026 23:09:56 GMT {"at":"2026-11-21T23:09:57.113403Z","of":"an-2f307cb57d3c45be"}'
    second = 'date: Sun, 22 Nov 2026 00:00:00 GMT {"at":"2026-11-22T00:00:00.1Z","of":"an-0000000000000000"}'

    assert normalised(first) == normalised(second)
    assert normalised('"inserted":2 2026-07-11T18:02:39Z') == '"inserted":2 2026-07-11T18:02:39Z'


def test_a_block_without_a_comment_has_nobody() -> None:
    assert Block(Path("page.md"), 1, "", "", "console", "$ make cake\n").is_commands
