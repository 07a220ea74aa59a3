"""Whatever is sent to a documented operation, the answer is one its documentation foresees."""

from collections.abc import Iterator

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from obd2_api.openapi import openapi_text
from support.api_server import KEY, ApiServer, serve_api
from support.database_sources import sqlite_database

SCHEMA = schemathesis.openapi.from_file(openapi_text())
CALLS = [
    (path, method, mode)
    for path, methods in SCHEMA.raw_schema["paths"].items()
    for method, operation in methods.items()
    for mode in GenerationMode
    if mode is GenerationMode.POSITIVE or {"parameters", "requestBody"} & set(operation)
]
CHECKS = [content_type_conformance, response_schema_conformance, status_code_conformance]
EXAMPLES = 25


@schemathesis.serializer("application/offset+octet-stream")
def raw_bytes(_context: schemathesis.SerializationContext, value: object) -> bytes:
    """Send a part of an upload as it is."""
    return value if isinstance(value, bytes) else str(value).encode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiServer]:
    folder = tmp_path_factory.mktemp("any")
    with (
        sqlite_database(folder) as database,
        serve_api(
            database,
            analysis_timeout_seconds=0.01,
            backup_dir=folder / "backups",
            max_backup_size_mb=1,
            ollama_base_url="http://127.0.0.1:9",
        ) as running,
    ):
        yield running


@pytest.mark.parametrize(("path", "method", "mode"), CALLS)
def test_an_operation_answers_as_documented(server: ApiServer, path: str, method: str, mode: GenerationMode) -> None:
    operation = SCHEMA[path][method]

    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(st.data())
    def send(data: st.DataObject) -> None:
        case = data.draw(operation.as_strategy(generation_mode=mode))
        response = case.call(base_url=server.url, headers={"X-API-Key": KEY})
        assert response.status_code != 500
        case.validate_response(response, checks=CHECKS, headers={"X-API-Key": KEY})

    send()


def test_the_document_is_valid_openapi() -> None:
    SCHEMA.validate()
