"""What holds for every file of the repository."""

import re
from pathlib import Path

import pytest

from support.checkout_files import checkout_files

ROOT = Path(__file__).parents[3]
# Written apart, so that this file does not name what it looks for.
OPEN_WORK = re.compile(r"\b(" + "|".join(["TO" + "DO", "FIX" + "ME", "XX" + "X"]) + r")\b")
UNFINISHED = re.compile(r"\bNot" + r"ImplementedError\b|\bnot " + r"implemented yet\b", re.IGNORECASE)
REGISTRIES = re.compile(r"(pypi|pythonhosted|npmjs)\.org|registry\.npm|(deb|packages|ftp)\.debian\.org")
MARKDOWN_LINK = re.compile(r"\]\((?!https?://|#|mailto:)([^)#\s]+)")
COMMENTED_OUT = re.compile(r"^\s*#\s*(import \w|from \w+ import|def \w+\(|print\()", re.MULTILINE)


@pytest.fixture(scope="module")
def texts() -> dict[str, str]:
    """The text of every text file by its path."""
    contents = {}
    for path in checkout_files():
        try:
            contents[str(path.relative_to(ROOT))] = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
    return contents


def places(texts: dict[str, str], pattern: re.Pattern[str], *, suffixes: tuple[str, ...] = ("",)) -> list[str]:
    return [
        f"{name}: {match.group(0)}"
        for name, text in texts.items()
        if name.endswith(suffixes)
        for match in pattern.finditer(text)
    ]


def test_open_work_lives_in_the_tracker_and_not_in_files(texts: dict[str, str]) -> None:
    assert places(texts, OPEN_WORK) == []


def test_no_code_is_left_unfinished_or_commented_out(texts: dict[str, str]) -> None:
    assert places(texts, UNFINISHED, suffixes=(".py", ".sh")) == []
    assert places(texts, COMMENTED_OUT, suffixes=(".py",)) == []


def test_no_file_names_a_package_registry(texts: dict[str, str]) -> None:
    assert places(texts, REGISTRIES) == []


def test_every_python_file_begins_with_what_is_inside(texts: dict[str, str]) -> None:
    silent = [
        name for name, text in texts.items() if name.endswith(".py") and text.strip() and not text.startswith('"""')
    ]
    assert silent == []


def test_every_script_can_be_run(texts: dict[str, str]) -> None:
    scripts = [ROOT / name for name, text in texts.items() if text.startswith("#!")]

    assert [str(script) for script in scripts if not script.stat().st_mode & 0o100] == []


def test_every_link_in_the_documents_leads_to_a_file_of_the_repository(texts: dict[str, str]) -> None:
    targets = [
        (f"{name}: {target}", (ROOT / name).parent.joinpath(target).resolve())
        for name, text in texts.items()
        if name.endswith(".md")
        for target in MARKDOWN_LINK.findall(text)
    ]
    assert [link for link, path in targets if not path.exists() or not path.is_relative_to(ROOT)] == []


def test_no_program_looks_beside_the_checkout(texts: dict[str, str]) -> None:
    in_python = places(texts, re.compile(r"\bROOT" + r"\.parent\b"), suffixes=(".py",))
    in_scripts = places(texts, re.compile(r"(?<![\w/$}])\.\./[a-z]"), suffixes=(".ci/run", "Makefile"))

    assert in_python + in_scripts == []
