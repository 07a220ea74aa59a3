"""The records of the rules, and the page written from them."""

import pytest

from obd2_analyzer.facts.findings import Severity
from obd2_analyzer.grade import GradeLimits
from obd2_analyzer.rules import FOCUS_WORDS, RULES, rules_in_focus, shared_checks
from obd2_analyzer.rules.check import Check
from obd2_analyzer.rules.rule import AnyRule, Category
from obd2_analyzer.rules_page import rules_page
from obd2_common.plain_names import plain_rule
from support.checkout_files import ROOT

DANGEROUS = ("radiator cap", "pour", "water over", "while the engine is hot", "keep driving", "continue")
SHARED = {value.id: value for value in vars(shared_checks).values() if isinstance(value, Check)}


@pytest.mark.parametrize("rule", RULES.values(), ids=lambda rule: rule.name)
class TestEveryRule:
    def test_its_checks_are_its_own_or_shared_and_whole_sentences(self, rule: AnyRule) -> None:
        assert 2 <= len(rule.checks) <= 4
        for check in rule.checks:
            assert SHARED.get(check.id) == check or check.id.startswith(f"{rule.name}.")
            assert check.text[0].isupper()
            assert check.text.endswith(".")
            assert not any(phrase in check.text.lower() for phrase in DANGEROUS)

    def test_every_limit_says_what_it_means(self, rule: AnyRule) -> None:
        unexplained = [name for name, field in type(rule.limits).model_fields.items() if not field.description]

        assert unexplained == []

    def test_it_is_asked_for_by_words_in_lower_case(self, rule: AnyRule) -> None:
        assert rule.focus
        assert rule.focus <= FOCUS_WORDS
        assert all(word == word.lower() for word in rule.focus)


def test_a_rule_offers_no_check_twice_and_an_id_means_one_check() -> None:
    offered = {check for rule in RULES.values() for check in rule.checks}

    assert len({check.id for check in offered}) == len(offered)
    assert all(len(set(rule.checks)) == len(rule.checks) for rule in RULES.values())
    assert all(name == rule.name for name, rule in RULES.items())


def test_every_category_of_a_rule_is_one_of_the_contract() -> None:
    assert {str(category) for category in Category} == {
        "Cooling",
        "Fueling",
        "Boost",
        "Electrical",
        "Mechanical",
        "Diagnostic",
        "Baseline",
    }


def test_focus_areas_choose_rules_in_any_case_and_unknown_ones_choose_none() -> None:
    assert rules_in_focus([" Charging "]) == {"battery", "ripple"}
    assert rules_in_focus(["astrology"]) == frozenset()


def test_the_grade_knows_every_severity_and_rule() -> None:
    limits = GradeLimits()

    assert limits.points.keys() == {severity.name for severity in Severity}
    assert limits.weights == {name: rule.weight for name, rule in RULES.items()}


def test_the_page_about_the_rules_is_current() -> None:
    written = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")

    assert written == rules_page(), "run `make docs`"


def test_the_short_names_of_rules_are_told_by_their_titles() -> None:
    abbreviated = [rule for rule in RULES.values() if plain_rule(rule.name) != rule.name.replace("_", " ")]

    assert {rule.name for rule in abbreviated} >= {"iat", "ltft", "maf", "o2", "stft"}
    assert [plain_rule(rule.name) for rule in abbreviated] == [
        rule.title[0].lower() + rule.title[1:] for rule in abbreviated
    ]
