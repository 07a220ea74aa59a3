"""The stand-in image of Ollama answers as the measured server did, word for word but for the model's name."""

import json
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator

import httpx
import pytest

from support.compose_file import ROOT
from support.fake_ollama import NEWEST, OLDER
from support.ollama_exchanges import RAW_BODIES, Exchange, exchanges

SOURCE = ROOT / "tests" / "e2e" / "ollama_image"
LISTS = {"tags", "host refused"}
"""What depends on the models there are, and on where the server listens."""


@pytest.fixture(scope="module", params=[NEWEST, OLDER])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, list[Exchange]]]:
    """The program as it lies in the image, with the models tiny and thinker; its address and what it replays."""
    folder = tmp_path_factory.mktemp("image")
    package, models = folder / "e2e" / "ollama_image", folder / "models"
    package.mkdir(parents=True)
    models.mkdir()
    for source in SOURCE.glob("*.py"):
        shutil.copy(source, package)
    for name in ("tiny:latest", "thinker:latest"):
        (models / name).touch()
    recorded = exchanges(request.param)
    (package / "recorded.json").write_text(json.dumps(recorded), "utf-8")
    with socket.create_server(("127.0.0.1", 0)) as reserved:
        address = f"127.0.0.1:{reserved.getsockname()[1]}"
    environment = {
        "PATH": "/usr/bin:/bin",
        "PYTHONPATH": str(folder),
        "OLLAMA_HOST": address,
        "OLLAMA_MODELS": str(models),
    }
    command = [sys.executable, "-m", "e2e.ollama_image.ollama"]
    serving = subprocess.Popen([*command, "serve"], env=environment, cwd=folder)  # noqa: S603
    try:
        deadline = time.monotonic() + 30
        asking = {"env": environment, "cwd": folder, "capture_output": True, "check": False}
        while subprocess.run([*command, "list"], **asking).returncode:  # type: ignore[call-overload]  # noqa: PLW1510, S603
            assert time.monotonic() < deadline, "the server did not start"
        yield f"http://{address}", recorded
    finally:
        serving.terminate()
        serving.wait(30)


def test_every_recorded_exchange_comes_back(server: tuple[str, list[Exchange]]) -> None:
    url, recorded = server
    with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
        for exchange in recorded:
            if exchange["name"] in LISTS:
                continue
            body = RAW_BODIES.get(exchange["name"])
            if body is None and exchange["body"] is not None:
                body = json.dumps(exchange["body"]).encode()

            answer = client.request(exchange["method"], exchange["path"], content=body)

            assert (answer.status_code, answer.text) == (
                exchange["status"],
                "".join(text for _, text in exchange["chunks"]),
            ), exchange["name"]
            assert answer.headers.get("content-type") == exchange["headers"].get("content-type"), exchange["name"]


def test_the_list_names_the_models_that_are_there(server: tuple[str, list[Exchange]]) -> None:
    url, _ = server

    listed = httpx.get(f"{url}/api/tags", trust_env=False).json()["models"]

    assert [model["name"] for model in listed] == ["thinker:latest", "tiny:latest"]


def test_a_pulled_model_can_be_asked_under_its_own_name(server: tuple[str, list[Exchange]]) -> None:
    url, _ = server
    question = {"model": "tuned:8b", "messages": [{"role": "user", "content": "x"}], "stream": False, "think": False}
    schema = {"type": "object", "properties": {"items": {"type": "array", "items": {}}}, "required": ["items"]}

    loading = {"model": "tuned:8b", "messages": [], "stream": False, "keep_alive": "5m"}

    with httpx.Client(base_url=url, trust_env=False, timeout=30) as client:
        before = client.post("/api/chat", json=question)
        pulled = client.post("/api/pull", json={"model": "tuned:8b", "stream": False})
        loaded = client.post("/api/chat", json=loading)
        after = client.post("/api/chat", json={**question, "format": schema})

    assert (before.status_code, pulled.status_code, after.status_code) == (404, 200, 200)
    assert loaded.json()["done_reason"] == "load"
    assert "tuned:8b" in before.json()["error"]
    assert (after.json()["model"], after.json()["done"]) == ("tuned:8b", True)
