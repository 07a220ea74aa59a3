"""The model's reply read as a list of items, leniently: models wrap and fence what they were told to send bare."""

import json
import re
from typing import Any

from obd2_common.errors import Obd2Error

_FENCE = re.compile(r"^\s*```[A-Za-z]*\s*\n?(?P<inside>.*?)\n?\s*```\s*$", re.DOTALL)
_THOUGHT = re.compile(r"^\s*<think>.*?</think>", re.DOTALL)
_LIST_KEYS = ("recommendations", "items")


class UnreadableReplyError(Obd2Error):
    """The reply holds no JSON array."""


def reply_items(text: str) -> list[Any]:
    """Return the items of a reply.

    A bare array is what was asked for. An object that holds the array, a single item, a fence around it and prose
    before or behind it are read too: the outermost brackets count.

    Raises:
        UnreadableReplyError: there is no JSON array in it.
    """
    stripped = _THOUGHT.sub("", text).strip()
    fenced = _FENCE.match(stripped)
    for candidate in (stripped, fenced["inside"] if fenced else "", _between(stripped, "[", "]")):
        items = _items(candidate)
        if items is not None:
            return items
    raise UnreadableReplyError("the reply is not the JSON array it had to be")


def _items(candidate: str) -> list[Any] | None:
    try:
        document = json.loads(candidate)
    except (ValueError, RecursionError):
        return None
    if isinstance(document, list):
        return document
    if isinstance(document, dict):
        held = next((document[key] for key in _LIST_KEYS if isinstance(document.get(key), list)), None)
        if held is not None:
            return list(held)
        return [document] if "recommendation" in document else None
    return None


def _between(text: str, opening: str, closing: str) -> str:
    start, end = text.find(opening), text.rfind(closing)
    return text[start : end + 1] if 0 <= start < end else ""
