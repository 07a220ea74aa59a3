"""The prompt: what the model is told about the car and its task, the evidence, and the schema its reply is bound to."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from obd2_analyzer.advice.adviser import AdviceTask
from obd2_analyzer.advice.evidence import EvidencePacket
from obd2_analyzer.advice.packet import asked_parameters, evidence_packet
from obd2_analyzer.advice.tokens import message_tokens
from obd2_analyzer.rules import FOCUS_WORDS

PROMPT_VERSION = "3"
"""Raised whenever prompt, schema or verification change, so that an old answer is not taken for a new one's."""

CATEGORIES = ("Cooling", "Fueling", "Boost", "Electrical", "Mechanical", "Diagnostic", "Baseline")
MAXIMUM_ITEMS = 5
MAXIMUM_CITATIONS = 6
MAXIMUM_TEXT = 400
"""Characters of one recommendation."""
MINIMUM_DRIVES = 5
_SAFETY_TOKENS = 32

SYSTEM_MESSAGE = f"""\
You review measurements of one car and write maintenance advice for its owner.

The car: a 1998 Mitsubishi Eclipse GST with the turbocharged 4G63 engine, stock internals, a TD04-13G turbocharger and \
a few bolt-on parts. Its diagnostic line (ISO 9141-2) gives about five readings a second, one parameter after the other.
The car cannot measure air-fuel ratio, boost pressure, knock counts, oil pressure or exhaust temperature. Never \
speak of these, and never of fuel, timing or boost maps, tuning or parts for more power.

Rules:
- Use the numbered evidence only. Everything else you know about this drive is nothing.
- Copy numbers with their unit and sign exactly as the evidence has them. Write no number that is not there, also none \
in words, and do not calculate.
- In front of a number name its parameter as the evidence does. Name no parameter whose evidence you do not cite.
- Say that something rises, falls, is lean or rich only if the evidence you cite has that direction: for a fuel trim \
up means lean and down means rich.
- Each item holds at least one number, cites the ids of the evidence whose numbers it uses (at most \
{MAXIMUM_CITATIONS}), and says what to check or do. One or two plain sentences, no lists, no markup: first what was \
measured, in the words of the evidence, then what to check.
- Be conservative: health, maintenance, sensors, change against earlier drives. Never call a finding harmless.
- At most {MAXIMUM_ITEMS} items, the most important first, none twice, no padding. An ordinary drive deserves an empty \
list: [].
- confidence is 0 to 1; below 0.6 unless a finding says it.

Reply with a JSON array only. Each item: rank (1 first), category ({", ".join(CATEGORIES)}), recommendation, \
confidence, evidence (ids)."""


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

    Args:
        task: the facts.
        num_ctx: tokens of the context.
        num_predict: tokens kept free for the reply.

    Raises:
        ValueError: not even the prompt without evidence fits.
    """
    room = num_ctx - num_predict - _SAFETY_TOKENS
    fixed = message_tokens(SYSTEM_MESSAGE) + message_tokens(_user_message(task, ()))
    if fixed > room:
        raise ValueError(f"a context of {num_ctx} tokens with {num_predict} for the reply has no room for evidence")
    packet = evidence_packet(task, room - fixed)
    user_message = _user_message(task, packet.lines())
    return Prompt(
        SYSTEM_MESSAGE,
        user_message,
        response_schema([held.id for held in packet]),
        packet,
        message_tokens(SYSTEM_MESSAGE) + message_tokens(user_message),
    )


def response_schema(evidence_ids: Sequence[str]) -> dict[str, Any]:
    """Return the JSON schema of a reply that can cite these ids.

    Every property is required, since servers leave optional ones out; there is no ``pattern``, since one server version
    ignores it and another dies of it. What a server does not enforce, the verification checks again.
    """
    item = {
        "type": "object",
        "properties": {
            "rank": {"type": "integer", "minimum": 1, "maximum": MAXIMUM_ITEMS},
            "category": {"type": "string", "enum": list(CATEGORIES)},
            "evidence": {
                "type": "array",
                "items": {"type": "string", "enum": list(evidence_ids)},
                "minItems": 1,
                "maxItems": MAXIMUM_CITATIONS,
            },
            "recommendation": {"type": "string"},
            "confidence": {"type": "number"},
        },
        "required": ["rank", "category", "evidence", "recommendation", "confidence"],
        "additionalProperties": False,
    }
    return {"type": "array", "items": item, "minItems": 0, "maxItems": MAXIMUM_ITEMS}


def _user_message(task: AdviceTask, lines: Sequence[str]) -> str:
    parts = [f"Evidence, all times UTC, from {'several drives' if len(task.subjects) > 1 else 'one drive'}:", *lines]
    if any(subject.facts.prior_drive_count < MINIMUM_DRIVES for subject in task.subjects):
        parts.append("Early baseline: too few earlier drives to say what is usual for this car. Be careful.")
    areas = sorted({area.strip().lower() for area in task.focus_areas} & FOCUS_WORDS)
    if areas:
        parts.append(f"The owner cares most about: {', '.join(areas)}.")
    asked = sorted(asked_parameters(task.parameters))
    if asked:
        parts.append(f"Speak only of: {', '.join(asked)}.")
    parts.append("Write the JSON array now.")
    return "\n".join(parts)
