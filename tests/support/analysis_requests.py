"""Asks an analyzer about drives, as the api does, for tests of the answers."""

from obd2_common.jobs.analysis import AnalysisRequest, AnalysisResult
from obd2_common.tables.analyses import Analysis, Recommendation
from support.analyzer_store import Garage
from support.drive_rows import between

HOT = {"COOLANT_TEMP": between(400, 500, 105.0, 90.0), "BATTERY_V": between(100, 200, 11.8, 14.1)}


def answered(garage: Garage, request: AnalysisRequest) -> tuple[AnalysisResult, Analysis, list[Recommendation]]:
    """Ask, let the analyzer work, and return result, analysis and recommendations by rank."""
    job_id = garage.ask(request.to_payload())
    garage.work()
    job = garage.job(job_id)
    assert job.state == "done", job.last_error
    assert job.result is not None
    result = AnalysisResult.from_json(job.result)
    (analysis,) = garage.all(Analysis, analysis_id=result.analysis_id)
    advice = garage.all(Recommendation, analysis_id=result.analysis_id)
    return result, analysis, sorted(advice, key=lambda item: item.rank)
