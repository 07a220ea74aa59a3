"""Every small change of the numbers and words of a true sentence, and whether it is untrue then, for tests."""

import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import combinations

from obd2_analyzer.facts.parameters import UNIT_OF
from support.words_label_mutations import denied, other_labels, other_moments
from support.words_oracle import UNITS, is_direction_true, is_number_true, is_part_true, is_signal_true
from support.words_spans import NAME, SMALL_NUMBERS, Mutant, Number, Sentence, joins, numbers, put

_OPPOSITES = {
    "rose": "fell",
    "rising": "falling",
    "climbed": "dropped",
    "went up": "went down",
    "went down": "went up",
    "lean": "rich",
    "rich": "lean",
    "fell": "rose",
    "falling": "rising",
    "dropped": "climbed",
}
_UPWARDS = frozenset({"rose", "rising", "climbed", "went up", "lean"})
_SIDES = {
    "above": ("below", "under", "within"),
    "below": ("above", "over", "within"),
    "over the 104": ("under the 104", "below the 104"),
    "exceeding": ("staying below", "not exceeding", "within"),
    ">": ("<", "<="),
}
_VERBS, _NOUNS = (
    ("averaged", "peaked at"),
    ("mean", "peak", "maximum", "lowest", "minimum", "limit", "usual mean", "standard deviation", "duration"),
)
_READINGS = frozenset({"mean", "peak", "lowest", "minimum", "maximum"})


def mutants(sentence: Sentence) -> Iterator[Mutant]:
    """Yield every changed form of a true sentence, each once."""
    seen = {sentence.text}
    read = numbers(sentence)
    for changes in (
        _other_numbers(sentence, read),
        _other_units(sentence, read),
        _swapped(sentence, read),
        _other_parts(sentence, read),
        _other_signals(sentence, read),
        _other_words(sentence),
        other_moments(sentence),
        other_labels(sentence),
        denied(sentence),
    ):
        for mutant in changes:
            if mutant.text not in seen:
                seen.add(mutant.text)
                yield mutant


def _judged(sentence: Sentence, number: Number, value: Decimal, unit: str) -> bool:
    return is_number_true(value, unit, number.meant, sentence.part_of(number), sentence.facts)


def _other_numbers(sentence: Sentence, read: list[Number]) -> Iterator[Mutant]:
    for number in read:
        for value in _values(number, sentence):
            written = f"{value:f}"
            text = put(sentence, number.start, number.end, written)
            if sentence.text[number.start : number.end].isalpha() and 0 <= value < len(SMALL_NUMBERS):
                text = put(sentence, number.start, number.end, SMALL_NUMBERS[int(value)])
            is_true: bool | None = _judged(sentence, number, value, number.unit)
            if not is_true and number.part is None and _is_open(sentence, number, value):
                is_true = None
            yield Mutant("number", text, is_true, sentence)


def _values(number: Number, sentence: Sentence) -> Iterator[Decimal]:
    """Yield wrong values: a digit more, less, other or moved, another sign, and the other numbers cited."""
    exponent = number.value.as_tuple().exponent
    decimals = -exponent if isinstance(exponent, int) else 0
    step = Decimal(1).scaleb(-decimals)
    value = number.value
    yield from (value + step, value - step, value + 3 * step, value - 5 * step, value + 10 * step, value * 2)
    yield from (-value, Decimal(0), value.scaleb(1), value.scaleb(-1), value + 100, (value / 2).quantize(step))
    digits = f"{abs(value):f}".replace(".", "")
    yield Decimal(digits)
    yield Decimal(f"{value:f}{'' if decimals else '.'}7")
    for place in range(len(digits) - 1):
        swapped = int(digits[:place] + digits[place + 1] + digits[place] + digits[place + 2 :])
        yield Decimal(swapped).scaleb(-decimals)
    for fact in sentence.facts:
        yield from (Decimal(f"{held.value:.{held.decimals}f}") for held in fact.quantities)


def _is_open(sentence: Sentence, number: Number, value: Decimal) -> bool:
    """Tell whether a number is another reading of its subject, and no word says which one it should be."""
    subjects = {fact.parameters for fact, held in number.meant if held.name in _READINGS}
    return any(
        fact.parameters in subjects
        and held.name in _READINGS
        and is_number_true(value, number.unit, ((fact, held),), None, (fact,))
        for fact in sentence.facts
        for held in fact.quantities
    )


def _other_units(sentence: Sentence, read: list[Number]) -> Iterator[Mutant]:
    for place_of, number in enumerate(read):
        if number.shares_unit:
            continue
        place, sharing = place_of, [number]
        while place and read[place - 1].shares_unit:
            place -= 1
            sharing.append(read[place])
        for written_unit in UNITS:
            unit = written_unit
            written = f"{sentence.text[number.start : number.end]} {unit}".rstrip()
            if (
                not unit
                and place_of + 1 < len(read)
                and joins(sentence.text, number.unit_end, read[place_of + 1].start)
            ):
                unit = read[place_of + 1].unit
            is_true = all(_judged(sentence, one, one.value, unit) for one in sharing)
            yield Mutant("unit", put(sentence, number.start, number.unit_end, written), is_true, sentence)
        for value, unit in _misconverted(number):
            text = put(sentence, number.start, number.unit_end, f"{value:f} {unit}")
            is_true = len(sharing) == 1 and _judged(sentence, number, value, unit)
            yield Mutant("conversion", text, is_true, sentence)


def _misconverted(number: Number) -> Iterator[tuple[Decimal, str]]:
    """Yield the number in another unit of its kind, converted as one should not."""
    kind, scale, offset = UNITS[number.unit]
    for unit, (other_kind, other_scale, other_offset) in UNITS.items():
        if kind != other_kind or (scale, offset) == (other_scale, other_offset):
            continue
        factor = Decimal(float(scale / other_scale))
        shift = Decimal(float((offset - other_offset) / other_scale))
        for value in (number.value * factor, number.value / factor, number.value * factor + shift):
            yield value.quantize(Decimal("0.1")), unit


def _swapped(sentence: Sentence, read: list[Number]) -> Iterator[Mutant]:
    for one, other in combinations(read, 2):
        if one.unit != other.unit or one.value == other.value:
            continue
        text = sentence.text
        changed = (
            text[: one.start]
            + text[other.start : other.end]
            + text[one.end : other.start]
            + text[one.start : one.end]
            + text[other.end :]
        )
        stays = _judged(sentence, one, other.value, one.unit) and _judged(sentence, other, one.value, other.unit)
        yield Mutant("swap", changed, stays, sentence)


def _other_parts(sentence: Sentence, read: list[Number]) -> Iterator[Mutant]:
    for number in read:
        if number.part is None:
            continue
        written = sentence.part_of(number) or ""
        for part in _VERBS if written in _VERBS else _NOUNS:
            is_true = is_part_true(part, number.meant, sentence.facts)
            yield Mutant("part", put(sentence, *number.part, part), is_true, sentence)


def _other_signals(sentence: Sentence, read: list[Number]) -> Iterator[Mutant]:
    for name in NAME.finditer(sentence.text):
        spoken = [number for number in read if (about := sentence.about(number)) and about.span() == name.span()]
        for other in (*UNIT_OF, "OIL_PRESSURE", "EGT"):
            stays = [is_signal_true(other, number.meant, sentence.facts) for number in spoken]
            is_true = (all(stays) or None) if any(stays) or not spoken else False
            yield Mutant("signal", put(sentence, *name.span(), other), is_true, sentence)


def _other_words(sentence: Sentence) -> Iterator[Mutant]:
    names = {name.group() for name in NAME.finditer(sentence.text)}
    for word, opposite in _OPPOSITES.items():
        for found in re.finditer(rf"\b{word}\b(?! by rule)", sentence.text):
            direction = "up" if opposite in _UPWARDS else "down"
            is_true = is_direction_true(direction, names, sentence.facts)
            yield Mutant("direction", put(sentence, *found.span(), opposite), is_true, sentence)
    for side, others in _SIDES.items():
        for found in re.finditer(rf"(?<!\w){re.escape(side)}(?!\w)", sentence.text):
            for other in others:
                yield Mutant("side", put(sentence, *found.span(), other), _is_on_its_limit(sentence), sentence)


def _is_on_its_limit(sentence: Sentence) -> bool | None:
    """A value that is its limit is neither above nor below it."""
    values = {(held.value, held.unit) for fact in sentence.facts for held in fact.quantities if held.name != "limit"}
    limits = {(held.value, held.unit) for fact in sentence.facts for held in fact.quantities if held.name == "limit"}
    return None if values & limits else False


def without_shared_units(read: list[Number]) -> list[Number]:
    """Return the numbers whose unit can be written otherwise without touching another number."""
    return [
        number
        for place, number in enumerate(read)
        if not number.shares_unit and not (place and read[place - 1].shares_unit)
    ]
