"""The fake Ollama answers every recorded exchange as the real server did."""

import json
import re
from pathlib import Path
from typing import Any

import httpx
import pytest

from support.fake_ollama import FakeOllama
from support.fake_ollama_answers import FakeModel

RECORDED = Path(__file__).parents[4] / "shared" / "ollama-fixtures"
FILES = sorted(RECORDED.glob("v*.json")) if RECORDED.is_dir() else []
UNUSED = {"show", "show missing", "generate", "generate schema"}
"""Calls the analyzer does not make."""
RAW_BODIES = {"bad json": b"{bad", "empty body": b""}
FREE_TEXT = {"content", "thinking", "response"}
VARIES = {"done_reason"}
"""What hangs on the random model that was recorded, where its reply is free text."""

pytestmark = pytest.mark.skipif(not FILES, reason="no recorded exchanges beside this checkout")

Exchange = dict[str, Any]


def recorded() -> list[Any]:
    return [
        pytest.param(file.stem.removeprefix("v"), exchange, id=f"{file.stem}-{exchange['name']}")
        for file in FILES
        for exchange in json.loads(file.read_text("utf-8"))
        if exchange["name"] not in UNUSED
    ]


@pytest.mark.parametrize(("version", "exchange"), recorded())
def test_a_recorded_exchange_is_answered_alike(version: str, exchange: Exchange) -> None:
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
    return [_types(held, is_free=is_free) for held in (lines[0], lines[-1])]


def _types(held: Any, *, is_free: bool, name: str = "") -> Any:  # noqa: ANN401
    if isinstance(held, dict):
        return {key: _types(value, is_free=is_free, name=key) for key, value in held.items()}
    if isinstance(held, list):
        return [_types(value, is_free=is_free) for value in held[:1] if not isinstance(value, str)]
    if name in {"done", "done_reason"} and not (is_free and name in VARIES):
        return held
    return type(held).__name__
