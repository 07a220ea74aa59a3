"""What is counted of a call of the language model."""

from prometheus_client import CollectorRegistry

from obd2_analyzer.words.audit import CallRecord, ItemVerdict, Usage
from obd2_analyzer.words.metrics import WordsMetrics
from obd2_common.clock import utc_now


def test_a_call_is_counted_with_its_tokens_and_what_became_of_its_items() -> None:
    registry = CollectorRegistry()
    verdicts = (ItemVerdict(0, {}, is_accepted=True), ItemVerdict(1, {}, is_accepted=False, reason="number"))
    usage = Usage(prompt_tokens=900, reply_tokens=70)
    call = CallRecord("1", "tiny", None, "", "", {}, {}, 0, (), (), utc_now(), 4.0, usage=usage, verdicts=verdicts)
    silent = CallRecord("1", "tiny", None, "", "", {}, {}, 0, (), (), utc_now(), 9.0, failure="timeout")
    counted = WordsMetrics(registry)

    counted.count_call(call)
    counted.count_call(silent)

    def value(name: str, **labels: str) -> float | None:
        return registry.get_sample_value(name, labels)

    assert [value("obd2_words_tokens_total", part=part) for part in ("prompt", "reply")] == [900, 70]
    assert [value("obd2_words_calls_total", outcome=outcome) for outcome in ("answered", "timeout")] == [1, 1]
    assert [value("obd2_words_items_total", verdict=verdict) for verdict in ("accepted", "number")] == [1, 1]
    assert value("obd2_words_call_duration_seconds_sum") == 13
