"""The filter for a sentence of the model's own: everything is refused that is not plainly a possible cause.

A sentence passes only when it consists of the words below, begins with what it is about, and says that it is not sure.
There is no word among them for a number, an order, comfort, tuning, or what a car like this cannot measure.
"""

import re
from enum import StrEnum
from itertools import pairwise

MAXIMUM_LENGTH = 160
SHORTEST_WORDS = 4


class WhyReason(StrEnum):
    """Why a sentence was refused."""

    NOT_WANTED = "not_wanted"
    NOT_A_TEXT = "not_a_text"
    TOO_LONG = "too_long"
    CHARACTERS = "characters"
    WORD = "word"
    FORM = "form"


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_HEDGES = _words("may might can could often usually sometimes likely possibly probably perhaps")
_BASE_VERBS = _words(
    """
    affect cause come disturb drift drop explain fail fall hint indicate lead leak lower mean point raise reduce
    restrict result rise show slip stick suggest weaken
    """
)
"""An order begins with one of these, so they have to follow a word such as "may"."""
_STARTS = _words(
    """
    a an the this these that those such it both air bad carbon clogged corroded corrosion cracked damaged dirt dirty
    electrical failing faulty high hot leaking loose low moisture old poor soot sticking stuck tired uneven
    unmetered vacuum weak worn
    """
)
_OTHERS = _words(
    """
    after airflow alternator and are at battery be been before behind being belt between blocked body bulb by cable
    cables catalyst charging circuit coil coils cold condensation connection connections connector connectors
    contact contacts coolant current cylinder cylinders deposits drive drives duct ducts earth engine exhaust fan
    filter flow for from fuel gasket ground head heater hose hoses idle in injector injectors intake intercooler
    irregular is its lamp leakage lean less level line load mass mixture more of on or over oxygen part parts plug
    plugs pump quality radiator reading readings regulator relay resistance rich rubber same seal seals sensor
    sensors signal signals slipping spark speed starter stays strap supply system tank temperature temperatures
    tension terminal terminals than thermostat throttle through to together too traffic trim under unsteady valve
    valves voltage warm was weather were wet when wire wires wiring with affects causes comes disturbs drifts drops
    explains fails falls hints indicates leads leaks lowers means points raises reduces restricts results rises
    shows slips sticks suggests weakens
    """
)
_WORDS = _HEDGES | _BASE_VERBS | _STARTS | _OTHERS
_SENTENCE = re.compile(r"[A-Za-z]+(?:[ -][A-Za-z]+)*\.?")
_BETWEEN_WORDS = re.compile(r"[ .-]")


def refusal(text: object) -> tuple[WhyReason, str] | None:
    """Return the reason why a sentence may not be told and the part that did it, None when it may."""
    if not isinstance(text, str):
        return WhyReason.NOT_A_TEXT, type(text).__name__
    if len(text) > MAXIMUM_LENGTH:
        return WhyReason.TOO_LONG, str(len(text))
    if not _SENTENCE.fullmatch(text):
        return WhyReason.CHARACTERS, next((sign for sign in text if not re.match(r"[A-Za-z .-]", sign)), "punctuation")
    words = [word for word in _BETWEEN_WORDS.split(text.lower()) if word]
    unknown = next((word for word in words if word not in _WORDS), None)
    if unknown is not None:
        return WhyReason.WORD, unknown
    return None if _is_guess(words) else (WhyReason.FORM, text)


def _is_guess(words: list[str]) -> bool:
    """Tell whether words begin with what they are about, hold no order, and say that they are not sure."""
    orders = [word for before, word in pairwise(["", *words]) if word in _BASE_VERBS and before not in _HEDGES]
    is_hedged = len(words) >= SHORTEST_WORDS and not _HEDGES.isdisjoint(words)
    return words[0] in _STARTS and is_hedged and not orders
