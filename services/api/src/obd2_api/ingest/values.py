"""Turns one value of the wire into what its column stores, or says why the column cannot hold it."""

import json
import math
from enum import Enum
from typing import Any, Final

from obd2_common.db.types import BODY_TEXT_BYTES, KEY_TEXT_CHARACTERS
from obd2_common.synced_specs import Kind

MIN_WHOLE, MAX_WHOLE = -(2**63), 2**63 - 1
MAX_EXTRA_BYTES = 1_000_000
MAX_EXTRA_DEPTH = 16
"""MariaDB stops at 32 levels, MySQL at 100; no sensor needs either."""
MAX_EXTRA_NAME_CHARACTERS = 16_383
"""MySQL takes no JSON object with a name of more than 65 535 bytes."""


class _Absent(Enum):
    ABSENT = "absent"


ABSENT: Final = _Absent.ABSENT
"""Stands for a key the row did not have, which is not the same as null."""


class BadValueError(Exception):
    """A value its column cannot hold; the only argument is the reason's code."""

    @property
    def reason(self) -> str:
        """Return the reason's code."""
        return str(self.args[0])


def text_value(value: object, limit_bytes: int = BODY_TEXT_BYTES) -> str | None:
    """Return a text for a text column; numbers and booleans become their JSON text."""
    if value is None:
        return None
    if not isinstance(value, str):
        if isinstance(value, bool | int) or (isinstance(value, float) and math.isfinite(value)):
            return json.dumps(value)
        raise BadValueError("not_finite" if isinstance(value, float) else "wrong_type")
    try:
        size_bytes = len(value) if value.isascii() else len(value.encode())
    except UnicodeEncodeError:
        raise BadValueError("not_utf8") from None
    if size_bytes > limit_bytes:
        raise BadValueError("too_long")
    return value


def name_value(value: object) -> str | None:
    """Return a text for a column of at most 255 characters."""
    text = text_value(value)
    if text is not None and len(text) > KEY_TEXT_CHARACTERS:
        raise BadValueError("too_long")
    return text


def whole_value(value: object) -> int | None:
    """Return a 64-bit whole number; a float without fraction counts as one."""
    if value is None:
        return None
    if isinstance(value, bool):
        return int(value)
    if isinstance(value, float):
        if not math.isfinite(value):
            raise BadValueError("not_finite")
        if not value.is_integer():
            raise BadValueError("wrong_type")
        value = int(value)
    if not isinstance(value, int):
        raise BadValueError("wrong_type")
    if not MIN_WHOLE <= value <= MAX_WHOLE:
        raise BadValueError("out_of_range")
    return value


def real_value(value: object) -> float | None:
    """Return a finite double."""
    if value is None:
        return None
    if isinstance(value, bool | int):
        return float(value)
    if not isinstance(value, float):
        raise BadValueError("wrong_type")
    if not math.isfinite(value):
        raise BadValueError("not_finite")
    return value


CONVERTERS = {
    Kind.TEXT: text_value,
    Kind.NAME: name_value,
    Kind.WHOLE: whole_value,
    Kind.REAL: real_value,
    Kind.TIME: text_value,
}


def key_value(value: object, *, has_text_key: bool) -> int | str:
    """Return a row's key.

    Raises:
        BadValueError: `missing_key` or `bad_key`.
    """
    if value is None or value is ABSENT:
        raise BadValueError("missing_key")
    try:
        key = (
            name_value(value)
            if has_text_key and isinstance(value, str)
            else None
            if has_text_key
            else _whole_key(value)
        )
    except BadValueError:
        key = None
    if key is None or key == "":
        raise BadValueError("bad_key")
    return key


def _whole_key(value: object) -> int | None:
    return None if isinstance(value, bool) else whole_value(value)


def check_extra(extra: dict[str, Any]) -> None:
    """Make sure unknown columns survive a JSON column unchanged.

    Raises:
        BadValueError: they would not: not finite, past 64 bits, nested too deeply, too long, or no UTF-8.
    """
    _check_json(extra, MAX_EXTRA_DEPTH)
    try:
        size_bytes = len(json.dumps(extra, ensure_ascii=False).encode())
    except UnicodeEncodeError:
        raise BadValueError("not_utf8") from None
    if size_bytes > MAX_EXTRA_BYTES:
        raise BadValueError("too_long")


def _check_json(value: object, levels: int) -> None:
    if isinstance(value, float):
        if not math.isfinite(value):
            raise BadValueError("not_finite")
        if abs(value) >= MAX_WHOLE:
            # Whole numbers past 64 bits arrive as floats: storing them would change them.
            raise BadValueError("out_of_range")
    elif isinstance(value, dict | list):
        if levels == 0:
            raise BadValueError("too_deep")
        if isinstance(value, dict) and any(len(name) > MAX_EXTRA_NAME_CHARACTERS for name in value):
            raise BadValueError("too_long")
        for part in value.values() if isinstance(value, dict) else value:
            _check_json(part, levels - 1)
    elif isinstance(value, int) and not MIN_WHOLE <= value <= MAX_WHOLE:
        raise BadValueError("out_of_range")
