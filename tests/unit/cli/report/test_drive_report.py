"""The report of one drive: findings, recommendations, statistics, comparisons and trends."""

import re

import pytest

from obd2_cli.report import trend_table
from obd2_common.unit_systems import UnitSystem
from support.report_documents import ANALYSIS, CODE, FINDING, comparison, drive_detail, history, statistic, trend
from support.report_text import CHICAGO, report_of, shown


def test_a_drive_that_is_not_computed_is_told_from_one_without_findings() -> None:
    waiting = report_of(drive_detail(state="open", grade=None, gradePoints=None))
    sound = report_of(drive_detail())

    assert "pending" in waiting
    assert "Not computed yet." in waiting
    assert "Not analysed yet." in waiting
    assert "Findings\n  None." in sound


def test_what_no_rule_could_judge_is_told_with_the_reason() -> None:
    text = report_of(
        drive_detail(
            grade=None,
            gradePoints=None,
            ungradedBecause="none of these could be judged: coolant temperature",
            judgedRuleCount=1,
            notJudged={"coolant": "coolant temperature was not read", "a later rule": "no reason"},
        )
    )

    assert "not judged  (none of these could be judged: coolant temperature)" in text
    assert "by 1 of 3 rules" in text
    assert "not coolant temperature: coolant temperature was not read" in text
    assert "not a later rule: no reason" in text


def test_the_profile_that_judged_is_told_with_where_its_limits_come_from() -> None:
    judged = {"profile": "hot", "car": "A hot one", "lacks": []}
    limits = [
        {"limit": "coolant.alert_celsius", "value": 108.0, "origin": "profile hot"},
        {"limit": "ltft.lean_percent", "value": 3.0, "origin": "learned from 5 drives"},
    ]

    changed = " ".join(report_of(drive_detail(judgedBy={**judged, "limits": limits})).split())
    as_shipped = report_of(drive_detail(judgedBy={**judged, "limits": []}))

    assert "hot (A hot one), 2 limits not as shipped, by profile hot, learned from 5 drives" in changed
    assert "hot (A hot one), limits as shipped" in as_shipped


def test_a_finding_is_shown_with_its_sentence_and_when_it_began() -> None:
    text = report_of(drive_detail(findings=[{**FINDING, "severity": "WATCH", "sentence": "Small."}, FINDING]))

    assert re.search(r"STOP +COOLANT_TEMP reached 109 °C. \(from 12:50:00\)", text)
    assert text.index("STOP") < text.index("WATCH")


def test_a_severity_of_a_later_version_is_shown_last() -> None:
    text = report_of(drive_detail(findings=[{**FINDING, "severity": "PANIC"}, FINDING]))

    assert text.index("STOP") < text.index("PANIC")


def test_recommendations_say_who_made_them() -> None:
    by_rules = report_of(drive_detail(latestAnalysis=ANALYSIS))
    by_model = report_of(drive_detail(latestAnalysis={**ANALYSIS, "engine": "llm", "model": "llama3.1:8b"}))
    none = report_of(drive_detail(latestAnalysis={**ANALYSIS, "recommendations": []}))

    assert "1.  Cooling: Check it. (confidence 90%)" in by_rules
    assert "Written by the rules." in by_rules
    assert "Checks chosen by the model llama3.1:8b." in by_model
    assert "None; the rules found nothing to recommend." in none


def test_statistics_leave_out_what_means_little_unless_asked_for() -> None:
    statistics = [
        statistic("BATTERY_V"),
        statistic("FUEL_SYSTEM_STATUS"),
        statistic("LONG_FUEL_TRIM_1", unit="%"),
        statistic("LONG_FUEL_TRIM_1", "closed_loop_warm", unit="%"),
        statistic("MAF", "rpm_2500", unit="g/s"),
    ]

    usual = report_of(drive_detail(statistics=statistics))
    everything = report_of(drive_detail(statistics=statistics), is_every_scope=True)

    shown_names = [line.split("  ")[1] for line in usual.splitlines() if "1,234" in line]
    assert shown_names == ["System voltage", "Long-term fuel trim *"]
    assert "LONG_FUEL_TRIM_1 *" in everything
    assert "* in closed loop with a warm engine only" in usual
    assert len([line for line in everything.splitlines() if "1,234" in line]) == 5


def test_a_statistic_without_a_number_is_unknown_and_not_zero() -> None:
    text = report_of(drive_detail(statistics=[statistic("RPM", minValue=None, unit=None)]))

    assert "unknown" in next(line for line in text.splitlines() if line.strip().startswith("Engine speed"))


def test_what_counts_has_no_mean() -> None:
    text = report_of(drive_detail(statistics=[statistic("RUNTIME_SEC", unit="s")]), is_every_scope=True)

    (line,) = [line for line in text.splitlines() if "RUNTIME_SEC" in line]
    assert line.split() == ["RUNTIME_SEC", "s", "1.00", "3.00", "1,234"]


def test_codes_are_told_with_lamp_meaning_times_and_what_the_car_measured() -> None:
    text = report_of(drive_detail(troubleCodes=[CODE], isLampOn=True))

    assert re.search(r"lamp +lamp on, P0301", text)
    assert re.search(r"P0301 +stored +Misfire on cylinder 1", text)
    flat = " ".join(text.split())
    assert "new on this drive, first seen 2026-07-11 12:45 CDT, last 2026-07-11 13:02 CDT" in flat
    assert "when it was set: engine speed 2210 rpm, coolant temperature 93.00 °C" in flat


def test_a_freeze_frame_that_cannot_be_read_is_shown_as_it_came() -> None:
    code = {**CODE, "freezeFrame": None, "freezeFrameText": "{half\x1b"}

    assert "when it was set: unreadable: {half\\x1b" in report_of(drive_detail(troubleCodes=[code]))


@pytest.mark.parametrize(("is_on", "said"), [(False, "off"), (None, "not read")])
def test_a_dark_lamp_is_told_from_one_nobody_read(is_on: bool | None, said: str) -> None:  # noqa: FBT001
    text = report_of(drive_detail(isLampOn=is_on))

    assert re.search(rf"lamp +{said} *\n", text)
    assert "Trouble codes" not in text


def test_what_the_pi_noted_is_shown() -> None:
    start = {"ambientTempAtStartC": 24.0, "startingBatteryV": 12.4, "barometricKpaAtStart": None}
    alert = {"timestamp": "2026-07-11T17:50:00Z", "alertType": "rpm_low", "parameterName": "RPM", "value": 588.25}

    text = report_of(drive_detail(start=start, piAlerts=[{**alert, "threshold": 600.0}]))

    assert "outside 24.00 °C, battery 12.40 V" in text
    assert "12:50:00  rpm_low: Engine speed 588.2 rpm, limit 600.0 rpm" in text


@pytest.mark.parametrize(
    ("distance", "gaps", "said"),
    [
        (14.25, 0.0, "14.25 km"),
        (14.25, 95.0, "14.25 km, without 1 min 35 s in which the speed was not known"),
        (None, None, "the speed was not read"),
    ],
)
def test_the_distance_says_what_it_leaves_out(distance: float | None, gaps: float | None, said: str) -> None:
    text = report_of(drive_detail(distanceKm=distance, distanceUnknownSeconds=gaps))

    assert re.search(rf"distance +{said} *\n", text)


def test_a_time_of_another_day_has_its_date() -> None:
    text = report_of(drive_detail(endedAt="2026-07-12T19:51:02Z", durationSeconds=94_200))

    assert "2026-07-11 12:41 CDT to 2026-07-12 14:51:02, 26 h 10 min" in text


def test_comparisons_are_shown_once_there_are_enough_drives() -> None:
    celsius = [statistic("COOLANT_TEMP", unit="°C")]
    enough = report_of(drive_detail(history=history(6, comparisons=[comparison(is_shown=True)]), statistics=celsius))
    without_spread = comparison(is_shown=True, distanceSigma=None, status=None)
    flat = report_of(drive_detail(history=history(6, comparisons=[without_spread])))
    few = report_of(drive_detail(history=history(2, comparisons=[comparison(is_shown=False)])))

    assert "98.20 °C" in enough
    assert "90.00 ± 2.00 °C" in enough
    assert "+4.10 sigma" in enough
    assert "investigate" in enough
    assert "no spread" in flat
    assert "unknown" in flat
    assert "Too few to compare with yet: 2 earlier drives of the same kind." in few


def test_trends_are_shown_clear_ones_first_and_percent_only_where_it_means_something() -> None:
    trends = [
        trend(is_shown=True, parameter="RPM", isSignificant=False, direction="STABLE", driftPercent=-0.4),
        trend(is_shown=True),
        trend(is_shown=False, parameter="MAF"),
    ]

    units = [statistic("RPM", unit="rpm"), statistic("LONG_FUEL_TRIM_1", unit="%")]
    drive = drive_detail(history=history(7, trends=trends), statistics=units)
    text = shown(trend_table(drive, CHICAGO, {"LONG_FUEL_TRIM_1": [0.5, 3.0, 1.75], "RPM": [800.0, 800.0]}))
    none = shown(trend_table(drive_detail(history=history(1, trends=[])), CHICAGO, {}))

    assert text.index("Long-") < text.index("Engine")
    assert re.search(r"rising +0.50 +3.00 % +8 drives +yes", text)
    assert "since 2026-06-19" in text
    assert "up to drive 33 (2026-07-11 12:41 CDT)" in " ".join(text.split())
    assert "▁█▅" in text
    assert "▅▅" in text
    assert re.search(r"3.00 rpm \(-0.40 %\)", text)
    assert "Air mass" not in text
    assert "No trends of chi-eclipse-01 up to drive 33 yet: 1 earlier drive of the same kind." in " ".join(none.split())


def test_every_value_of_a_drive_is_in_the_units_chosen() -> None:
    alert = {"alertType": "coolant_high", "parameterName": "COOLANT_TEMP", "value": 110.0, "threshold": 105.0}
    drive = drive_detail(
        distanceKm=16.1,
        start={"ambientTempAtStartC": 24.0, "startingBatteryV": 12.4, "barometricKpaAtStart": 100.0},
        troubleCodes=[{**CODE, "freezeFrame": {"SPEED": 100.0}}],
        piAlerts=[{**alert, "timestamp": "2026-07-11T17:50:00Z"}],
        statistics=[statistic("COOLANT_TEMP", unit="°C", minValue=20.0, avgValue=90.0, maxValue=100.0, stdValue=5.0)],
        history=history(6, comparisons=[comparison(is_shown=True)]),
    )

    text = " ".join(report_of(drive, system=UnitSystem.IMPERIAL).split())

    assert "10.00 mi" in text
    assert "outside 75.20 °F, battery 12.40 V, air pressure 14.50 psi" in text
    assert "vehicle speed 62.14 mph" in text.lower()
    assert "230.0 °F, limit 221.0 °F" in text
    assert "°F 68.00 194.0 212.0 9.00" in text
    assert "208.8 °F 194.0 ± 3.60 °F +4.10 sigma" in text
    assert "°C" not in text


def test_trends_are_in_the_units_chosen() -> None:
    rising = trend(is_shown=True, parameter="COOLANT_TEMP", firstValue=90.0, lastValue=100.0, driftPercent=11.1)
    drive = drive_detail(history=history(7, trends=[rising]), statistics=[statistic("COOLANT_TEMP", unit="°C")])

    text = shown(trend_table(drive, CHICAGO, {}, UnitSystem.IMPERIAL))

    assert re.search(r"194.0 +212.0 °F", text)
    assert " %" not in text
