"""Reads the body of a sync request: strict about the envelope, lenient about everything inside the rows."""

import json
import sys
from dataclasses import dataclass, field
from typing import Any

import orjson

from obd2_api.ingest.verbatim import RowTexts, text_of
from obd2_common.db.types import KEY_TEXT_CHARACTERS
from obd2_common.errors import InvalidInputError

MAX_WHOLE = 2**63 - 1
_MAX_DIGITS = 20

MAX_ROWS = 20_000
MAX_TABLES = 64
"""Forty times what the Pi sends at once, and so little that nothing of it keeps the device's lock for seconds."""
MAX_DECODED_BYTES = 64 * 1024 * 1024
"""What a decoded body may take in memory: `{},` takes 24 times its three bytes."""
_SMALL_BYTES = 1024 * 1024
"""A body up to here cannot take more than `MAX_DECODED_BYTES`, whatever it holds."""
_OBJECT_BYTES, _VALUE_BYTES = 184, 64


class RefusedEnvelopeError(InvalidInputError):
    """A request that is refused as a whole although it says who sent it."""

    def __init__(self, reason: str, device_id: str) -> None:
        super().__init__(reason)
        self.device_id = device_id


@dataclass(frozen=True, slots=True)
class Envelope:
    """One sync request.

    Args:
        device_id: who sends.
        batch_id: the sender's label of the request, not unique.
        tables: table name -> rows as decoded, in the order of the body. A row may be anything JSON can be.
        drive_counter: the Pi's last drive id, when the request tells.
        sent_up_to: table name -> the largest id the sender says was acknowledged, where it says one.
        texts: the rows as they came, for those that must be kept word for word.
    """

    device_id: str
    batch_id: str
    tables: dict[str, list[Any]]
    drive_counter: int | None = None
    sent_up_to: dict[str, int] = field(default_factory=dict)
    texts: RowTexts = field(default_factory=lambda: RowTexts(b"{}"), repr=False)

    @property
    def row_count(self) -> int:
        """Return the number of rows received, all tables together."""
        return sum(map(len, self.tables.values()))


def read_envelope(body: bytes | bytearray) -> Envelope:
    """Decode a request body.

    Raises:
        InvalidInputError: it is not JSON, would fill the memory, or does not say who sends it.
        RefusedEnvelopeError: the envelope around the rows is otherwise not what the protocol says.
    """
    _check_size(body)
    document = _decode(body)
    if not isinstance(document, dict):
        raise InvalidInputError("the body must be a JSON object")
    device_id = _label(document, "deviceId")
    try:
        return _read(document, device_id, body)
    except InvalidInputError as error:
        raise RefusedEnvelopeError(str(error), device_id) from error


def _read(document: dict[str, Any], device_id: str, body: bytes | bytearray) -> Envelope:
    tables = document.get("tables")
    if not isinstance(tables, dict):
        raise InvalidInputError("tables must be an object")
    if len(tables) > MAX_TABLES:
        raise InvalidInputError(f"tables must not be more than {MAX_TABLES}")
    envelope = Envelope(
        device_id=device_id,
        batch_id=_label(document, "batchId"),
        tables={_table_name(name): _rows(name, content) for name, content in tables.items()},
        drive_counter=_drive_counter(document.get("driveCounter")),
        sent_up_to={name: last for name, content in tables.items() if (last := _last_synced_id(content)) is not None},
        texts=RowTexts(body),
    )
    if envelope.row_count > MAX_ROWS:
        raise InvalidInputError(f"the rows of a request must not be more than {MAX_ROWS}")
    return envelope


def _check_size(body: bytes | bytearray, *, beside_bytes: int = 0) -> None:
    """Refuse a body whose values may take too much memory, beside their texts and what else is needed meanwhile."""
    if len(body) <= _SMALL_BYTES:
        return
    values = body.count(b"[") + body.count(b",")
    if body.count(b"{") * _OBJECT_BYTES + values * _VALUE_BYTES + beside_bytes > MAX_DECODED_BYTES:
        raise InvalidInputError("the body holds more values than the server takes at once")


def _decode(body: bytes | bytearray) -> Any:  # noqa: ANN401 - any JSON value
    try:
        return orjson.loads(body)
    except orjson.JSONDecodeError:
        return _decode_leniently(body)


def _decode_leniently(body: bytes | bytearray) -> Any:  # noqa: ANN401 - any JSON value
    """Read what the Pi's own encoder can write and strict parsers refuse: NaN, Infinity, lone surrogates."""
    text = text_of(body)
    # A single character past U+FFFF makes all others take four bytes, and decoding them twice that for a moment.
    _check_size(body, beside_bytes=2 * sys.getsizeof(text))
    try:
        return json.loads(text, parse_int=_whole_number)
    except RecursionError as error:
        raise InvalidInputError("the body is nested too deeply") from error
    except ValueError as error:
        raise InvalidInputError("the body is not JSON") from error


def _whole_number(digits: str) -> int | float:
    """Read a whole number; one past 64 bits becomes a float, as in the fast decoder."""
    if len(digits) > _MAX_DIGITS:
        return float(digits)
    number = int(digits)
    return number if -MAX_WHOLE - 1 <= number <= 2**64 - 1 else float(digits)


def _label(document: dict[str, Any], name: str) -> str:
    value = document.get(name)
    if not isinstance(value, str) or not value:
        raise InvalidInputError(f"{name} must be a text of at least one character")
    if len(value) > KEY_TEXT_CHARACTERS:
        raise InvalidInputError(f"{name} must not be longer than {KEY_TEXT_CHARACTERS} characters")
    if not _is_encodable(value):
        raise InvalidInputError(f"{name} must be valid UTF-8")
    return value


def _is_encodable(value: str) -> bool:
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _table_name(name: str) -> str:
    if not _is_encodable(name):
        raise InvalidInputError("table names must be valid UTF-8")
    return name


def _rows(name: str, content: object) -> list[Any]:
    if not isinstance(content, dict):
        raise InvalidInputError(f"tables.{name[:64]} must be an object with rows")
    rows = content.get("rows", [])
    if not isinstance(rows, list):
        raise InvalidInputError(f"tables.{name[:64]}.rows must be an array")
    return rows


def _last_synced_id(content: object) -> int | None:
    last = content.get("lastSyncedId") if isinstance(content, dict) else None
    return last if type(last) is int and 0 < last <= MAX_WHOLE else None


def _drive_counter(content: object) -> int | None:
    if content is None:
        return None
    last = content.get("lastDriveId") if isinstance(content, dict) else None
    if type(last) is not int or not 0 < last <= MAX_WHOLE:
        raise InvalidInputError("driveCounter.lastDriveId must be a whole number above zero")
    return last
