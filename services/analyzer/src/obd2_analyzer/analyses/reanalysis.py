"""Whether a drive is analysed again: only about other facts, by another model or with another prompt."""

import structlog
from sqlmodel import Session

from obd2_analyzer.advice.adviser import Adviser
from obd2_analyzer.analyses.requested_drives import Subject
from obd2_analyzer.context import Context
from obd2_analyzer.drive_facts import DriveFacts, facts_digest
from obd2_analyzer.repository import drives as drives_repository
from obd2_analyzer.repository import model_calls
from obd2_analyzer.repository.automatic_analyses import Cause, ask_for_analyses, without_waiting
from obd2_common.jobs.queue import Priority

log = structlog.get_logger(__name__)

NEWEST_DRIVES = 10
"""On so many drives of each device another model, or the same with another prompt, advises once more."""
MODEL_CHANGED = Cause("model_changed", Priority.BACKLOG)


def is_answered(session: Session, subject: Subject, facts: DriveFacts, adviser: Adviser) -> bool:
    """Tell whether this model has advised on exactly these facts of a drive before."""
    return model_calls.has_answer(
        session, subject.source, subject.drive_key, facts_digest=facts_digest(facts), asked=adviser.identity()
    )


def ask_again_of_newest(context: Context, adviser: Adviser) -> int:
    """Enqueue each device's newest drives on which another model, prompt or none advised last; return how many."""
    asked, now, count = adviser.identity(), context.clock(), 0
    for source in context.database.read(drives_repository.all_sources):

        def enqueue(session: Session) -> int:
            found = model_calls.drives_of_others(session, source, asked=asked, limit=NEWEST_DRIVES)  # noqa: B023 - run at once
            drive_keys = without_waiting(session, source, found)  # noqa: B023
            ask_for_analyses(session, source, drive_keys, MODEL_CHANGED, now=now)  # noqa: B023
            return len(drive_keys)

        count += context.database.run(enqueue)
    if count:
        log.info("analyses_by_another_model_enqueued", prompt_version=asked[0], model=asked[1], count=count)
    return count
