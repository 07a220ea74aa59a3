"""What the images leave out is not used by what they hold."""

import re

import pytest

from support.compose_file import ROOT

LEFT_OUT = {"analyzer": r"\b(np|numpy)\.(random|testing|f2py)\b|from numpy import .*\b(random|testing|f2py)\b"}
"""Parts of libraries that a Dockerfile deletes."""


@pytest.mark.parametrize("service", LEFT_OUT)
def test_no_module_of_an_image_uses_what_was_left_out_of_it(service: str) -> None:
    folders = (ROOT / "common" / "src", ROOT / "services" / service / "src")
    users = [
        str(path.relative_to(ROOT))
        for folder in folders
        for path in folder.rglob("*.py")
        if re.search(LEFT_OUT[service], path.read_text())
    ]

    assert users == []


@pytest.mark.parametrize("service", ["api", "analyzer", "backup"])
def test_an_image_is_built_in_stages_from_hashed_requirements_and_runs_as_nobody(service: str) -> None:
    text = (ROOT / "services" / service / "Dockerfile").read_text()
    final = text[text.rindex("\nFROM ") :]

    assert f"--require-hashes --only-binary :all: \\\n      -r requirements/{service}.txt" in text
    assert re.findall(r"^USER (.+)$", final, re.MULTILINE) == ["10001:10001"]
    assert "HEALTHCHECK" in final
    assert "pip" not in final
