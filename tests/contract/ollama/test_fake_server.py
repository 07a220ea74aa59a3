"""The fake Ollama answers every measured exchange as the real server did."""

import json
import re
from typing import Any

import httpx
import pytest

from support.fake_ollama import NEWEST, OLDER, FakeOllama
from support.fake_ollama_answers import FakeModel
from support.ollama_exchanges import RAW_BODIES, Exchange, exchanges

VARIES = {"done_reason"}
"""What hangs on the random model that was measured, where its reply is free text."""
MEASURED = [
    pytest.param(version, exchange, id=f"{version}-{exchange['name']}")
    for version in (NEWEST, OLDER)
    for exchange in exchanges(version)
]


@pytest.mark.parametrize(("version", "exchange"), MEASURED)
def test_a_measured_exchange_is_answered_alike(version: str, exchange: Exchange) -> None:
    models = (FakeModel("tiny"), FakeModel("slow"), FakeModel("thinker", is_thinker=True))
    body = RAW_BODIES.get(exchange["name"])
    if body is None and exchange["body"] is not None:
        body = json.dumps(exchange["body"]).encode()
    host = {"Host": "ollama:11434"} if exchange["name"] == "host refused" else {}

    with FakeOllama(*models, version=version).running() as fake, httpx.Client(trust_env=False) as client:
        answer = client.request(exchange["method"], fake.base_url + exchange["path"], content=body, headers=host)

    assert answer.status_code == exchange["status"]
    assert answer.headers.get("content-type") == exchange["headers"].get("content-type")
    text = "".join(chunk for _, chunk in exchange["chunks"])
    assert shape_of(answer.text, exchange) == shape_of(text, exchange)


def shape_of(text: str, exchange: Exchange) -> Any:  # noqa: ANN401
    """Return what must be equal: errors word for word but for counts, other documents by keys and types."""
    if not text.startswith("{"):
        return text
    lines = [json.loads(line) for line in text.splitlines()]
    if "error" in lines[0]:
        return re.sub(r"\d{4,}", "#", lines[0]["error"])
    is_free = "format" not in (exchange["body"] or {})
    return [_types(line, is_free=is_free) for line in (lines[0], lines[-1])]


def _types(content: Any, *, is_free: bool, name: str = "") -> Any:  # noqa: ANN401
    if isinstance(content, dict):
        return {key: _types(value, is_free=is_free, name=key) for key, value in content.items()}
    if isinstance(content, list):
        return [_types(value, is_free=is_free) for value in content[:1] if not isinstance(value, str)]
    if name in {"done", "done_reason"} and not (is_free and name in VARIES):
        return content
    return type(content).__name__
