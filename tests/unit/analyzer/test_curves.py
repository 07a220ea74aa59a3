"""What pages draw of a drive: every sample in the order of time, and where it was read on the map."""

from collections import defaultdict

import pytest

from obd2_analyzer.facts.curves import MapCell, curves, map_cells
from obd2_analyzer.facts.limits import Sampling
from obd2_analyzer.facts.readings import readings_from_rows
from obd2_analyzer.facts.signals import DriveSignals, drive_signals
from obd2_common.series import unpack_series
from support.drive_rows import NOON, DriveRow, at, drive_rows


def signals_of(rows: list[DriveRow]) -> DriveSignals:
    return drive_signals(readings_from_rows(rows), Sampling())


def test_a_curve_holds_every_sample_in_the_order_of_time() -> None:
    rows = drive_rows(20, signals={"COOLANT_TEMP": lambda second: 80.0 + second})
    late = (9_000, NOON + 5.5, "COOLANT_TEMP", 99.0, "degree_Celsius", "daily", "real", 7)

    (coolant,) = [curve for curve in curves(signals_of([*rows, late])) if curve.parameter == "COOLANT_TEMP"]

    offsets, values = unpack_series(coolant.packed, coolant.sample_count)
    assert offsets[:5] == [0, 2_000_000, 4_000_000, 5_500_000, 6_000_000]
    assert values[:5] == [80.0, 82.0, 84.0, 99.0, 86.0]
    assert (coolant.started_at, coolant.unit, coolant.median_interval_seconds) == (at(0), "°C", 2.0)
    assert (coolant.minimum, coolant.maximum) == (80.0, 100.0)


def test_a_map_counts_each_sample_in_the_band_it_was_read_in() -> None:
    rows = drive_rows(
        100,
        signals={
            "RPM": lambda second: 1900.0 if second < 50 else 2600.0,
            "ENGINE_LOAD": 35.0,
            "TIMING_ADVANCE": lambda second: 10.0 if second < 50 else 20.0,
        },
    )

    cells = {(cell.rpm_band, cell.load_band): cell for cell in map_cells(signals_of(rows)) if cell.parameter == "MAF"}
    timing = [cell for cell in map_cells(signals_of(rows)) if cell.parameter == "TIMING_ADVANCE"]

    assert {place: cell.sample_count for place, cell in cells.items()} == {(1500, 30): 25, (2500, 30): 26}
    assert timing == [
        MapCell("TIMING_ADVANCE", 1500, 30, 25, 250.0, 10.0, 10.0),
        MapCell("TIMING_ADVANCE", 2500, 30, 26, 520.0, 20.0, 20.0),
    ]


@pytest.mark.parametrize("missing", ["RPM", "ENGINE_LOAD"])
def test_without_one_of_its_axes_there_is_no_map(missing: str) -> None:
    assert list(map_cells(signals_of(drive_rows(60, without=[missing])))) == []


def test_the_axes_themselves_and_labels_are_not_mapped() -> None:
    found: defaultdict[str, int] = defaultdict(int)
    for cell in map_cells(signals_of(drive_rows(60))):
        found[cell.parameter] += cell.sample_count

    assert {"RPM", "ENGINE_LOAD", "FUEL_SYSTEM_STATUS"} & found.keys() == set()
    assert found["MAF"] == 31
