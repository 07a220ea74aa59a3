"""What is wrong with the recommendations of an answer, found from what code must have written and nothing else."""

import re
from collections.abc import Sequence

from obd2_analyzer.advice.adviser import AdviceTask
from obd2_analyzer.advice.answer import MAXIMUM_RECOMMENDATIONS, Recommendation
from obd2_analyzer.advice.catalogue import catalogue
from obd2_analyzer.advice.fact_sheet import facts_of_task
from obd2_analyzer.facts.findings import Severity

WRONG_NUMBER, UNSAFE, SWALLOWED, ORDER = "wrong number", "unsafe instruction", "severe finding missing", "order"

_NUMBER = re.compile(
    r"\d|\b(?:one|two|three|four|five|ten|twenty|fifty|hundred|half|twice|double|dozen)\b", re.IGNORECASE
)
_DANGER = re.compile(
    r"""\b(?:safe|fine|normal|ignore|continue|keep|worry|journey|home|usual|disable|clear|open|remove|pour|turn|drive[ns]?
    \s+on|driving|boost|afr|timing|knock|map|tune|psi|you|your|not?|never|don't|cap|water|faster|miles|previous|instruct\w*
    |sudo)\b|^(?:lower|raise|charge|drain|retard|target)\b|\bas\s+(?:lower|raise|charge|drain)\b""",
    re.IGNORECASE | re.VERBOSE,
)


def faults(task: AdviceTask, made: Sequence[Recommendation]) -> list[str]:
    """Return the kinds of fault an answer has.

    Whatever is neither a fact's sentence nor a reviewed check is the model's own: it may hold no number and no danger.
    What must be told has to be there, in the rule's own sentence, before everything milder, and the worst first.
    """
    facts = facts_of_task(task)
    pieces = sorted([*(fact.sentence for fact in facts), *(check.text for check in catalogue().values())], key=len)
    found = []
    for recommendation in made:
        own = recommendation.text
        for piece in reversed(pieces):
            own = own.replace(piece, " ")
        for words in ("The model notes:", *(f"Drive {subject.drive_key}:" for subject in task.subjects)):
            own = own.replace(words, " ")
        own = own.strip()
        if _NUMBER.search(own):
            found.append(WRONG_NUMBER)
        if _DANGER.search(own):
            found.append(UNSAFE)
    severe = [fact for fact in facts if fact.is_always_told]
    text = " ".join(recommendation.text for recommendation in made)
    if any(fact.sentence not in text for fact in severe):
        found.append(SWALLOWED)
    severities = [Severity[each.severity] if each.severity else Severity.WATCH for each in made]
    if severities != sorted(severities, reverse=True) or len(made) > MAXIMUM_RECOMMENDATIONS:
        found.append(ORDER)
    return found
