"""How facts are put for people: names, numbers with units, durations, dates, and the text of a recommendation."""

from collections.abc import Iterable
from datetime import datetime

from obd2_analyzer.facts.findings import number
from obd2_analyzer.rules.check import Check
from obd2_common.plain_names import plain_name

_DECIMALS = {"rpm": 0, "km/h": 0, "V": 2, "s": 0, "count": 0}
_DEFAULT_DECIMALS = 1


def quantity(value: float, unit: str) -> str:
    """Write a number with its unit."""
    written = number(value, _DECIMALS.get(unit, _DEFAULT_DECIMALS))
    return written if unit in {"", "count"} else f"{written}{'' if unit == '°' else ' '}{unit}"


def day(moment: datetime) -> str:
    """Write the day of a moment, in UTC."""
    return f"{moment.day} {moment:%B %Y}"


def name(signal: str) -> str:
    """Return what people call a parameter or a trouble code."""
    return plain_name(signal)


def capitalised(text: str) -> str:
    """Return a text with a capital at its start."""
    return text[:1].upper() + text[1:]


def listed(sentences: Iterable[str | None]) -> str:
    """Join sentences, those that are there, each with its full stop."""
    return " ".join(_ended(text.strip()) for text in sentences if text and text.strip())


def recommendation_text(sentence: str, *, why: str | None, checks: Iterable[Check]) -> str:
    """Put a recommendation together: what was measured, what the model adds, what to do."""
    noted = None if why is None else f"The model notes: {why}"
    return listed([sentence, noted, *(check.text for check in checks)])


def since(first_seen_at: datetime, drive_count: int) -> str:
    """Say since when and on how many drives the same was found."""
    return f"Seen on {drive_count} drives since {day(first_seen_at)}."


def _ended(text: str) -> str:
    return text if text.endswith((".", "!", "?")) else f"{text}."
