"""Requests for an analysis and an analyzer that has answered them, for tests of `POST /analyze`."""

from obd2_common.db.database import Database
from obd2_common.jobs.analysis import AnalysisRequest, AnalysisResult, Outcome
from support.api_client import api_client
from support.fake_analyzer import fake_analyzer

WINDOW: dict[str, object] = {"driveStartTime": "2026-07-11T17:41:00Z", "driveEndTime": "2026-07-11T13:05:00-05:00"}


def answered(_request: AnalysisRequest) -> dict[str, object]:
    """Answer any request with the analysis `an-1`."""
    return AnalysisResult(Outcome.ANSWERED, "an-1").to_json()


def asked(database: Database, document: dict[str, object]) -> AnalysisRequest:
    """Send a request and return what reached the analyzer."""
    with fake_analyzer(database, answered) as seen:
        assert api_client(database).post("/api/v1/analyze", document).status_code == 200
    (request,) = seen
    return request
