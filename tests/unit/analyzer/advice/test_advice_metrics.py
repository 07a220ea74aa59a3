"""What is counted of a call of the language model."""

from prometheus_client import CollectorRegistry

from obd2_analyzer.ollama.chat import Usage
from obd2_analyzer.ollama.metrics import ANSWERED, AdviceMetrics


def test_a_call_is_counted_with_its_tokens_and_what_became_of_its_items() -> None:
    registry = CollectorRegistry()
    usage = Usage(prompt_tokens=900, reply_tokens=70)
    counted = AdviceMetrics(registry)

    counted.count_call(ANSWERED, waited_seconds=4.0, usage=usage, verdicts=["accepted", "number"])
    counted.count_call("timeout", waited_seconds=9.0, usage=Usage(), verdicts=[])

    def value(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(name, labels)

    assert [value("obd2_advice_tokens_total", part=part) for part in ("prompt", "reply")] == [900, 70]
    assert [value("obd2_advice_calls_total", outcome=outcome) for outcome in ("answered", "timeout")] == [1, 1]
    assert [value("obd2_advice_items_total", verdict=verdict) for verdict in ("accepted", "number")] == [1, 1]
    assert value("obd2_advice_call_duration_seconds_sum") == 13
