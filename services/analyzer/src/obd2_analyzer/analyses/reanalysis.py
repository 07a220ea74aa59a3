"""Whether a drive is analysed again: only about other facts, by another model or with another prompt."""

from sqlmodel import Session

from obd2_analyzer.advice.adviser import Adviser
from obd2_analyzer.analyses.requested_drives import Subject
from obd2_analyzer.drive_facts import DriveFacts, facts_digest
from obd2_analyzer.repository import model_calls


def is_answered(session: Session, subject: Subject, facts: DriveFacts, adviser: Adviser) -> bool:
    """Tell whether this model has advised on exactly these facts of a drive before."""
    return model_calls.has_answer(
        session, subject.source, subject.drive_key, facts_digest=facts_digest(facts), asked=adviser.identity()
    )
