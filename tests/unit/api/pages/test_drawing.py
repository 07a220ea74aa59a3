"""Drawings of the server keep their values inside the frame and their texts as text."""

import pytest

from obd2_api.web.drawing import Dot, nice_ticks, trend


@pytest.mark.parametrize("value", [0.0, 14.2, -3.0, 2500.0])
def test_a_value_that_never_changes_lies_between_the_ticks(value: float) -> None:
    ticks = nice_ticks(value, value)

    assert ticks[0] < value < ticks[-1]


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-7.5, 3.1), (880.0, 6200.0), (0.001, 0.0042)])
def test_the_ticks_span_all_values_and_are_few(low: float, high: float) -> None:
    ticks = nice_ticks(low, high)

    assert ticks[0] <= low
    assert high <= ticks[-1]
    assert 2 <= len(ticks) <= 8


def test_texts_of_a_trend_are_text() -> None:
    drawn = trend([Dot(0.0, 1.0, "<b>", "/drives/<b>"), Dot(1.0, 2.0, "&", "/")], [], "<i>", labels=("<u>", ""))

    assert not {"<b>", "<i>", "<u>"} & {drawn[place : place + 3] for place in range(len(drawn))}
