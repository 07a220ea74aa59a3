"""The places of a true sentence that can be changed: its numbers with their units, names, and words for their part."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal

from obd2_analyzer.advice.evidence import Evidence, Fact, Quantity
from obd2_analyzer.facts.parameters import UNIT_OF
from support.words_oracle import PARTS, UNITS, quantities_told

Meaning = tuple[Fact, Quantity]

SMALL_NUMBERS = ("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven")
NAME = re.compile(rf"\b(?:{'|'.join(sorted(UNIT_OF, key=len, reverse=True))})\b(?! sensors?\b)")
MOMENT = re.compile(r"\b(?:\d{4}-\d\d-\d\d|\d\d:\d\d(?::\d\d)?)\b")
_NO_NUMBER = re.compile(
    rf"{MOMENT.pattern}|(?i:\bdrive )\d+|\bE\d+\b|\b1998 Eclipse\b|\b4G63\b|{NAME.pattern}|\b\d+ min \d+ s\b"
)
_UNIT_WRITTEN = "|".join(re.escape(unit) for unit in sorted(UNITS, key=len, reverse=True) if unit)
_NUMBER = re.compile(
    r"(?P<sign>(?<![\w°%])(?:[-\N{MINUS SIGN}]|minus ))?"
    rf"(?:(?<![\w.,])(?P<digits>\d+(?:,\d{{3}})*(?:\.\d+)?)|\b(?P<word>{'|'.join(SMALL_NUMBERS)})\b(?= drives))"
    rf"(?:(?P<gap> ?(?:earlier )?)(?P<unit>{_UNIT_WRITTEN})(?![\w/]))?"
)
_RANGE = re.compile(r" (?:to|and) |[-\N{EN DASH}]")
_WORDS = "|".join(sorted(PARTS, key=len, reverse=True))
_FILLER = rf"(?: (?:of|was|is|at|a|the|value|{NAME.pattern}))*"
_PART_BEFORE = re.compile(rf"(?:(?<=\s)|(?<=^))(?P<part>{_WORDS}){_FILLER} $")
_PART_AFTER = re.compile(r" (?P<part>limit|mean|peak)\b")
_USUAL = re.compile(r"\b(?:usual|historical|earlier|expected)[^.;,]*$")


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a true sentence.

    Args:
        start: where its sign or first digit is.
        end: behind its last digit.
        unit_end: behind its unit; ``end`` when it has none of its own.
        value: with sign and digits as written.
        unit: as written, that of the following number where it stands only there.
        meant: the cited quantities it can be.
        part: where the word for its part stands, None without one.
        shares_unit: its unit stands behind the number that follows.
    """

    start: int
    end: int
    unit_end: int
    value: Decimal
    unit: str
    meant: tuple[Meaning, ...]
    part: tuple[int, int] | None
    shares_unit: bool = False


@dataclass(frozen=True, slots=True)
class Sentence:
    """A true sentence with the evidence it cites."""

    text: str
    cited: tuple[Evidence, ...]
    packet: str
    category: str = "Diagnostic"

    @property
    def facts(self) -> tuple[Fact, ...]:
        """Return the facts cited."""
        return tuple(held.fact for held in self.cited)

    def part_of(self, number: Number) -> str | None:
        """Return the word that says which part a number plays."""
        return None if number.part is None else self.text[slice(*number.part)]

    def about(self, number: Number) -> re.Match[str] | None:
        """Return the parameter's name that stands last before a number, else the first one."""
        names = list(NAME.finditer(self.text))
        before = [name for name in names if name.end() <= number.start]
        return before[-1] if before else (names[0] if names else None)


@dataclass(frozen=True, slots=True)
class Mutant:
    """A changed sentence; ``is_true`` is what the facts say of it, None where they leave it open."""

    kind: str
    text: str
    is_true: bool | None
    sentence: Sentence


def put(sentence: Sentence, start: int, end: int, written: str) -> str:
    """Return the text of a sentence with a part of it written otherwise."""
    return sentence.text[:start] + written + sentence.text[end:]


def numbers(sentence: Sentence) -> list[Number]:
    """Read the numbers of a true sentence, in order."""
    return list(_numbers(sentence.text, sentence.facts))


def _numbers(text: str, facts: Sequence[Fact]) -> Iterator[Number]:
    bare = _NO_NUMBER.sub(lambda found: "\0" * len(found.group()), text)
    found = list(_NUMBER.finditer(bare))
    for place, one in enumerate(found):
        end = one.end("digits") if one["digits"] else one.end("word")
        unit, shares = one["unit"], False
        if unit is None and place + 1 < len(found) and joins(bare, end, found[place + 1].start()):
            unit, shares = found[place + 1]["unit"], True
        value = Decimal(one["digits"].replace(",", "") if one["digits"] else SMALL_NUMBERS.index(one["word"]))
        value = -value if one["sign"] else value
        yield Number(
            one.start(),
            end,
            one.end() if one["unit"] else end,
            value,
            unit or "",
            tuple(_meant(text, one.start(), quantities_told(value, unit or "", facts))),
            _part(text, one.start(), one.end()),
            shares,
        )


def joins(text: str, end: int, start: int) -> bool:
    """Tell whether what stands between two numbers makes a range of them, so that they may share a unit."""
    return _RANGE.fullmatch(text, end, start) is not None


def _meant(text: str, start: int, told: list[Meaning]) -> list[Meaning]:
    """Leave out what a number cannot be: of another parameter than the one named last before it."""
    names = [name.group() for name in NAME.finditer(text, 0, start)]
    ours = [held for held in told if not held[0].parameters or not names or names[-1] in held[0].parameters]
    return ours or told


def _part(text: str, start: int, end: int) -> tuple[int, int] | None:
    before = _PART_BEFORE.search(text, 0, start)
    if before is not None:
        is_usual = _USUAL.search(text, 0, before.end("part")) and before["part"] == "mean"
        return None if is_usual else before.span("part")
    after = _PART_AFTER.match(text, end)
    return None if after is None else after.span("part")
