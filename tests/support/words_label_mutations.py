"""True sentences with other times, severities, grades and drives, or denied, for tests."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import combinations

from support.words_oracle import moments
from support.words_spans import MOMENT, Mutant, Sentence, put

_SEVERITIES = ("WATCH", "ALERT", "INVESTIGATE", "WARNING", "STOP")
_VERB = re.compile(
    r"\b(?:was|is|averaged|reached|peaked|fell|rose|dropped|hit|had|ranged|lasted|got|scored|correlate|stayed)\b"
)
_DRIVE = re.compile(r"(?i:\bdrive) (\d+)")
_GRADE = re.compile(r"(?<=grade )[A-F]\b")
_SHIFTS = (timedelta(seconds=1), timedelta(minutes=-1), timedelta(minutes=10), timedelta(hours=1), timedelta(days=1))


def other_moments(sentence: Sentence) -> Iterator[Mutant]:
    """Yield the sentence with every time moved, and with two of them exchanged."""
    found = list(MOMENT.finditer(sentence.text))
    for one in found:
        form = "%Y-%m-%d" if "-" in one.group() else "%H:%M:%S" if one.group().count(":") == 2 else "%H:%M"
        told = datetime.strptime(one.group(), form)  # noqa: DTZ007 - a time of day
        for shift in _SHIFTS:
            other = f"{told + shift:{form}}"
            yield Mutant("time", put(sentence, *one.span(), other), other in moments(sentence.facts), sentence)
    for first, second in combinations(found, 2):
        if first.group() != second.group() and len(first.group()) == len(second.group()):
            text = sentence.text
            changed = text[: first.start()] + second.group() + text[first.end() : second.start()] + first.group()
            yield Mutant("time", changed + text[second.end() :], is_true=False, sentence=sentence)


def other_labels(sentence: Sentence) -> Iterator[Mutant]:
    """Yield the sentence with another severity, grade and drive."""
    labels = " ".join(fact.label for fact in sentence.facts).split()
    for found in re.finditer(rf"\b(?:{'|'.join(_SEVERITIES)})\b", sentence.text):
        for severity in _SEVERITIES:
            yield Mutant("severity", put(sentence, *found.span(), severity), severity in labels, sentence)
    for found in _GRADE.finditer(sentence.text):
        for grade in "ABCDF":
            yield Mutant("grade", put(sentence, *found.span(), grade), grade in labels, sentence)
    drives = {drive for fact in sentence.facts for drive in fact.drives}
    for found in _DRIVE.finditer(sentence.text):
        for drive in (str(int(found[1]) + 1), str(int(found[1]) - 1), found[1] * 2, found[1][::-1], "31", "33"):
            yield Mutant("drive", put(sentence, *found.span(1), drive), drive in drives, sentence)


def denied(sentence: Sentence) -> Iterator[Mutant]:
    """Yield the sentence denied in several ways."""
    verb = _VERB.search(sentence.text)
    if verb is not None:
        for denial in ("never ", "did not ", "hardly ", "cannot have "):
            yield Mutant("denial", put(sentence, verb.start(), verb.start(), denial), is_true=False, sentence=sentence)
