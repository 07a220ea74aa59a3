"""Statistics against hand-computed numbers and against formulas written out here."""

import math
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obd2_analyzer.facts.limits import Sampling
from obd2_analyzer.facts.readings import Series
from obd2_analyzer.facts.signals import band_name
from obd2_analyzer.facts.statistics import InvariantError, sample_quality, summarise, summarise_all
from obd2_common.tables.drives import DriveStatistic

IDLE_THROTTLE = 0.7843137254901961


def series(values: list[float], name: str = "RPM") -> Series:
    count = len(values)
    return Series(name, "rpm", np.arange(count), np.arange(count, dtype=float), np.array(values, dtype=float))


def test_a_case_computed_by_hand() -> None:
    found = summarise(series([2.0, 4.0, 4.0, 4.0, 5.0, 5.0, 7.0, 9.0]))

    assert (found.minimum, found.maximum, found.mean, found.sample_count) == (2.0, 9.0, 5.0, 8)
    assert found.sigma == pytest.approx(math.sqrt(32 / 7))
    assert found.outlier_minimum == pytest.approx(5 - 2 * math.sqrt(32 / 7))
    assert found.outlier_maximum == pytest.approx(5 + 2 * math.sqrt(32 / 7))


def test_one_sample_has_no_spread() -> None:
    found = summarise(series([800.25]))

    assert (found.mean, found.sigma, found.outlier_minimum) == (800.25, 0.0, 800.25)


@pytest.mark.parametrize("count", [50, 100, 200, 400, 676])
def test_a_constant_signal_keeps_its_value_whatever_rounding_does(count: int) -> None:
    found = summarise(series([IDLE_THROTTLE] * count))

    assert (found.minimum, found.mean, found.maximum, found.sigma) == (IDLE_THROTTLE,) * 3 + (0.0,)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.floats(-1e9, 1e9).map(lambda value: round(value, 6)), min_size=1, max_size=60))
def test_results_agree_with_exact_arithmetic(values: list[float]) -> None:
    exact = [Fraction(value) for value in values]
    mean = sum(exact) / len(exact)
    variance = sum((value - mean) ** 2 for value in exact) / max(len(exact) - 1, 1)
    scale = max(abs(value) for value in values)

    found = summarise(series(values))

    assert found.mean == pytest.approx(float(mean), rel=1e-12, abs=1e-12 * scale)
    assert found.sigma == pytest.approx(math.sqrt(variance), rel=1e-9, abs=1e-9 * scale)
    assert found.minimum <= found.mean <= found.maximum


@pytest.mark.parametrize(
    ("count", "quality"),
    [(1, "below_threshold"), (9, "below_threshold"), (10, "sparse"), (99, "sparse"), (100, "full")],
)
def test_the_quality_follows_the_number_of_samples(count: int, quality: str) -> None:
    assert sample_quality(count) == quality


def test_numbers_too_large_for_a_finite_result_are_refused() -> None:
    with pytest.raises(InvariantError):
        summarise(series([1.7e308, -1.7e308, 1.7e308]))


def test_one_odd_parameter_costs_the_others_nothing() -> None:
    found = summarise_all(
        {("ODD", "all"): series([1.7e308, -1.7e308, 1.7e308], "ODD"), ("RPM", "all"): series([800.0])}
    )

    assert [statistic.parameter for statistic in found.of] == ["RPM"]
    assert list(found.rejected) == ["ODD"]


def test_a_scope_without_samples_has_no_statistic() -> None:
    assert summarise_all({("RPM", "warm_idle"): series([])}).of == ()


@pytest.mark.parametrize("rpm", [800.0, 99_999.0, 1.23456e200, 1.7e308])
@pytest.mark.parametrize("load", [35.0, 99_999.0, 1.23456e200, 1.7e308])
def test_the_name_of_a_band_fits_its_column_whatever_the_values(rpm: float, load: float) -> None:
    name = band_name(rpm, load, Sampling())

    assert name.startswith("rpm_")
    assert len(name) <= DriveStatistic.__table__.c.scope.type.length  # type: ignore[attr-defined]
