"""The report of one drive: findings, recommendations, statistics, comparisons and trends."""

import re

from obd2_cli.report import trend_table
from support.report_documents import ANALYSIS, FINDING, comparison, drive_detail, history, statistic, trend
from support.report_text import report_of, shown


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
            notJudged={"coolant": "coolant temperature was not read"},
        )
    )

    assert "not judged  (none of these could be judged: coolant temperature)" in text
    assert "by 1 of 2 rules" in text
    assert "not coolant: coolant temperature was not read" in text


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

    assert [line.split()[0] for line in usual.splitlines() if "1,234" in line] == ["BATTERY_V", "LONG_FUEL_TRIM_1"]
    assert "LONG_FUEL_TRIM_1 *" in usual
    assert "* in closed loop with a warm engine only" in usual
    assert len([line for line in everything.splitlines() if "1,234" in line]) == 5


def test_a_statistic_without_a_number_is_unknown_and_not_zero() -> None:
    text = report_of(drive_detail(statistics=[statistic("RPM", minValue=None, unit=None)]))

    assert "unknown" in next(line for line in text.splitlines() if line.strip().startswith("RPM"))


def test_comparisons_are_shown_once_there_are_enough_drives() -> None:
    enough = report_of(drive_detail(history=history(6, comparisons=[comparison(is_shown=True)])))
    without_spread = comparison(is_shown=True, distanceSigma=None, status=None)
    flat = report_of(drive_detail(history=history(6, comparisons=[without_spread])))
    few = report_of(drive_detail(history=history(2, comparisons=[comparison(is_shown=False)])))

    assert "98.20" in enough
    assert "90.00 ± 2.00" in enough
    assert "+4.10 sigma" in enough
    assert "investigate" in enough
    assert "no spread" in flat
    assert "unknown" in flat
    assert "Too few to compare with yet: 2 earlier drives of the same kind." in few


def test_trends_are_shown_clear_ones_first_and_percent_only_where_it_means_something() -> None:
    trends = [
        trend(is_shown=True, parameter="RPM", isSignificant=False, direction="STABLE", drift=-3.0, driftPercent=-0.4),
        trend(is_shown=True),
        trend(is_shown=False, parameter="MAF"),
    ]

    text = shown(trend_table(drive_detail(history=history(7, trends=trends))))
    none = shown(trend_table(drive_detail(history=history(1, trends=[]))))

    assert text.index("LONG_FUEL_TRIM_1") < text.index("RPM")
    assert "+2.50  " in text
    assert "-3.00 (-0.40 %)" in text
    assert "MAF" not in text
    assert "No trends of chi-eclipse-01 up to drive 33 yet: 1 earlier drive of the same kind." in " ".join(none.split())
