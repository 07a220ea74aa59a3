"""Finds out what an analysis request is about, leaves it for the analyzer and waits for the answer."""

import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta

from sqlmodel import Session
from starlette.concurrency import run_in_threadpool

from obd2_api.errors import AnalysisFailedError, AnalysisTimeoutError, AnalyzerAbsentError
from obd2_api.repository import analyses, drives
from obd2_api.schemas.analyses import AnalyzeRequest
from obd2_common.clock import Clock
from obd2_common.db.database import Database
from obd2_common.errors import NotFoundError
from obd2_common.jobs import queue as jobs
from obd2_common.jobs.analysis import AnalysisRequest, AnalysisResult
from obd2_common.tables.jobs import Job

CLAIM_SECONDS = 10.0
"""How long a job may lie unclaimed before the analyzer's signs of life are looked at."""
HEARTBEAT_FRESH = timedelta(minutes=2)
FIRST_PAUSE_SECONDS = 0.05
LONGEST_PAUSE_SECONDS = 1.0


def resolve(session: Session, asked: AnalyzeRequest) -> AnalysisRequest:
    """Return what to analyse: which device, which life of its database, which drive or window.

    Raises:
        NotFoundError: neither a drive nor a row has the id asked for.
    """
    device = asked.device_id
    if device is None:
        latest = drives.latest_device(session)
        device = None if latest is None else latest.source_device
    if asked.drive_id is None and asked.drive_key is None:
        return AnalysisRequest(
            source_device=device,
            source_epoch=asked.epoch,
            window_started_at=asked.drive_start_time,
            window_ended_at=asked.drive_end_time,
            profile_id=asked.profile_id,
            parameters=tuple(asked.parameters),
            focus_areas=tuple(asked.focus_areas),
            require_llm=asked.require_llm,
        )
    drive_key = asked.drive_key if asked.drive_key is not None else str(asked.drive_id)
    found = None if device is None else drives.find_drive(session, device, drive_key, source_epoch=asked.epoch)
    epoch, drive_id = (asked.epoch, asked.drive_id) if found is None else (found.source_epoch, found.drive_id)
    if found is None:
        if device is None or drive_id is None:
            raise NotFoundError("No such drive")
        epoch = drives.epoch_with_rows(session, device, drive_id, source_epoch=asked.epoch)
        if epoch is None:
            raise NotFoundError("No such drive")
    return AnalysisRequest(
        source_device=device,
        source_epoch=epoch,
        drive_key=drive_key,
        drive_id=drive_id,
        profile_id=asked.profile_id,
        parameters=tuple(asked.parameters),
        focus_areas=tuple(asked.focus_areas),
        require_llm=asked.require_llm,
    )


async def wait_for_result(
    database: Database,
    job_id: str,
    *,
    timeout_seconds: float,
    clock: Clock,
    sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
) -> AnalysisResult:
    """Return what the analyzer left in a job, looking at it again and again without holding a thread between.

    Args:
        database: is read in the thread pool.
        job_id: of a job of its own, without dedupe key.
        timeout_seconds: how long to wait.
        clock: measures the waiting.
        sleep: waits between two looks.

    Raises:
        AnalyzerAbsentError: nobody took the job, in time or because nobody is there.
        AnalysisTimeoutError: somebody took it and has not finished in time.
        AnalysisFailedError: it was given up, or its result cannot be read.
    """
    began = clock()
    pause = FIRST_PAUSE_SECONDS
    while True:
        job = await run_in_threadpool(database.read, lambda session: analyses.find_job(session, job_id))
        if job is None or job.state == jobs.DEAD:
            raise AnalysisFailedError("The analysis failed; the server's log tells why")
        if job.state == jobs.DONE:
            return _result_of(job)
        now = clock()
        waited = (now - began).total_seconds()
        if waited >= timeout_seconds:
            raise _too_late(job)
        if job.state == jobs.QUEUED and waited >= CLAIM_SECONDS:
            is_there = await run_in_threadpool(
                database.read,
                lambda session: analyses.analyzer_beat_since(session, now - HEARTBEAT_FRESH),  # noqa: B023 - awaited
            )
            if not is_there:
                raise AnalyzerAbsentError("The analyzer is not running; the request stays queued for it")
        await sleep(min(pause, timeout_seconds - waited))
        pause = min(pause * 1.5, LONGEST_PAUSE_SECONDS)


def _too_late(job: Job) -> AnalyzerAbsentError | AnalysisTimeoutError:
    if job.state == jobs.QUEUED:
        return AnalyzerAbsentError("The analyzer is busy; the request stays queued for it")
    return AnalysisTimeoutError("The analysis was not finished in time; its answer will be kept with the drive")


def _result_of(job: Job) -> AnalysisResult:
    try:
        return AnalysisResult.from_json(job.result or {})
    except ValueError as error:
        raise AnalysisFailedError("The analysis ended in a way this version does not know") from error
