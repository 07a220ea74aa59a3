"""Items of any shape: read leniently, judged without a crash, and never more than what was on offer."""

import contextlib
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obd2_analyzer.advice.reply import UnreadableReplyError, reply_items
from obd2_analyzer.advice.verification import verify
from support.advice_cases import evidence_of, fact_of, item, troubled_packet

ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=12), inner, max_size=4),
    max_leaves=12,
)
KEYS = ("evidence", "category", "checks", "why")


@settings(max_examples=150, deadline=None)
@given(st.lists(ANY_JSON | st.fixed_dictionaries(dict.fromkeys(KEYS, ANY_JSON)), max_size=7))
def test_items_of_any_shape_get_a_verdict(items: list[Any]) -> None:
    choices, verdicts = verify(items, troubled_packet())

    assert choices == ()
    assert [verdict.is_accepted for verdict in verdicts] == [False] * len(items)
    assert all(verdict.reason for verdict in verdicts)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=300))
def test_any_text_is_a_list_or_unreadable(text: str) -> None:
    with contextlib.suppress(UnreadableReplyError):
        assert isinstance(reply_items(text), list)


@pytest.mark.parametrize(
    "text",
    [
        '[{"evidence": "E1"}]',
        ' \n[{"evidence": "E1"}]\n ',
        '```json\n[{"evidence": "E1"}]\n```',
        '```\n[{"evidence": "E1"}]```',
        '{"recommendations": [{"evidence": "E1"}]}',
        '{"thoughts": ["hm"], "answer": [{"evidence": "E1"}]}',
        '{"evidence": "E1"}',
        'Sure! [{"evidence": "E1"}] I hope this helps.',
        '<think>[]</think>[{"evidence": "E1"}]',
    ],
)
def test_a_list_is_found_in_its_wrapping(text: str) -> None:
    assert reply_items(text) == [{"evidence": "E1"}]


@pytest.mark.parametrize("text", ["", "null", "7", "{}", '[{"evidence": "E1"}', "[" * 100_000, '{"a": 1}'])
def test_what_holds_no_list_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableReplyError):
        reply_items(text)


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ('[{"evidence": 1}, {"evidence": 2}, {"evidence": 3, "category": "Coo', 2),
        ('[{"evidence": 1},{"evidence": 2}', 2),
        ('{"items": [{"evidence": 1, "checks": ["c1"]}, {"ra', 1),
        ('```json\n[\n  {"evidence": 1},\n  {"ran', 1),
    ],
)
def test_a_reply_that_was_cut_keeps_its_finished_items(text: str, count: int) -> None:
    assert [item["evidence"] for item in reply_items(text, is_cut=True)] == [1, 2][:count]


@pytest.mark.parametrize("text", ["", "[", '[{"evidence": 1', '{"evidence": 1, "checks": ["c1", "c2"]', "[1, 23"])
def test_a_reply_that_was_cut_in_its_first_item_is_unreadable(text: str) -> None:
    with pytest.raises(UnreadableReplyError):
        reply_items(text, is_cut=True)


def test_a_choice_keeps_its_checks_in_the_models_order() -> None:
    (choice,), (verdict,) = verify([item("coolant", "coolant.thermostat", "coolant.level")], troubled_packet())

    assert (choice.fact, choice.category) == (fact_of("coolant"), "Cooling")
    assert [check.id for check in choice.checks] == ["coolant.thermostat", "coolant.level"]
    assert (verdict.label, verdict.dropped) == ("accepted", ())


@pytest.mark.parametrize(
    ("change", "dropped"),
    [
        ({"checks": ["engine.tune", "coolant.fan"]}, "check: engine.tune"),
        ({"checks": ["battery.belt", "coolant.fan"]}, "check: battery.belt"),
        ({"checks": [{"id": 1}, "coolant.fan"]}, "check: {'id': 1}"),
        ({"category": "Gearbox"}, "category: Gearbox"),
        ({"category": "Fueling"}, "category: Fueling"),
        ({"why": "A worn belt may slip under load."}, "why not_wanted: STOP"),
        ({"evidence": [evidence_of("coolant").id, "E99"]}, "evidence: E99"),
    ],
)
def test_what_is_not_on_offer_costs_only_itself(change: dict[str, Any], dropped: str) -> None:
    (choice,), (verdict,) = verify([item("coolant", "coolant.fan", **change)], troubled_packet())

    assert ([check.id for check in choice.checks], choice.category, choice.why) == (["coolant.fan"], "Cooling", None)
    assert (verdict.label, verdict.dropped) == ("partly_accepted", (dropped,))


def test_an_item_about_two_facts_gives_each_its_own_checks() -> None:
    both = item(
        "battery", "battery.belt", "coolant.fan", evidence=[evidence_of("coolant").id, evidence_of("battery").id]
    )

    choices, _ = verify([both], troubled_packet())

    assert [(choice.fact.rule, [check.id for check in choice.checks]) for choice in choices] == [
        ("coolant", ["coolant.fan"]),
        ("battery", ["battery.belt"]),
    ]


@pytest.mark.parametrize("evidence", [None, [], "E99", 7, ["E99", {}], "coolant"])
def test_an_item_without_evidence_of_ours_is_refused(evidence: object) -> None:
    choices, (verdict,) = verify([item("coolant", evidence=evidence)], troubled_packet())

    assert (choices, verdict.reason) == ((), "no_evidence")


def test_the_same_evidence_twice_counts_once() -> None:
    choices, verdicts = verify([item("coolant", "coolant.fan"), item("coolant", "coolant.level")], troubled_packet())

    assert [[check.id for check in choice.checks] for choice in choices] == [["coolant.fan"]]
    assert [verdict.reason for verdict in verdicts] == [None, "repeated_in_reply"]


def test_only_five_items_and_three_checks_count() -> None:
    rules = [evidence.fact.rule for evidence in troubled_packet()]
    many = [{"evidence": evidence.id, "checks": None, "category": None} for evidence in troubled_packet()][:6]
    every = [check.id for check in fact_of("coolant").checks]

    _, verdicts = verify(many, troubled_packet())
    (choice,), _ = verify([item("coolant", *every)], troubled_packet())

    assert len(rules) > 5
    assert [verdict.reason for verdict in verdicts] == [None] * 5 + ["too_many"]
    assert [check.id for check in choice.checks] == every[:3]


def test_a_verdict_can_be_stored() -> None:
    _, verdicts = verify([item("coolant", checks={"a": [1]}), 7], troubled_packet())

    stored = json.loads(json.dumps([verdict.to_json() for verdict in verdicts]))

    assert [verdict["dropped"] for verdict in stored] == [["check: {'a': [1]}"], []]
    assert stored[1]["reason"] == "not_an_object"
