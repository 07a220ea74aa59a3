"""Items of any shape: judged without a crash, ranked, and told apart from what was said before."""

import contextlib
import json
import math
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obd2_analyzer.advice.adviser import EarlierRecommendation
from obd2_analyzer.advice.evidence import Kind
from obd2_analyzer.advice.repetition import ranked
from obd2_analyzer.advice.reply import UnreadableReplyError, reply_items
from obd2_analyzer.advice.verification import verify
from support.words_case import evidence_of, item, troubled_packet
from support.words_replies import true_items

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
KEYS = ("rank", "category", "recommendation", "confidence", "evidence")


def coolant(text: str, rank: int = 1, **more: Any) -> dict[str, Any]:  # noqa: ANN401
    return item(text, evidence_of(Kind.FINDING, "COOLANT_TEMP"), category="Cooling", rank=rank, **more)


@settings(max_examples=150, deadline=None)
@given(st.lists(ANY_JSON | st.fixed_dictionaries(dict.fromkeys(KEYS, ANY_JSON)), max_size=7))
def test_items_of_any_shape_get_a_verdict(items: list[Any]) -> None:
    accepted, verdicts = verify(items, troubled_packet())

    assert len(verdicts) == len(items)
    assert accepted == ()
    assert all(verdict.reason for verdict in verdicts)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_a_list_or_unreadable(text: str) -> None:
    with contextlib.suppress(UnreadableReplyError):
        assert isinstance(reply_items(text), list)


@pytest.mark.parametrize(
    "text",
    [
        '[{"rank": 1}]',
        ' \n[{"rank": 1}]\n ',
        '```json\n[{"rank": 1}]\n```',
        '```\n[{"rank": 1}]```',
        '{"recommendations": [{"rank": 1}]}',
        'Sure! [{"rank": 1}] I hope this helps.',
        '<think>[]</think>[{"rank": 1}]',
    ],
)
def test_a_list_is_found_in_its_wrapping(text: str) -> None:
    assert reply_items(text) == [{"rank": 1}]


@pytest.mark.parametrize("text", ["", "null", "7", "{}", '[{"rank": 1}', "[" * 100_000, '{"a": 1}'])
def test_what_holds_no_list_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableReplyError):
        reply_items(text)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('[{"rank": 1}, {"rank": 2}, {"rank": 3, "category": "Coo', 2),
        ('[{"rank": 1},{"rank": 2}', 2),
        ('{"items": [{"rank": 1, "evidence": ["E1"]}, {"ra', 1),
        ('```json\n[\n  {"rank": 1},\n  {"ran', 1),
    ],
)
def test_a_reply_that_was_cut_keeps_its_finished_items(text: str, count: int) -> None:
    assert [item["rank"] for item in reply_items(text, is_cut=True)] == [1, 2][:count]


@pytest.mark.parametrize("text", ["", "[", '[{"rank": 1', '{"rank": 1, "evidence": ["E1", "E2"]', "[1, 23"])
def test_a_reply_that_was_cut_in_its_first_item_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableReplyError):
        reply_items(text, is_cut=True)


def test_huge_numbers_are_refused_with_their_item() -> None:
    text = json.dumps([coolant("COOLANT_TEMP reached 105.2 °C.")]).replace("0.7", "5E9930915580271588")

    accepted, verdicts = verify(reply_items(text), troubled_packet())

    assert (accepted, verdicts[0].reason) == ((), "bad_confidence")


def test_only_five_items_count_and_ranks_decide() -> None:
    texts = ("105.2 °C", "105 °C", "221 °F", "105.2°C", "221.4 °F", "105.2 °C again")
    items = [coolant(f"COOLANT_TEMP reached {text}.", rank=6 - place) for place, text in enumerate(texts)]

    accepted, verdicts = verify([*items[:5], items[5] | {"rank": 1}], troubled_packet())

    assert [held.rank for held in accepted] == [2, 3, 4, 5, 6]
    assert verdicts[5].reason == "too_many"


def test_the_same_sentence_twice_is_told_once() -> None:
    items = [coolant("COOLANT_TEMP reached 105.2 °C."), coolant("COOLANT_TEMP  REACHED 105.2 °C.")]

    _, verdicts = verify(items, troubled_packet())

    assert [verdict.reason for verdict in verdicts] == [None, "repeated_in_reply"]


@pytest.mark.parametrize(
    ("claimed", "kind", "parameter", "most"),
    [
        (7.5, Kind.FINDING, "COOLANT_TEMP", 0.95),
        (-3.0, Kind.FINDING, "COOLANT_TEMP", 0.0),
        (0.99, Kind.FINDING, "LONG_FUEL_TRIM_1", 0.6),
        (0.99, Kind.STATISTIC, "COOLANT_TEMP", 0.5),
        (0.3, Kind.STATISTIC, "COOLANT_TEMP", 0.3),
    ],
)
def test_confidence_is_what_the_evidence_bears(claimed: float, kind: Kind, parameter: str, most: float) -> None:
    value = evidence_of(kind, parameter).fact.quantities[0]
    reply = item(f"{parameter} {value}.", evidence_of(kind, parameter), confidence=claimed)

    accepted, verdicts = verify([reply], troubled_packet())

    assert verdicts[0].reason is None, verdicts
    assert math.isclose(accepted[0].confidence, most)


def test_evidence_nobody_uses_is_not_kept() -> None:
    reply = coolant("COOLANT_TEMP reached 105.2 °C.")
    reply["evidence"].append("E1")

    accepted, _ = verify([reply], troubled_packet())

    assert [held.id for held in accepted[0].evidence] == [evidence_of(Kind.FINDING, "COOLANT_TEMP").id]


def test_evidence_that_only_gives_the_direction_is_kept() -> None:
    mean, trend = evidence_of(Kind.STATISTIC, "INTAKE_TEMP"), evidence_of(Kind.TREND, "INTAKE_TEMP")

    accepted, verdicts = verify([item("INTAKE_TEMP averaged 31.4 °C and is rising.", mean, trend)], troubled_packet())

    assert verdicts[0].reason is None
    assert accepted[0].evidence == (mean, trend)


def test_a_recommendation_that_was_given_before_ranks_behind_new_ones() -> None:
    accepted, _ = verify(
        [
            coolant("COOLANT_TEMP reached 105.2 °C; check coolant level, thermostat and fan."),
            item("BATTERY_V fell to 11.4 V.", evidence_of(Kind.FINDING, "BATTERY_V"), category="Electrical", rank=2),
        ],
        troubled_packet(),
    )
    earlier = (
        EarlierRecommendation("an-2", 1, "Cooling", "COOLANT_TEMP at 101 °C: checking coolant levels, fan, thermostat"),
        EarlierRecommendation("an-1", 2, "Electrical", "COOLANT_TEMP reached 99 °C."),
    )

    found = ranked(accepted, earlier)

    assert [(held.rank, held.category) for held in found] == [(1, "Electrical"), (2, "Cooling")]
    assert [held.duplicate_of for held in found] == [None, earlier[0]]


def test_true_items_differ_from_one_another() -> None:
    accepted, _ = verify(true_items()[:5], troubled_packet())

    assert len({held.recommendation for held in ranked(accepted, ())}) == 5
