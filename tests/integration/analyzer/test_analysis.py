"""Answers to analysis requests by the rules."""

from typing import Any

import pytest

from obd2_common.db.database import Database
from obd2_common.jobs.analysis import AnalysisRequest, Outcome
from obd2_common.tables.analyses import Analysis, Recommendation
from obd2_common.tables.drives import Drive, DriveStatistic, Finding
from support.analysis_requests import HOT, answered
from support.analyzer_store import CAR, Garage
from support.drive_rows import NOON, at, between, drive_rows


def test_a_drive_is_answered_by_its_rule_findings(garage: Garage) -> None:
    garage.receive(drive_rows(600, signals=HOT))
    garage.work()

    result, analysis, advice = answered(garage, AnalysisRequest(CAR, 1, "7", 7))

    assert result.outcome == Outcome.ANSWERED
    assert (analysis.status, analysis.engine, analysis.model, analysis.trigger) == ("ok", "rules", None, "request")
    assert (analysis.source_device, analysis.source_epoch, analysis.drive_key) == (CAR, 1, "7")
    assert analysis.message == "2 recommendations from the rules (early baseline: 0 of 5 earlier drives)"
    assert analysis.facts_digest == garage.drives()["7"].facts_digest
    assert analysis.finished_at is not None
    assert [(item.rank, item.category) for item in advice] == [(1, "Cooling"), (2, "Electrical")]
    assert "105 °C" in (advice[0].recommendation or "")
    assert 0 <= advice[0].confidence <= 1
    assert advice[0].evidence is not None
    assert advice[0].evidence[0]["value"] == 105.0


def test_a_computed_drive_is_analysed_by_itself(garage: Garage) -> None:
    garage.receive(drive_rows(600, signals=HOT))

    garage.work()

    (analysis,) = garage.all(Analysis)
    assert (analysis.trigger, analysis.drive_key, analysis.engine) == ("drive_computed", "7", "rules")
    assert len(garage.all(Recommendation)) == 2


def test_a_healthy_drive_is_answered_with_no_recommendation(garage: Garage) -> None:
    garage.receive(drive_rows(600))

    result, analysis, advice = answered(garage, AnalysisRequest(CAR, 1, "7", 7))

    assert (result.outcome, advice) == (Outcome.ANSWERED, [])
    assert (analysis.message or "").startswith("No recommendation from the rules")


def test_a_drive_that_was_not_computed_yet_is_answered_from_its_rows(garage: Garage) -> None:
    garage.receive(drive_rows(600, signals=HOT))

    _, analysis, advice = answered(garage, AnalysisRequest(CAR, 1, None, 7))

    assert analysis.drive_key == "7"
    assert len(advice) == 2


def test_a_derived_drive_is_answered_by_its_key(garage: Garage) -> None:
    garage.receive(drive_rows(600, signals=HOT, drive_id=None))
    garage.work()

    _, analysis, advice = answered(garage, AnalysisRequest(CAR, 1, "derived-1"))

    assert len(advice) == 2
    assert analysis.facts_digest == garage.drives()["derived-1"].facts_digest


@pytest.mark.parametrize(
    ("parameters", "areas", "categories"),
    [
        (("BATTERY_V",), (), ["Cooling", "Electrical"]),
        (("RPM",), (), ["Cooling", "Electrical"]),
        ((), ("electrical",), ["Cooling", "Electrical"]),
        (("battery_voltage", "COOLANT_TEMP"), (), ["Cooling", "Electrical"]),
    ],
)
def test_severe_findings_are_told_whatever_parameters_and_areas_were_asked_for(
    garage: Garage, parameters: tuple[str, ...], areas: tuple[str, ...], categories: list[str]
) -> None:
    garage.receive(drive_rows(600, signals=HOT))

    _, _, advice = answered(garage, AnalysisRequest(CAR, 1, "7", 7, parameters=parameters, focus_areas=areas))

    assert [item.category for item in advice] == categories


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        (AnalysisRequest(CAR, 1, "7", 7, parameters=("BOOST",)), "No data for BOOST in this drive"),
        (AnalysisRequest(CAR, 1, "8", 8), "No data in this drive"),
        (AnalysisRequest(CAR, window_started_at=at(9000), window_ended_at=at(9900)), "No data in this window"),
        (
            AnalysisRequest(CAR, window_started_at=at(0), window_ended_at=at(600), profile_id="performance"),
            "No data in this window",
        ),
        (AnalysisRequest(None, window_started_at=at(0), window_ended_at=at(600)), "No data in this window"),
        (AnalysisRequest("unheard-of", 1, "7", 7), "No data in this drive"),
    ],
)
def test_without_data_the_answer_says_so(garage: Garage, request_: AnalysisRequest, message: str) -> None:
    garage.receive(drive_rows(600, signals=HOT))

    result, analysis, advice = answered(garage, request_)

    assert (result.outcome, advice) == (Outcome.NO_DATA, [])
    assert analysis.message == message


def test_a_window_is_answered_from_every_drive_in_it(garage: Garage) -> None:
    garage.receive(drive_rows(600, signals={"BATTERY_V": between(100, 200, 11.8, 14.1)}))
    garage.receive(drive_rows(600, signals=HOT, started_at=NOON + 3000, first_id=50_000, drive_id=8))
    garage.receive(drive_rows(600, started_at=NOON + 99_000, first_id=90_000, drive_id=9, signals=HOT))

    request = AnalysisRequest(CAR, window_started_at=at(0), window_ended_at=at(3600), profile_id="daily")
    _, analysis, advice = answered(garage, request)

    assert [item.category for item in advice] == ["Cooling", "Electrical"]
    assert (analysis.drive_key, analysis.window_started_at) == (None, at(0))
    assert analysis.source_epoch == 1


def test_a_window_looks_at_every_epoch(database: Database) -> None:
    garage = Garage(database)
    garage.know(epochs=2)
    garage.receive(drive_rows(600, signals=HOT), epoch=1)

    _, analysis, advice = answered(garage, AnalysisRequest(CAR, window_started_at=at(0), window_ended_at=at(600)))

    assert (analysis.source_epoch, len(advice)) == (1, 2)


def test_an_analysis_changes_nothing_but_its_own_record(garage: Garage) -> None:
    garage.receive(drive_rows(600, signals=HOT))
    garage.work()
    before = garage.facts()

    answered(garage, AnalysisRequest(CAR, 1, "7", 7))

    assert garage.facts() == before


def test_the_answer_tells_when_the_baseline_is_no_longer_early(garage: Garage) -> None:
    for day in range(6):
        rows: list[Any] = drive_rows(300, started_at=NOON + day * 86_400, first_id=1 + day * 9000, drive_id=day + 1)
        garage.receive(rows)
        garage.work()

    _, analysis, _ = answered(garage, AnalysisRequest(CAR, 1, "6", 6))

    assert analysis.message == "No recommendation from the rules"
    assert [len(garage.all(table)) > 0 for table in (Drive, DriveStatistic, Finding)] == [True, True, False]
