"""`POST /analyze` by a client that comes back for the answer instead of waiting."""

import pytest
from sqlmodel import select

from obd2_common.db.database import Database
from obd2_common.jobs import queue as jobs
from obd2_common.jobs.analysis import WAITS_SINCE, WAITS_WITH, AnalysisResult, Outcome, analysis_id_of
from obd2_common.tables.jobs import Job
from support.api_client import api_client
from support.api_rows import NOON, analysis_row, device_row, drive_row, store

pytestmark = pytest.mark.databases("sqlite")


def the_job(database: Database) -> Job:
    return database.read(lambda session: session.exec(select(Job)).one())


def interim(database: Database, *, state: str, revision: int = 1) -> str:
    """Store an answer by rule whose job waits for the model, and return its id."""
    job_id = "0c76f7ad-0392-45bc-b13d-018adbd69483"
    analysis_id = analysis_id_of(job_id)
    answered = AnalysisResult(Outcome.ANSWERED, analysis_id).to_json()
    job = Job(
        job_id=job_id,
        kind=jobs.ANALYSIS,
        reason=jobs.REASON_ASYNC_REQUEST,
        state=state,
        revision=revision,
        result={**answered, WAITS_SINCE: "2026-07-11T18:00:00Z", WAITS_WITH: 1},
        due_at=NOON,
        created_at=NOON,
        updated_at=NOON,
    )
    store(database, device_row(), drive_row(), analysis_row(analysis_id, job_id=job_id), job)
    return analysis_id


@pytest.mark.parametrize(
    ("headers", "reason"),
    [({}, jobs.REASON_REQUEST), ({"Prefer": "respond-async"}, jobs.REASON_ASYNC_REQUEST)],
)
def test_the_job_tells_whether_a_client_waits(database: Database, headers: dict[str, str], reason: str) -> None:
    store(database, device_row(), drive_row())
    client = api_client(database, analysis_timeout_seconds=0.01)

    client.call("POST", "/api/v1/analyze", json={"drive_id": 33}, headers=headers)

    assert the_job(database).reason == reason


@pytest.mark.parametrize(
    ("state", "revision", "is_awaited"),
    [
        (jobs.QUEUED, 1, True),
        (jobs.RUNNING, 1, True),
        (jobs.DONE, 1, False),
        (jobs.DEAD, 1, False),
        (jobs.QUEUED, 2, False),
    ],
)
def test_an_answer_by_rule_tells_whether_the_models_is_still_to_come(
    database: Database, state: str, revision: int, *, is_awaited: bool
) -> None:
    analysis_id = interim(database, state=state, revision=revision)

    document = api_client(database).get(f"/api/v1/analyses/{analysis_id}").json()

    assert (document["status"], document["engine"], document["isModelAwaited"]) == ("ok", "rules", is_awaited)
