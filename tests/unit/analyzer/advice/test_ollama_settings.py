"""How Ollama is asked: settings that cannot work are refused at the start, and addresses are told without passwords."""

import pytest
from pydantic import ValidationError

from obd2_analyzer.advice.prompt import build_prompt
from obd2_analyzer.ollama.address import credentials, needs_certificates
from obd2_analyzer.ollama.settings import PROMPT_TOKENS, OllamaSettings
from obd2_common.addresses import without_credentials
from support.advice_cases import troubled_task


def settings(**given: object) -> OllamaSettings:
    return OllamaSettings(_env_file=None, **given)  # type: ignore[arg-type]


def test_a_reply_that_leaves_the_prompt_no_room_is_refused() -> None:
    with pytest.raises(ValidationError, match="OLLAMA_NUM_PREDICT leaves the prompt"):
        settings(ollama_num_ctx=2048, ollama_num_predict=2000)


def test_the_tightest_setting_still_holds_evidence() -> None:
    tight = settings(ollama_num_ctx=2048, ollama_num_predict=2048 - PROMPT_TOKENS)

    prompt = build_prompt(troubled_task(), num_ctx=tight.ollama_num_ctx, num_predict=tight.ollama_num_predict)

    assert len(prompt.packet.evidence) >= 3


@pytest.mark.parametrize(("text", "sent"), [("30m", "30m"), ("-1", -1), ("0", 0), ("300", 300), ("-1m", "-1m")])
def test_a_keep_alive_is_sent_as_the_server_takes_it(text: str, sent: str | int) -> None:
    assert settings(ollama_keep_alive=text).keep_alive == sent


@pytest.mark.parametrize("text", ["forever", "5 m", "1h30m", ""])
def test_a_keep_alive_the_server_would_refuse_is_refused_at_the_start(text: str) -> None:
    with pytest.raises(ValidationError):
        settings(ollama_keep_alive=text)


def test_an_address_is_told_without_its_password() -> None:
    address = "https://me:pa%40ss@ollama.local:11434/behind"

    assert without_credentials(address) == "https://ollama.local:11434/behind"
    assert credentials(address) == ("me", "pa@ss")
    assert credentials("http://localhost:11434") is None
    assert (needs_certificates(address), needs_certificates("HTTP://localhost")) == (True, False)
