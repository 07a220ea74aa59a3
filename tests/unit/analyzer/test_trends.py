"""Where a car goes over its drives: trends and correlations."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from obd2_analyzer.facts.trends import correlations, pearson, trend, trends
from support.past_means import LIMITS, history, statistics


def test_a_trend_looks_at_the_last_ten_drives() -> None:
    (found,) = trends(
        statistics(COOLANT_TEMP=99.0), history(COOLANT_TEMP=[500.0] * 5 + [90.0 + n for n in range(9)]), LIMITS
    )

    assert (found.direction, found.drive_count) == ("RISING", 10)
    assert found.drift == pytest.approx(9.0)
    assert found.drift_percent == pytest.approx(10.0)
    assert found.correlation == pytest.approx(1.0)


@pytest.mark.parametrize(
    ("last", "direction"), [(94.5, "STABLE"), (94.6, "RISING"), (85.5, "STABLE"), (85.4, "FALLING")]
)
def test_up_to_five_percent_either_way_is_stable(last: float, direction: str) -> None:
    assert trend("COOLANT_TEMP", [90.0, (90 + last) / 2, last], LIMITS).direction == direction


def test_fuel_trims_drift_in_their_own_unit_not_in_percent() -> None:
    found = trend("LONG_FUEL_TRIM_1", [-0.2, 0.0, 0.2], LIMITS)

    assert (found.direction, found.drift_percent) == ("STABLE", None)


def test_a_negative_value_that_sinks_further_falls() -> None:
    found = trend("SOME_NEGATIVE", [-10.0, -11.0, -12.0, -13.0], LIMITS)

    assert found.direction == "FALLING"
    assert found.drift_percent == pytest.approx(-30.0)


@settings(deadline=None)
@given(st.lists(st.floats(-1000, 1000), min_size=3, max_size=10), st.sampled_from(["COOLANT_TEMP", "LONG_FUEL_TRIM_1"]))
def test_direction_and_drift_never_contradict(means: list[float], name: str) -> None:
    found = trend(name, means, LIMITS)

    if found.direction == "RISING":
        assert found.drift > 0
    if found.direction == "FALLING":
        assert found.drift < 0
    if found.drift_percent is not None:
        assert found.drift_percent * found.drift >= 0


def test_two_drives_give_no_correlation_and_no_trend() -> None:
    past = history(RPM=[2000.0], COOLANT_TEMP=[90.0])
    own = statistics(RPM=2100.0, COOLANT_TEMP=95.0)

    assert correlations(own, past, LIMITS) == ()
    assert trends(own, past, LIMITS) == ()


@pytest.mark.parametrize(
    ("coolant", "count"), [([80.0, 84.0, 88.0, 92.0, 96.0], 1), ([90.0, 80.0, 95.0, 82.0, 91.0], 0)]
)
def test_only_significant_correlations_over_enough_drives_are_told(coolant: list[float], count: int) -> None:
    past = history(RPM=[2000.0, 2100.0, 2200.0, 2300.0, 2400.0], COOLANT_TEMP=coolant)

    found = correlations(statistics(RPM=2500.0, COOLANT_TEMP=coolant[-1]), past, LIMITS)

    assert len(found) == count


@settings(deadline=None)
@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), min_size=3, max_size=20))
def test_pearson_agrees_with_numpy(pairs: list[tuple[float, float]]) -> None:
    values = np.round(np.array(pairs), 3)
    assume((values.std(axis=0) > 1e-3).all())

    assert pearson(values[:, 0], values[:, 1]) == pytest.approx(np.corrcoef(values.T)[0, 1], abs=1e-9)
