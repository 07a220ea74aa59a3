"""Advisers over a stand-in for Ollama, and what their outcomes have to be."""

from typing import Any

from prometheus_client import CollectorRegistry

from obd2_analyzer.advice.adviser import AdviceAnswer, AdviceFailure
from obd2_analyzer.advice.audit import CallRecord
from obd2_analyzer.advice.ollama_adviser import OllamaAdviser
from obd2_analyzer.ollama.metrics import AdviceMetrics
from obd2_analyzer.ollama.settings import OllamaSettings
from support.advice_cases import item
from support.fake_ollama import FakeOllama

MODEL = "llama3.1:8b"


def adviser_of(fake: FakeOllama, registry: CollectorRegistry | None = None, **settings: Any) -> OllamaAdviser:  # noqa: ANN401
    """Return the adviser of a server, with settings of a test's own."""
    chosen = OllamaSettings(_env_file=None, ollama_base_url=fake.base_url, ollama_model=MODEL, **settings)
    return OllamaAdviser(chosen, AdviceMetrics(registry or CollectorRegistry()))


def good_items() -> list[dict[str, Any]]:
    """Return a reply of two items that choose for the troubled drive."""
    return [
        item("coolant", "coolant.fan", "coolant.level"),
        item("ltft", "ltft.leaks", why="A cracked hose may leak at idle."),
    ]


def answered(outcome: AdviceAnswer | AdviceFailure) -> AdviceAnswer:
    """Return an outcome that has to be an answer."""
    assert isinstance(outcome, AdviceAnswer), outcome
    return outcome


def record_of(outcome: AdviceAnswer | AdviceFailure) -> CallRecord:
    """Return the record of an outcome of a model that was asked."""
    assert outcome.record is not None, outcome
    return outcome.record


def failed(outcome: AdviceAnswer | AdviceFailure) -> AdviceFailure:
    """Return an outcome that has to be a failure."""
    assert isinstance(outcome, AdviceFailure), outcome
    return outcome
