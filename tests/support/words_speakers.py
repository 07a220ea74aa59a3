"""Speakers of words over a stand-in for Ollama, and what their outcomes have to be."""

from typing import Any

from prometheus_client import CollectorRegistry

from obd2_analyzer.advice.adviser import AdviceAnswer, AdviceFailure
from obd2_analyzer.advice.evidence import Kind
from obd2_analyzer.advice.ollama_adviser import OllamaAdviser
from obd2_analyzer.ollama.metrics import AdviceMetrics
from obd2_analyzer.ollama.settings import OllamaSettings
from support.fake_ollama import FakeOllama
from support.words_case import evidence_of, item

MODEL = "llama3.1:8b"


def speaking_to(fake: FakeOllama, registry: CollectorRegistry | None = None, **settings: Any) -> OllamaAdviser:  # noqa: ANN401
    """Return the words of a server, with settings of a test's own."""
    chosen = OllamaSettings(_env_file=None, ollama_base_url=fake.base_url, ollama_model=MODEL, **settings)
    return OllamaAdviser(chosen, AdviceMetrics(registry or CollectorRegistry()))


def good_items() -> list[dict[str, Any]]:
    """Return a reply of two true items about the troubled drive."""
    coolant = evidence_of(Kind.FINDING, "COOLANT_TEMP")
    battery = evidence_of(Kind.FINDING, "BATTERY_V")
    return [
        item("COOLANT_TEMP reached 105.2 °C; check the fan.", coolant, category="Cooling", confidence=0.99),
        item("BATTERY_V fell to 11.40 V; test the alternator.", battery, category="Electrical", rank=2),
    ]


def answered(outcome: AdviceAnswer | AdviceFailure) -> AdviceAnswer:
    """Return an outcome that has to be an answer."""
    assert isinstance(outcome, AdviceAnswer), outcome
    return outcome


def failed(outcome: AdviceAnswer | AdviceFailure) -> AdviceFailure:
    """Return an outcome that has to be a failure."""
    assert isinstance(outcome, AdviceFailure), outcome
    return outcome
