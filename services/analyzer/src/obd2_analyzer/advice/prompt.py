"""The prompt: what the model is told about the car and its task, the evidence, and the schema its reply is bound to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from obd2_analyzer.advice.adviser import AdviceTask
from obd2_analyzer.advice.evidence import Evidence, EvidencePacket, Fact
from obd2_analyzer.advice.fact_sheet import NO_MEANS, TOLD_PARAMETERS, facts_of_task
from obd2_analyzer.advice.rendering import name, quantity
from obd2_analyzer.advice.tokens import message_tokens, token_estimate
from obd2_analyzer.drive_facts import DriveFacts
from obd2_analyzer.facts.readings import datetime_of
from obd2_analyzer.facts.statistics import SCOPE_ALL
from obd2_analyzer.profiles.profile import ECLIPSE, GENERIC
from obd2_analyzer.rules import FOCUS_WORDS
from obd2_common.durations import duration_text
from obd2_common.plain_names import UNIT_OF

PROMPT_VERSION = "5"
"""Raised whenever prompt, schema or verification change, so that an old answer is not taken for a new one's."""

MAXIMUM_ITEMS = 5
MAXIMUM_CHECKS = 3
MAXIMUM_EVIDENCE = 8
MAXIMUM_DRIVE_LINES = 5
MINIMUM_DRIVES = 5
DIAGNOSTIC = "Diagnostic"
_SAFETY_TOKENS = 32

UNKNOWN_CAR = "make and model unknown"
OWNERS_CAR = (
    "a 1998 Mitsubishi Eclipse GST, turbocharged 4G63, stock internals, TD04-13G turbocharger, bolt-on parts; "
    "about five readings a second over ISO 9141-2"
)
"""What the shipped profile of the owner's car stands for."""

_SYSTEM_MESSAGE = f"""\
A computer has judged the measurements of a car. You choose for its owner which of the checks to do first.

The car: %s. It cannot measure air-fuel ratio, boost, knock counts, oil pressure or exhaust temperature: never \
speak of these, nor of tuning and maps.

Reply with a JSON array only, at most {MAXIMUM_ITEMS} items, the most important first, no evidence twice; [] when \
nothing is worth a check. Each item:
evidence: one id of the list
category: as the schema allows
checks: 1 to {MAXIMUM_CHECKS} ids from behind that evidence, the most likely cause first; look for causes that several \
pieces of evidence share
why: null, or one short sentence on a possible cause, without numbers and instructions, such as "A worn belt may slip \
under load."
"""


@dataclass(frozen=True, slots=True)
class Prompt:
    """Everything that is sent for one task, and the evidence behind it; ``token_estimate`` is of both messages."""

    system_message: str
    user_message: str
    response_schema: dict[str, Any]
    packet: EvidencePacket
    token_estimate: int

    @property
    def messages(self) -> list[dict[str, str]]:
        """Return the chat messages."""
        return [
            {"role": "system", "content": self.system_message},
            {"role": "user", "content": self.user_message},
        ]


def build_prompt(task: AdviceTask, *, num_ctx: int, num_predict: int) -> Prompt:
    """Put the facts of a task into a prompt that fits the model's context together with the reply.

    Evidence goes in while there is room, the most important first; what the drives averaged comes last.

    Args:
        task: the facts.
        num_ctx: tokens of the context.
        num_predict: tokens kept free for the reply.

    Raises:
        ValueError: not even the prompt without evidence fits.
    """
    system = system_message(task.subjects[-1].facts)
    room = num_ctx - num_predict - _SAFETY_TOKENS - message_tokens(system)
    fixed = _fixed_lines(task)
    left = room - message_tokens("\n".join(fixed))
    if left < 0:
        raise ValueError(f"a context of {num_ctx} tokens with {num_predict} for the reply has no room for evidence")
    packet, left = _packet(facts_of_task(task), left)
    means = [line for line in (_means_line(task.subjects[-1].facts),) if line and _cost(line) <= left]
    user_message = "\n".join([*fixed, *(evidence.line for evidence in packet), *means])
    return Prompt(
        system,
        user_message,
        response_schema(packet),
        packet,
        message_tokens(system) + message_tokens(user_message),
    )


def system_message(facts: DriveFacts) -> str:
    """Return what the model is to do, and for which car: the one the profile names that judged the drive."""
    judged_by = facts.judged_by
    if judged_by.get("profile") == ECLIPSE:
        return _SYSTEM_MESSAGE % OWNERS_CAR
    is_known = judged_by.get("profile") not in {None, "", GENERIC}
    car = "".join(character for character in judged_by.get("car", "") if character.isprintable())
    return _SYSTEM_MESSAGE % (car if is_known and car else UNKNOWN_CAR)


def response_schema(packet: Iterable[Evidence]) -> dict[str, Any]:
    """Return the JSON schema of a reply that can choose from this evidence: one form of item per piece.

    Every property is required, since servers leave optional ones out; there is no ``pattern``, since one server version
    ignores it and another dies of it. What a server does not enforce, the verification checks again.
    """
    forms = [_item_schema(evidence) for evidence in packet]
    return {"type": "array", "items": {"anyOf": forms}, "minItems": 0, "maxItems": min(len(forms), MAXIMUM_ITEMS)}


def categories_of(fact: Fact) -> tuple[str, ...]:
    """Return the categories a model may put a fact into: its own, and that it needs a closer look."""
    return tuple(dict.fromkeys((fact.category, DIAGNOSTIC)))


def _item_schema(evidence: Evidence) -> dict[str, Any]:
    fact = evidence.fact
    checks = {"type": "string", "enum": [check.id for check in fact.checks]}
    properties: dict[str, Any] = {
        "evidence": {"type": "string", "enum": [evidence.id]},
        "category": {"type": "string", "enum": list(categories_of(fact))},
        "checks": {"type": "array", "items": checks, "minItems": 1, "maxItems": MAXIMUM_CHECKS},
    }
    if fact.allows_why:
        properties["why"] = {"anyOf": [{"type": "string"}, {"type": "null"}]}
    return {
        "type": "object",
        "properties": properties,
        "required": list(properties),
        "additionalProperties": False,
    }


def _packet(facts: Sequence[Fact], left: int) -> tuple[EvidencePacket, int]:
    """Number the facts that find room, and return what room is left; behind the first that finds none, none does."""
    chosen: list[Evidence] = []
    dropped: list[str] = []
    for fact in facts:
        evidence = Evidence(f"E{len(chosen) + 1}", fact)
        cost = _cost(evidence.line)
        if dropped or cost > left or len(chosen) == MAXIMUM_EVIDENCE:
            dropped.append(fact.clause)
            continue
        left -= cost
        chosen.append(evidence)
    return EvidencePacket(tuple(chosen), tuple(dropped)), left


def _cost(line: str) -> int:
    return token_estimate(line) + 1


def _fixed_lines(task: AdviceTask) -> list[str]:
    newest = task.subjects[::-1][:MAXIMUM_DRIVE_LINES]
    lines = [_drive_line(subject.drive_key, subject.facts) for subject in newest]
    if any(subject.facts.prior_drive_count < MINIMUM_DRIVES for subject in task.subjects):
        lines.append("Early baseline: too few earlier drives to say what is usual. Be careful.")
    areas = sorted({area.strip().lower() for area in task.focus_areas} & FOCUS_WORDS)
    if areas:
        lines.append(f"The owner cares most about: {', '.join(areas)}.")
    return lines


def _drive_line(drive_key: str, facts: DriveFacts) -> str:
    """Return a drive in a line: its number if it has one, when it began, how long it was, its grade."""
    quality = facts.quality
    number_of = f" {drive_key}" if drive_key.isascii() and drive_key.isdecimal() else ""
    began = None if quality.started_at is None else f"began {datetime_of(quality.started_at):%Y-%m-%d %H:%M} UTC"
    grade = None if facts.grade is None else f"grade {facts.grade.grade}"
    lasted = f"lasted {duration_text(quality.duration_seconds or 0)}"
    counts = f"{quality.row_count} rows", f"{facts.prior_drive_count} earlier drives to compare with"
    return f"Drive{number_of}: {', '.join(part for part in (began, lasted, *counts, grade) if part)}."


def _means_line(facts: DriveFacts) -> str | None:
    """Return what the parameters averaged; None when nothing was measured."""
    told = [
        f"{name(statistic.parameter)} {quantity(statistic.mean, UNIT_OF[statistic.parameter])}"
        for statistic in facts.statistics.of
        if statistic.scope == SCOPE_ALL and statistic.parameter in TOLD_PARAMETERS - NO_MEANS
    ]
    return f"Averages: {', '.join(told)}." if told else None
