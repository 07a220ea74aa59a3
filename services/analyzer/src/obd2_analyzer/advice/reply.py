"""The model's reply read as a list of items, leniently: models wrap and fence what they were told to send bare."""

import json
import re
from typing import Any

from obd2_common.errors import Obd2Error

_FENCE = re.compile(r"^\s*```[A-Za-z]*\s*\n?(?P<inside>.*?)\n?\s*```\s*$", re.DOTALL)
_THOUGHT = re.compile(r"^\s*<think>.*?</think>", re.DOTALL)


class UnreadableReplyError(Obd2Error):
    """The reply holds no JSON array."""


def reply_items(text: str, *, is_cut: bool = False) -> list[Any]:
    """Return the items of a reply; of one that was cut short, those that are complete.

    A bare array is what was asked for. An object that holds the array, a single item, a fence around it and prose
    before or behind it are read too: the outermost brackets count.

    Raises:
        UnreadableReplyError: there is no JSON array in it.
    """
    stripped = _THOUGHT.sub("", text).strip()
    fenced = _FENCE.match(stripped)
    inside = "" if is_cut else _between(stripped, "[", "]")
    for candidate in (stripped, fenced["inside"] if fenced else "", inside):
        items = _items(candidate)
        if items is not None:
            return items
    if is_cut and (complete := _complete_items(stripped)):
        return complete
    raise UnreadableReplyError("the reply is not the JSON array it had to be")


def _items(candidate: str) -> list[Any] | None:
    try:
        document = json.loads(candidate)
    except (ValueError, RecursionError):
        return None
    if isinstance(document, list):
        return document
    if isinstance(document, dict):
        return [document] if "evidence" in document else next(filter(_holds_items, document.values()), None)
    return None


def _complete_items(text: str) -> list[Any]:
    """Return the objects at the begin of the first array, as far as they are whole."""
    decoder, found = json.JSONDecoder(), []
    place = text.find("[") + 1
    while 0 < place < len(text):
        try:
            item, place = decoder.raw_decode(text, len(text) - len(text[place:].lstrip(" \t\r\n,")))
        except (ValueError, RecursionError):
            break
        if isinstance(item, dict):
            found.append(item)
    return found


def _holds_items(value: object) -> bool:
    return isinstance(value, list) and (not value or any(isinstance(item, dict) for item in value))


def _between(text: str, opening: str, closing: str) -> str:
    start, end = text.find(opening), text.rfind(closing)
    return text[start : end + 1] if 0 <= start < end else ""
