"""The reference in docs/api.md is the code's own."""

import json
from pathlib import Path

import pytest

from obd2_api.openapi import openapi_text
from obd2_api.reference import with_reference

PAGE = Path(__file__).parents[3] / "docs" / "api.md"


def test_the_reference_in_the_page_is_the_code_s_own() -> None:
    page = PAGE.read_text(encoding="utf-8")

    assert with_reference(page, json.loads(openapi_text())) == page, "run `make docs`"


def test_every_operation_is_in_the_reference() -> None:
    page = PAGE.read_text(encoding="utf-8")
    document = json.loads(openapi_text())
    missing = [
        (method, path)
        for path, methods in document["paths"].items()
        for method in methods
        if f"#### `{method.upper()} {path}`" not in page
    ]

    assert missing == []


def test_a_page_without_a_place_for_the_reference_is_refused() -> None:
    with pytest.raises(ValueError, match="no place"):
        with_reference("# A page\n", {})
