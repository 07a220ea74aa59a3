"""The server's errors: told apart by status and text, unwrapped, fit to be shown."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obd2_analyzer.ollama import errors
from obd2_analyzer.ollama.errors import FailureKind

NESTED = json.dumps({"error": json.dumps({"error": {"code": 400, "message": "unrecognized type foo"}})})
TOO_LONG = {"error": {"code": 400, "message": "request (6017 tokens) exceeds the available context size (4096 tokens)"}}


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"error":"model is required"}', "model is required"),
        (NESTED, "unrecognized type foo"),
        ("404 page not found", "404 page not found"),
        ("", ""),
        ('{"detail": "no"}', '{"detail": "no"}'),
        ('{"error": "open /root/.ollama/models/blobs/sha256-1: no such file"}', "open (path) no such file"),
        ('{"error": "a\\n\\tb"}', "a b"),
        ('{"error": "half \\ud83d"}', "half ?"),
        ("{" * 5000, "{" * 300),
    ],
)
def test_an_error_is_unwrapped_and_fit_to_be_shown(body: str, said: str) -> None:
    assert errors.error_text(body) == said


@pytest.mark.parametrize(
    ("status", "body", "expected"),
    [
        (404, '{"error":"model \'absent\' not found"}', errors.ModelMissingError),
        (404, '{"error":"model \\"tiny\\" not found, try pulling it first"}', errors.ModelMissingError),
        (404, "404 page not found", errors.OllamaUnreachableError),
        (405, "405 method not allowed", errors.OllamaUnreachableError),
        (403, "", errors.OllamaRefusedError),
        (401, '{"error": "key"}', errors.OllamaRefusedError),
        (400, json.dumps({"error": json.dumps(TOO_LONG)}), errors.ContextExceededError),
        (400, '{"error":"the input length exceeds the context length"}', errors.ContextExceededError),
        (400, '{"error":"\\"tiny\\" does not support chat"}', errors.RequestRejectedError),
        (500, '{"error":"invalid JSON schema in format"}', errors.EngineFailedError),
        (500, '{"error":"an error was encountered while running the model: unexpected EOF"}', errors.EngineDiedError),
        (500, '{"error":"timed out waiting for llama-server to start - "}', errors.LoadTimeoutError),
        (500, "", errors.EngineFailedError),
        (503, '{"error":"server busy, please try again.  maximum pending requests exceeded"}', errors.OllamaBusyError),
        (429, "{}", errors.OllamaBusyError),
        (502, "<html>", errors.OllamaUnreachableError),
        (418, "teapot", errors.RequestRejectedError),
    ],
)
def test_a_status_means_an_error_with_a_name(status: int, body: str, expected: type[errors.OllamaError]) -> None:
    found = errors.error_of_status(status, body, model="absent")

    assert type(found) is expected
    assert str(found)


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (errors.OllamaUnreachableError, FailureKind.UNAVAILABLE),
        (errors.ModelMissingError, FailureKind.MODEL_MISSING),
        (errors.EngineDiedError, FailureKind.ERROR),
        (errors.ReplyCutError, FailureKind.ERROR),
        (errors.GenerateTimeoutError, FailureKind.TIMEOUT),
        (errors.StoppedError, FailureKind.STOPPED),
    ],
)
def test_every_error_has_its_kind(error: type[errors.OllamaError], kind: FailureKind) -> None:
    assert error("").kind is kind


@given(st.text(max_size=400))
def test_any_body_can_be_shown(body: str) -> None:
    said = errors.error_text(body)

    assert len(said) <= 300
    assert "\n" not in said
    assert said.encode("utf-8").decode() == said
