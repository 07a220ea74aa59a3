"""A drive beside the earlier ones."""

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from obd2_analyzer.history import (
    History,
    PastDrive,
    PastStatistic,
    anomalies,
    baseline,
    compare,
    correlations,
    pearson,
    trend,
    trends,
)
from obd2_analyzer.statistics import Statistic, Statistics
from obd2_analyzer.thresholds import load_thresholds

LIMITS = load_thresholds().history
NO_STATISTICS = Statistics((), {})


def history(**means: list[float]) -> History:
    length = max(len(values) for values in means.values())
    scope = {"LONG_FUEL_TRIM_1": "closed_loop_warm", "SHORT_FUEL_TRIM_1": "closed_loop_warm"}
    return History(
        tuple(
            PastDrive(
                str(place),
                float(place),
                {
                    (name, scope.get(name, "all")): PastStatistic(values[place], 1.0, 500)
                    for name, values in means.items()
                    if place < len(values)
                },
            )
            for place in range(length)
        )
    )


def statistics(**means: float) -> Statistics:
    return Statistics(
        tuple(
            Statistic(
                name,
                "closed_loop_warm" if "TRIM" in name else "all",
                "",
                500,
                mean,
                mean,
                mean,
                0.0,
                "full",
            )
            for name, mean in means.items()
        ),
        {},
    )


def test_the_distance_is_in_standard_deviations_of_the_earlier_means() -> None:
    (found,) = compare(statistics(RPM=2300.0), history(RPM=[2000.0, 2100.0, 2000.0, 2100.0, 2050.0]), LIMITS)

    assert found.distance_sigma == pytest.approx((2300 - 2050) / 50.0)
    assert (found.status, found.is_shown) == ("INVESTIGATE", True)


@pytest.mark.parametrize(
    ("mean", "status"), [(2150.0, "NORMAL"), (2151.0, "WATCH"), (1900.0, "WATCH"), (1899.0, "INVESTIGATE")]
)
def test_the_status_follows_the_distance(mean: float, status: str) -> None:
    (found,) = compare(statistics(RPM=mean), history(RPM=[2000.0, 2100.0, 2000.0, 2100.0, 2050.0]), LIMITS)

    assert found.status == status


@pytest.mark.parametrize(("drives", "count", "is_shown"), [(1, 0, None), (2, 1, False), (4, 1, False), (5, 1, True)])
def test_comparisons_are_defined_from_two_and_shown_from_five_drives(
    drives: int,
    count: int,
    is_shown: bool | None,  # noqa: FBT001
) -> None:
    found = compare(statistics(RPM=9000.0), history(RPM=[2000.0, 2100.0, 2000.0, 2100.0, 2050.0][:drives]), LIMITS)

    assert len(found) == count
    assert [held.is_shown for held in found] == [is_shown] * count
    assert bool(anomalies(found, LIMITS)) is bool(is_shown)


def test_a_history_without_spread_gives_no_verdict_on_another_value() -> None:
    same, other = (
        compare(statistics(THROTTLE_POS=mean), history(THROTTLE_POS=[0.78] * 6), LIMITS)[0] for mean in (0.78, 0.9)
    )

    assert (same.distance_sigma, same.status) == (0.0, "NORMAL")
    assert (other.distance_sigma, other.status) == (None, None)


def test_an_anomaly_tells_what_was_expected() -> None:
    compared = compare(statistics(RPM=1900.0), history(RPM=[2000.0, 2100.0, 2000.0, 2100.0, 2050.0]), LIMITS)

    (found,) = anomalies(compared, LIMITS)

    assert (found.direction, found.severity) == ("BELOW", "WATCH")
    assert (found.expected_minimum, found.expected_maximum) == pytest.approx((1950.0, 2150.0))


def test_labels_and_counters_are_never_compared() -> None:
    assert compare(statistics(MIL_ON=1.0), history(MIL_ON=[0.0, 0.0, 1.0]), LIMITS) == ()


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


def test_a_baseline_needs_two_drives() -> None:
    assert baseline([1.0]) is None
    assert baseline([1.0, 3.0]).mean == 2.0  # type: ignore[union-attr]


def test_without_history_nothing_is_said() -> None:
    assert compare(statistics(RPM=1.0), History(), LIMITS) == ()
    assert compare(NO_STATISTICS, History(), LIMITS) == ()
