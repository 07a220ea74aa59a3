"""What the car measured when a trouble code was set, read from the Pi's JSON text."""

import json
import math
from collections.abc import Mapping

from obd2_analyzer.facts.parameters import canonical_name

FreezeFrame = Mapping[str, float | str | None]


def read_freeze_frame(text: str | None) -> FreezeFrame | None:
    """Read the JSON object of a freeze frame, names as ours; None when it is none."""
    try:
        document = json.loads(text or "")
    except (ValueError, RecursionError):
        return None
    if not isinstance(document, dict):
        return None
    return {canonical_name(_storable(name)): _frame_value(value) for name, value in document.items()}


def _frame_value(value: object) -> float | str | None:
    if value is None:
        return None
    if not isinstance(value, int | float):
        return _storable(value if isinstance(value, str) else json.dumps(value))
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _storable(text: str) -> str:
    """Replace halves of surrogate pairs, which JSON can write and a database cannot hold."""
    return text.encode("utf-8", "replace").decode()
