"""A drive and its earlier ones, of which only the means matter."""

from obd2_analyzer.facts.history import (
    History,
    PastDrive,
    PastStatistic,
)
from obd2_analyzer.facts.statistics import Statistic, Statistics
from obd2_analyzer.thresholds import load_thresholds

LIMITS = load_thresholds().history


def history(**means: list[float]) -> History:
    """Return earlier drives: by parameter the means, oldest first."""
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
    """Return the statistics of a drive with these means by parameter."""
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
