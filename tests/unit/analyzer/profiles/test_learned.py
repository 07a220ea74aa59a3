"""What a car's own first healthy drives teach, and what they never may."""

from dataclasses import replace

import pytest

from obd2_analyzer.facts.history import History
from obd2_analyzer.profiles.learned import LEARNABLE, learned_limits, usual_ranges, with_learned
from obd2_analyzer.rules import RULES
from obd2_analyzer.thresholds import SHIPPED
from support.rule_findings import past_drives

LONG, SHORT = ("LONG_FUEL_TRIM_1", "closed_loop_warm"), ("SHORT_FUEL_TRIM_1", "closed_loop_warm")
CLOSE_BY = [1.4, 1.9, 1.2, 1.7, 1.5]


def learned(key: tuple[str, str], means: list[float]) -> dict[str, float]:
    first = past_drives(key, means)
    return {each.limit: each.value for each in learned_limits(SHIPPED, History(first=first))}


def test_a_car_that_lives_close_to_a_limit_widens_it() -> None:
    widened = learned(LONG, CLOSE_BY)

    assert widened.keys() == {"lean_percent"}
    assert 2.0 < widened["lean_percent"] <= 3.0


def test_four_drives_teach_nothing() -> None:
    assert learned(LONG, CLOSE_BY[:4]) == {}


def test_a_car_far_from_its_limits_narrows_none() -> None:
    assert learned(LONG, [-0.8, -0.7, -0.9, -0.8, -0.8]) == {}


def test_a_limit_is_never_widened_by_more_than_half() -> None:
    assert learned(LONG, [-6.0, 1.9, 1.0, 4.5, -3.0])["lean_percent"] == 3.0


def test_a_trim_off_centre_either_way_is_learned_as_distance() -> None:
    assert learned(SHORT, [-4.6, -4.4, -4.9, -4.2, -4.7])["centred_percent"] == pytest.approx(5.66, abs=0.2)


def test_what_a_rule_found_from_the_first_drive_on_is_not_learned_away() -> None:
    accused = tuple(replace(drive, found_by=frozenset({"ltft"})) for drive in past_drives(LONG, [2.6] * 6))

    assert learned_limits(SHIPPED, History(first=accused)) == ()


def test_only_the_first_drives_count_so_that_a_slow_fault_teaches_nothing() -> None:
    slowly = [0.0] * 10 + [0.4 * step for step in range(10)]

    assert learned(LONG, slowly) == {}


def test_nothing_about_heat_voltage_or_knock_can_be_learned() -> None:
    assert {each.rule for each in LEARNABLE}.isdisjoint({"coolant", "battery", "knock_retard", "timing", "starting"})
    assert all(hasattr(RULES[each.rule].limits, each.limit) for each in LEARNABLE)


def test_learned_limits_take_the_place_of_the_others() -> None:
    found = learned_limits(SHIPPED, History(first=past_drives(LONG, CLOSE_BY)))

    changed = with_learned(SHIPPED, found)

    assert changed.rules["ltft"].lean_percent == found[0].value
    assert changed.rules["coolant"] == SHIPPED.rules["coolant"]


def test_usual_ranges_are_told_of_signals_that_enough_drives_have() -> None:
    (usual,) = usual_ranges(
        SHIPPED, History(first=past_drives(("BATTERY_V", "engine_running"), [14.0, 14.1, 14.2] * 2))
    )

    assert usual.parameter == "BATTERY_V"
    assert usual.low < 14.0
    assert usual.high > 14.2
    assert usual_ranges(SHIPPED, History()) == []
