"""All facts of a drive: the same whatever way its rows came, and true to a Pi's rows."""

import math
import random
import sqlite3
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from obd2_analyzer.drive_facts import Surroundings, drive_facts, facts_digest, overlapped
from obd2_analyzer.facts.derivation import derive_drives
from obd2_analyzer.facts.readings import Readings, readings_from_rows
from obd2_analyzer.thresholds import load_thresholds
from support.drive_rows import DriveRow, between, drive_rows
from support.pi_files import IDLE, PI_NAMES

THRESHOLDS = load_thresholds()


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 2**32), again=st.integers(0, 400))
def test_shuffled_late_or_repeated_rows_give_the_same_facts(seed: int, again: int) -> None:
    rows = drive_rows(700, signals={"COOLANT_TEMP": between(400, 500, 105.0, 90.0), "RPM": lambda s: 2000 + s / 7})
    chance = random.Random(seed)  # noqa: S311 - repeatable shuffling
    arrived = rows + chance.sample(rows, again)
    chance.shuffle(arrived)

    clean, mixed = (
        facts_digest(drive_facts(readings_from_rows(came), Surroundings(), THRESHOLDS)) for came in (rows, arrived)
    )

    assert mixed == clean


def test_the_digest_changes_with_one_value() -> None:
    rows = drive_rows(100)
    changed: list[DriveRow] = [*rows[:-1], (*rows[-1][:2], "RPM", 2201.0, *rows[-1][4:])]

    first, second = (
        facts_digest(drive_facts(readings_from_rows(came), Surroundings(), THRESHOLDS)) for came in (rows, changed)
    )

    assert first != second


@pytest.mark.parametrize(
    "rows",
    [
        [],
        [(1, None, None, None, None, None, None, None)],
        [(1, None, "RPM", 800.0, None, None, None, 3)],
        [(1, 5.0, "RPM", None, None, None, None, 3)],
        [(1, 5.0, "COOLANT_TEMP", 110.0, "degree_Celsius", None, "real", 3)],
    ],
)
def test_next_to_nothing_gives_facts_without_findings(rows: list[DriveRow]) -> None:
    facts = drive_facts(readings_from_rows(rows), Surroundings(), THRESHOLDS)

    assert facts.findings == ()
    assert facts.grade is None


def test_an_overlapping_drive_says_so_everywhere() -> None:
    facts = overlapped(drive_facts(readings_from_rows(drive_rows(600)), Surroundings(), THRESHOLDS))

    assert facts.quality.flags == ("overlap",)
    assert facts.data_quality == "attribution_anomaly"
    assert {statistic.data_quality for statistic in facts.statistics.of} == {"attribution_anomaly"}


def test_rows_of_another_source_leave_the_statistics_alone() -> None:
    rows = drive_rows(600) + drive_rows(10, signals={"RPM": 9000.0}, first_id=50_000, data_source="fixture")

    rpm = drive_facts(readings_from_rows(rows), Surroundings(), THRESHOLDS).statistics.find("RPM")

    assert rpm is not None
    assert rpm.maximum == 2200.0


def pi_rows(file: Path) -> Readings:
    connection = sqlite3.connect(f"file:{file}?mode=ro", uri=True)
    try:
        found = connection.execute(
            "SELECT id, (julianday(timestamp) - 2440587.5) * 86400, parameter_name, value, unit, profile_id, NULL, NULL"
            " FROM realtime_data"
        ).fetchall()
    finally:
        connection.close()
    return readings_from_rows(found)


def test_an_idle_has_the_statistics_it_is_known_for(pi_files: dict[str, Path]) -> None:
    readings = pi_rows(pi_files[IDLE])

    facts = drive_facts(readings, Surroundings(default_source="real"), THRESHOLDS)
    known = {
        statistic.parameter: (statistic.sample_count, statistic.minimum, statistic.maximum)
        for statistic in facts.statistics.of
        if statistic.scope == "all"
    }

    assert known["RPM"] == (15, 761.5, 851.5)
    assert known["COOLANT_TEMP"] == (14, 73.0, 74.0)
    assert known["THROTTLE_POS"] == (13, 0.7843137254901961, 0.7843137254901961)
    assert known["SPEED"] == (15, 0.0, 0.0)
    assert len(known) == 11
    assert facts.statistics.rejected == {}
    assert facts.findings == ()


@pytest.mark.parametrize("name", PI_NAMES)
def test_every_pi_database_holds_one_drive_with_the_statistics_of_its_rows(
    pi_files: dict[str, Path], name: str
) -> None:
    readings = pi_rows(pi_files[name])

    (drive,) = derive_drives(readings)
    facts = drive_facts(readings.take(drive.rows), Surroundings(), THRESHOLDS)

    assert len(drive.rows) == len(readings)
    for statistic in facts.statistics.of:
        if statistic.scope != "all":
            continue
        values = readings.values[readings.parameters.equals(statistic.parameter)].tolist()
        mean = math.fsum(values) / len(values)
        sigma = math.sqrt(math.fsum((value - mean) ** 2 for value in values) / (len(values) - 1))
        assert statistic.mean == pytest.approx(mean, rel=1e-12, abs=1e-12)
        assert statistic.sigma == pytest.approx(sigma, rel=1e-9, abs=1e-12)
        assert (statistic.minimum, statistic.maximum, statistic.sample_count) == (min(values), max(values), len(values))
