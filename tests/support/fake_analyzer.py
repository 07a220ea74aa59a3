"""An analyzer that answers as it is told, through the real job table."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from sqlmodel import Session, col, select

from obd2_common.db.database import Database
from obd2_common.jobs import queue as jobs
from obd2_common.jobs.analysis import AnalysisRequest
from obd2_common.tables.jobs import Job

Reply = Callable[[AnalysisRequest], dict[str, object] | None]
"""Gives a job's result; None means the job dies."""


@contextmanager
def fake_analyzer(database: Database, reply: Reply) -> Iterator[list[AnalysisRequest]]:
    """Answer analysis jobs until the block ends; gives the requests seen so far."""
    seen: list[AnalysisRequest] = []
    stopped = threading.Event()

    def answer_one(session: Session) -> AnalysisRequest | None:
        query = select(Job).where(col(Job.kind) == jobs.ANALYSIS, col(Job.state) == jobs.QUEUED).limit(1)
        job = session.exec(query).first()
        if job is None:
            return None
        request = AnalysisRequest.from_payload(job.payload or {})
        job.result = reply(request)
        job.state = jobs.DEAD if job.result is None else jobs.DONE
        job.finished_at = datetime.now(UTC)
        return request

    def work() -> None:
        while not stopped.wait(0.02):
            request = database.run(answer_one)
            if request is not None:
                seen.append(request)

    thread = threading.Thread(target=work, daemon=True)
    thread.start()
    try:
        yield seen
    finally:
        stopped.set()
        thread.join(30)
