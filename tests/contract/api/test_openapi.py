"""The OpenAPI document in the repository is the code's own, and says enough to be read."""

import json
from pathlib import Path
from typing import Any

import pytest

from obd2_api.openapi import openapi_text

DOCUMENT = Path(__file__).parents[3] / "docs" / "openapi.json"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(openapi_text())
    return loaded


def test_the_document_in_the_repository_is_the_code_s_own() -> None:
    assert DOCUMENT.read_text(encoding="utf-8") == openapi_text(), "run `make openapi`"


def operations(document: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    return [
        (method, path, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def test_every_operation_says_what_it_does(document: dict[str, Any]) -> None:
    silent = [
        (method, path)
        for method, path, operation in operations(document)
        if not (operation.get("summary") and operation.get("description") and operation.get("tags"))
    ]

    assert silent == []


def test_every_parameter_is_described(document: dict[str, Any]) -> None:
    silent = [
        (path, parameter["name"])
        for _, path, operation in operations(document)
        for parameter in operation.get("parameters", [])
        if not parameter.get("description")
    ]

    assert silent == []


def test_every_error_is_a_problem_document(document: dict[str, Any]) -> None:
    other = [
        (path, status)
        for _, path, operation in operations(document)
        for status, answer in operation["responses"].items()
        if int(status) >= 400 and set(answer["content"]) != {"application/problem+json"}
    ]

    # With `strict=1` the status says in short what the document tells in full.
    assert other == [("/api/v1/health", "503")]


def test_only_health_is_open(document: dict[str, Any]) -> None:
    open_paths = [path for _, path, operation in operations(document) if not operation.get("security")]

    assert open_paths == ["/api/v1/health"]


def test_every_reference_leads_somewhere(document: dict[str, Any]) -> None:
    text = json.dumps(document)
    named = {part.split('"')[0] for part in text.split('"#/components/schemas/')[1:]}

    assert "$defs" not in text
    assert named == set(document["components"]["schemas"])


def test_every_answer_the_pi_and_scripts_read_has_an_example(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    named = ("SyncReceipt", "AnalyzeAnswer", "Health", "ReleaseRecord", "DriveSummary", "BackupItem", "Problem")

    assert [name for name in named if not schemas[name].get("examples")] == []
