"""Rows split by parameter, each parameter in one unit; rows whose unit leads nowhere are named."""

from collections.abc import Mapping

import numpy as np

from obd2_analyzer.facts.parameters import conversion_for
from obd2_analyzer.facts.readings import Readings, Series, typical_interval
from obd2_analyzer.facts.units import says_nothing
from obd2_common.plain_names import UNIT_OF

FEW_PAIRS = 1_000_000
"""Up to so many pairs of names and texts counting is quicker than sorting."""

UnitTexts = Mapping[tuple[str, str | None], int]
"""(parameter, unit text) to the number of its rows."""


def series_by_parameter(readings: Readings) -> dict[str, Series]:
    """Split the valid rows by parameter, names in alphabetical order."""
    units = _units(_unit_texts(readings))
    usable = np.flatnonzero(readings.valid)
    codes = readings.parameters.codes[usable]
    by_code = usable[np.argsort(codes, kind="stable")]
    edges = np.cumsum(np.bincount(codes, minlength=len(readings.parameters.texts)))[:-1]
    found: dict[str, Series] = {}
    for name, own in zip(readings.parameters.texts, np.split(by_code, edges), strict=True):
        if name is None:
            continue
        rows = own
        if name not in UNIT_OF:
            fitting = [_fits(name, text, units[name]) for text in readings.units.texts]
            rows = own[np.array(fitting)[readings.units.codes[own]]]
        if len(rows):
            times = readings.times[rows]
            found[name] = Series(
                name, units[name], readings.source_ids[rows], times, readings.values[rows], typical_interval(times)
            )
    return dict(sorted(found.items()))


def unknown_units(readings: Readings) -> dict[tuple[str, str], int]:
    """Count the rows, by (parameter, unit text), that are used for nothing since their unit is unknown."""
    texts = _unit_texts(readings)
    units = _units(texts)
    return {
        (name, text): count
        for (name, text), count in sorted(texts.items(), key=str)
        if text is not None and not _fits(name, text, units[name])
    }


def _unit_texts(readings: Readings) -> UnitTexts:
    names, texts = readings.parameters.texts, readings.units.texts
    pairs = readings.parameters.codes.astype(np.int64) * len(texts) + readings.units.codes
    if len(names) * len(texts) <= FEW_PAIRS:
        counts = np.bincount(pairs, minlength=len(names) * len(texts))
        found = np.flatnonzero(counts)
        counts = counts[found]
    else:
        found, counts = np.unique(pairs, return_counts=True)
    named = zip(found.tolist(), counts.tolist(), strict=True)
    return {
        (name, texts[pair % len(texts)]): count
        for pair, count in named
        if (name := names[pair // len(texts)]) is not None
    }


def _units(texts: UnitTexts) -> dict[str, str]:
    """Return the unit of each parameter: ours where we have one, else that of most rows."""
    rows: dict[str, dict[str, int]] = {}
    for (name, text), count in texts.items():
        sizes = rows.setdefault(name, {})
        conversion = conversion_for(name, text)
        if conversion is not None and not says_nothing(text):
            sizes[conversion.unit] = sizes.get(conversion.unit, 0) + count
    return {
        name: UNIT_OF.get(name, min(sizes, key=lambda unit: (-sizes[unit], unit), default=""))
        for name, sizes in rows.items()
    }


def _fits(name: str, text: str | None, unit: str) -> bool:
    conversion = conversion_for(name, text)
    return conversion is not None and (says_nothing(text) or conversion.unit == unit)
