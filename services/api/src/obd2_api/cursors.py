"""Page cursors: where the last page ended, as an opaque text."""

import base64
import binascii
import json
from datetime import datetime

from obd2_common.errors import InvalidInputError

_INVALID = "cursor: not one this server has given"


def write_cursor(moment: datetime, *keys: str | int) -> str:
    """Return the cursor of a row by the time it is sorted by and the keys that break ties."""
    document = json.dumps([moment.isoformat(), *keys], separators=(",", ":"))
    return base64.urlsafe_b64encode(document.encode()).decode().rstrip("=")


def read_cursor(text: str, *kinds: type[str] | type[int]) -> tuple[datetime, list[str | int]]:
    """Read a cursor back: the time, and the keys of the kinds expected.

    Raises:
        InvalidInputError: it is not one that `write_cursor` wrote for these kinds.
    """
    try:
        document = json.loads(base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True))
        moment, *keys = document
        parsed = datetime.fromisoformat(moment)
    except (binascii.Error, ValueError, TypeError, RecursionError) as error:
        raise InvalidInputError(_INVALID) from error
    if len(keys) != len(kinds) or parsed.tzinfo is None:
        raise InvalidInputError(_INVALID)
    if any(type(key) is not kind for key, kind in zip(keys, kinds, strict=True)):
        raise InvalidInputError(_INVALID)
    return parsed, keys
