"""Values, times and durations as an owner reads them."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from obd2_api.web.drawing import Band, Dot, nice_ticks, sparkline, trend
from obd2_api.web.wording import IMPERIAL, Wording, ago, duration, size, title

NOON = datetime(2026, 7, 11, 12, 0, tzinfo=UTC)
METRIC_HERE, IMPERIAL_HERE = Wording(ZoneInfo("America/Chicago")), Wording(ZoneInfo("America/Chicago"), IMPERIAL)


@pytest.mark.parametrize(
    ("value", "unit", "metric", "imperial"),
    [
        (90.0, "°C", "90 °C", "194 °F"),
        (100.0, "km/h", "100 km/h", "62 mph"),
        (14.127, "V", "14.13 V", "14.13 V"),
        (-0.04, "%", "0.0 %", "0.0 %"),
        (2425.6, "rpm", "2,426 rpm", "2,426 rpm"),
        (16.0, "°", "16.0°", "16.0°"),
        (None, "°C", "\N{EN DASH}", "\N{EN DASH}"),
    ],
)
def test_a_value_is_shown_in_the_units_chosen(value: float | None, unit: str, metric: str, imperial: str) -> None:
    assert METRIC_HERE.quantity(value, unit) == metric
    assert IMPERIAL_HERE.quantity(value, unit) == imperial


def test_a_time_is_the_cars_own() -> None:
    assert METRIC_HERE.day(NOON) == "Sat 11 Jul 2026, 07:00"
    assert METRIC_HERE.month(None) == "Without a date"


@pytest.mark.parametrize(
    ("seconds", "text"),
    [
        (12, "12 s"),
        (100, "1 min 40 s"),
        (3600, "1 h"),
        (94_200, "26 h 10 min"),
        (360_000, "4 d 4 h"),
        (None, "unknown"),
    ],
)
def test_a_duration_has_its_two_largest_parts(seconds: float | None, text: str) -> None:
    assert duration(seconds) == text


def test_what_was_is_told_by_how_long_ago_it_was() -> None:
    assert [ago(NOON - timedelta(minutes=minutes), NOON) for minutes in (0, 1, 130, 3000)] == [
        "just now",
        "1 minute ago",
        "2 hours ago",
        "2 days ago",
    ]
    assert (ago(None, NOON), size(1_234_000), title("LONG_FUEL_TRIM_1")) == ("never", "1.2 MB", "Long-term fuel trim")


def test_ticks_are_round_and_hold_every_value() -> None:
    for low, high in ((0.0, 0.0), (-3.3, 7.65), (80.0, 109.0), (1200.0, 7000.0), (0.001, 0.0042)):
        ticks = nice_ticks(low, high)
        assert ticks[0] <= low <= high <= ticks[-1]
        assert 2 <= len(ticks) <= 8


def test_a_drawing_shows_texts_as_text() -> None:
    hostile = "<script>alert(1)</script>"

    drawn = trend(
        [Dot(0, 1, hostile, f"/{hostile}"), Dot(1, 2, "b", "/b")], [Band(0, 1, hostile)], hostile, labels=(hostile, "")
    )

    assert "<script" not in drawn
    assert "<script" not in sparkline([1, 2, 3], hostile)
    assert sparkline([1], "one value is no line") == ""
