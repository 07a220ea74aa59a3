"""A drive beside the earlier ones: baselines, comparisons and anomalies."""

import pytest

from obd2_analyzer.facts.history import (
    History,
    anomalies,
    baseline,
    compare,
)
from obd2_analyzer.facts.statistics import Statistics
from support.past_means import LIMITS, history, statistics

NO_STATISTICS = Statistics((), {})


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
    assert [comparison.is_shown for comparison in found] == [is_shown] * count
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


def test_a_baseline_needs_two_drives() -> None:
    assert baseline([1.0]) is None
    assert baseline([1.0, 3.0]).mean == 2.0  # type: ignore[union-attr]


def test_without_history_nothing_is_said() -> None:
    assert compare(statistics(RPM=1.0), History(), LIMITS) == ()
    assert compare(NO_STATISTICS, History(), LIMITS) == ()
