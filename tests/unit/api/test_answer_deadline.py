"""A request whose work hangs is answered before its client hangs up."""

import asyncio
from typing import Any

import httpx
import pytest
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Receive, Scope, Send

from obd2_api.middleware.answer_deadline import AnswerDeadline

TIMEOUT_SECONDS = 0.2


def ask(app: ASGIApp, path: str = "/sync", **request: Any) -> httpx.Response:  # noqa: ANN401 - what httpx takes
    async def call() -> httpx.Response:
        bounded = AnswerDeadline(app, paths=frozenset({"/sync"}), timeout_seconds=TIMEOUT_SECONDS)
        async with httpx.AsyncClient(transport=httpx.ASGITransport(bounded), base_url="http://server") as client:
            return await client.request("POST", path, **request)

    return asyncio.run(call())


async def read_all(receive: Receive) -> None:
    while (await receive()).get("more_body", False):
        pass


def hanging(seconds: float) -> ASGIApp:
    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await read_all(receive)
        await asyncio.sleep(seconds)
        await PlainTextResponse("done")(scope, receive, send)

    return app


@pytest.mark.parametrize("content", [b"", b"{}"], ids=["no body", "body"])
def test_work_that_hangs_is_answered_503(content: bytes) -> None:
    answer = ask(hanging(2), content=content)

    assert (answer.status_code, answer.json()["title"]) == (503, "Service Unavailable")
    assert answer.headers["retry-after"]


def test_work_that_ends_in_time_and_other_paths_are_left_alone() -> None:
    assert ask(hanging(0)).text == "done"
    assert ask(hanging(2 * TIMEOUT_SECONDS), path="/analyze").text == "done"


def test_the_time_a_body_takes_does_not_count() -> None:
    async def slow_body() -> Any:  # noqa: ANN401 - an asynchronous generator
        for _ in range(4):
            await asyncio.sleep(TIMEOUT_SECONDS / 2)
            yield b"x"

    assert ask(hanging(0), content=slow_body()).text == "done"


def test_an_error_of_the_work_is_passed_on() -> None:
    async def broken(_scope: Scope, _receive: Receive, _send: Send) -> None:
        raise ValueError("broken")

    with pytest.raises(ValueError, match="broken"):
        ask(broken)
