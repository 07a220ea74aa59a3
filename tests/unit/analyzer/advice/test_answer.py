"""What an answer recommends: severe findings first in their rules' words, then what was chosen, five at the most."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from obd2_analyzer.advice.adviser import AdviceTask, DriveSubject
from obd2_analyzer.advice.answer import recommendations
from obd2_analyzer.advice.evidence import Choice
from obd2_analyzer.facts.findings import Finding, Severity
from obd2_analyzer.rules import RULES
from support.advice_cases import DRIVE_KEY, fact_of, healthy_facts, healthy_task, troubled_facts, troubled_task

NOON = datetime(2025, 7, 11, 12, 0, tzinfo=UTC)


def choice(rule: str, *checks: str, why: str | None = None) -> Choice:
    fact = fact_of(rule)
    return Choice(fact, "Diagnostic", tuple(check for check in fact.checks if check.id in checks), why)


def task_of(*findings: Finding, drive_key: str = DRIVE_KEY) -> AdviceTask:
    return AdviceTask((DriveSubject(drive_key, replace(healthy_facts(), findings=findings)),))


def finding(rule: str, severity: Severity, signal: str = "COOLANT_TEMP") -> Finding:
    return Finding(rule, signal, severity, 1.0, "", 0.0, f"{rule} {signal} is {severity.name}.")


def test_severe_findings_stand_first_in_their_rules_sentences_whatever_was_chosen() -> None:
    said = {found.rule: found.sentence for found in troubled_facts().findings}

    for choices in (None, (), (choice("ltft", "ltft.leaks"), choice("battery", "battery.belt"))):
        made = recommendations(troubled_task(), choices)

        assert [each.rule for each in made[:2]] == ["coolant", "battery"]
        assert all(each.text.startswith(said[each.rule]) for each in made[:2])


def test_what_was_chosen_follows_in_its_order_and_with_its_checks() -> None:
    why = "A cracked hose may leak at idle."

    made = recommendations(troubled_task(), (choice("timing", "timing.plugs"), choice("ltft", "ltft.leaks", why=why)))

    assert [each.rule for each in made] == ["coolant", "battery", "timing", "ltft"]
    assert made[2].text.endswith(fact_of("timing").checks[1].text)
    assert made[3].text.endswith(f"The model notes: {why} {fact_of('ltft').checks[0].text}")
    assert (made[3].category, made[3].severity) == ("Diagnostic", "WATCH")


def test_without_a_model_the_findings_come_with_their_first_checks() -> None:
    made = recommendations(troubled_task(), None)

    assert [each.rule for each in made] == ["coolant", "battery", "timing", "ltft"]
    assert all(each.text.endswith(fact_of(each.rule).checks[1].text) for each in made)


def test_a_severe_finding_keeps_its_first_check_whatever_else_was_chosen() -> None:
    made = recommendations(troubled_task(), (choice("coolant", "coolant.fan"),))

    first, fan = fact_of("coolant").checks[0], fact_of("coolant").checks[2]
    assert made[0].text.endswith(f"{first.text} {fan.text}")


def test_an_answer_says_a_check_once_however_many_findings_call_for_it() -> None:
    hot, code = finding("coolant", Severity.STOP), finding("trouble_codes", Severity.WARNING, "P0217")

    about_heat, about_code = recommendations(task_of(hot, code), None)

    checks = RULES["coolant"].checks
    assert about_heat.text.endswith(f"{checks[0].text} {checks[1].text}")
    assert about_code.text.endswith(f"{checks[2].text} {checks[3].text}")


def test_a_finding_whose_checks_are_all_said_still_has_a_step() -> None:
    sensors = [finding("sensor", Severity.ALERT, signal) for signal in ("COOLANT_TEMP", "INTAKE_TEMP", "MAF")]

    made = recommendations(task_of(*sensors), None)

    texts = {check.text for check in RULES["sensor"].checks}
    assert all(any(each.text.endswith(text) for text in texts) for each in made)


def test_a_long_standing_limit_is_told_with_what_is_usual() -> None:
    made = recommendations(troubled_task(), None)

    assert "The average of earlier drives is 88.5 °C." in made[0].text


def test_five_at_most_and_what_finds_no_room_is_told_by_the_last() -> None:
    codes = [finding("coolant", Severity.WARNING, f"P030{number}") for number in range(7)]

    made = recommendations(task_of(finding("battery", Severity.STOP, "BATTERY_V"), *codes), None)

    assert len(made) == 5
    assert [each.severity for each in made] == ["STOP"] + ["WARNING"] * 4
    assert all(code.sentence in " ".join(each.text for each in made) for code in codes)


def test_nothing_severe_gives_way_to_something_milder() -> None:
    severe = [finding("battery", Severity.ALERT, f"P030{number}") for number in range(4)]
    mild = [finding("coolant", Severity.WATCH, f"C030{number}") for number in range(4)]

    made = recommendations(task_of(*mild, *severe), None)

    assert [each.severity for each in made] == ["ALERT"] * 4 + ["WATCH"]


@pytest.mark.parametrize(
    ("parameters", "areas", "rules"),
    [
        (("BATTERY_V",), (), ["coolant", "battery"]),
        (("ltft",), (), ["coolant", "battery", "ltft"]),
        ((), ("battery", "fuel"), ["battery", "coolant", "ltft", "timing"]),
        ((), ("no such thing",), ["coolant", "battery", "timing", "ltft"]),
    ],
)
def test_parameters_choose_among_the_milder_and_focus_areas_order_equals(
    parameters: tuple[str, ...], areas: tuple[str, ...], rules: list[str]
) -> None:
    task = replace(troubled_task(), parameters=parameters, focus_areas=areas)

    assert [each.rule for each in recommendations(task, None)] == rules


def test_the_same_on_several_drives_of_a_window_is_one_recommendation() -> None:
    later = replace(troubled_facts(), quality=replace(troubled_facts().quality, started_at=2_000_000_000.0))
    task = AdviceTask((DriveSubject("33", troubled_facts()), DriveSubject("34", later)))

    made = recommendations(task, ())

    assert [(each.rule, each.occurrences, each.first_seen_at) for each in made] == [
        ("coolant", 2, NOON),
        ("battery", 2, NOON),
    ]
    assert made[0].text.startswith("Drive 34: ")


def test_a_healthy_drive_gets_none() -> None:
    assert recommendations(healthy_task(), None) == ()
    assert recommendations(healthy_task(), ()) == ()


def test_confidence_is_what_the_finding_bears() -> None:
    made = recommendations(troubled_task(), (choice("ltft", "ltft.leaks"),))
    guessed = replace(finding("coolant", Severity.STOP), details={"baseline": "default"})

    assert [each.confidence for each in made] == [0.9, 0.9, 0.5]
    assert [each.confidence for each in recommendations(task_of(guessed), None)] == [0.5]
