"""Analyses: stored answers, and the jobs that make them."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlmodel import Session, col, select

from obd2_api.repository.decisions import Decisions, latest_decisions
from obd2_api.repository.drives import about
from obd2_common.jobs import queue as jobs
from obd2_common.jobs.analysis import AnalysisRequest, is_model_awaited, job_id_of
from obd2_common.jobs.queue import REASON_ASYNC_REQUEST, REASON_REQUEST, REQUEST_REASONS, JobRequest
from obd2_common.tables.analyses import Analysis, Recommendation
from obd2_common.tables.drives import Drive
from obd2_common.tables.jobs import Job
from obd2_common.tables.operations import ServiceHeartbeat

ANALYZER_SERVICE = "analyzer"
ANSWERED = "ok"
"""Status of an analysis that says something; others tell why there is nothing to say."""


@dataclass(frozen=True, slots=True)
class AnalysisWithAdvice:
    """A stored analysis and its recommendations, best first.

    It tells, too, whether the model's answer is to replace it, and what was decided about advice of its device.
    """

    analysis: Analysis
    recommendations: list[Recommendation]
    is_model_awaited: bool = False
    decided: Decisions = field(default_factory=dict)


def find_analysis(session: Session, analysis_id: str) -> AnalysisWithAdvice | None:
    """Return one stored analysis."""
    analysis = session.get(Analysis, analysis_id)
    return None if analysis is None else _with_advice(session, analysis)


def find_request(session: Session, analysis_id: str) -> Job | None:
    """Return the job of an analysis that was asked for, answered or not."""
    job_id = job_id_of(analysis_id)
    job = None if job_id is None else session.get(Job, job_id)
    return job if job is not None and job.kind == jobs.ANALYSIS and job.reason in REQUEST_REASONS else None


def latest_analysis_of(session: Session, drive: Drive) -> AnalysisWithAdvice | None:
    """Return the latest analysis of a drive that ended with an answer."""
    analysis = session.exec(
        select(Analysis)
        .where(*about(Analysis, drive), col(Analysis.status) == ANSWERED)
        .order_by(col(Analysis.created_at).desc(), col(Analysis.analysis_id))
        .limit(1),
    ).first()
    return None if analysis is None else _with_advice(session, analysis)


def enqueue_analysis(
    session: Session, request: AnalysisRequest, *, is_awaited: bool, asked_by: str, now: datetime
) -> str:
    """Leave an analysis for the analyzer and return the job's id.

    Args:
        session: in a transaction.
        request: what to analyse.
        is_awaited: whether the client waits for the answer, rather than come back for it.
        asked_by: whose request it is.
        now: the time.
    """
    return jobs.enqueue(
        session,
        JobRequest(
            kind=jobs.ANALYSIS,
            reason=REASON_REQUEST if is_awaited else REASON_ASYNC_REQUEST,
            due_at=now,
            source_device=request.source_device,
            source_epoch=request.source_epoch,
            drive_id=request.drive_id,
            payload=request.to_payload(),
            priority=jobs.Priority.AWAITED if is_awaited else jobs.Priority.ASKED,
            asked_by=asked_by,
        ),
        now=now,
    )


def find_job(session: Session, job_id: str) -> Job | None:
    """Return a job as it stands now."""
    return session.get(Job, job_id)


def analyzer_beat_since(session: Session, moment: datetime) -> bool:
    """Tell whether any analyzer gave a sign of life since a moment."""
    query = select(ServiceHeartbeat.instance).where(
        col(ServiceHeartbeat.service) == ANALYZER_SERVICE,
        col(ServiceHeartbeat.beat_at) >= moment,
    )
    return session.exec(query.limit(1)).first() is not None


def _with_advice(session: Session, analysis: Analysis) -> AnalysisWithAdvice:
    query = select(Recommendation).where(col(Recommendation.analysis_id) == analysis.analysis_id)
    advice = list(session.exec(query.order_by(col(Recommendation.rank))))
    job = None if analysis.job_id is None else session.get(Job, analysis.job_id)
    is_awaited = job is not None and is_model_awaited(job, analysis.analysis_id)
    return AnalysisWithAdvice(analysis, advice, is_awaited, latest_decisions(session, {analysis.source_device}))
