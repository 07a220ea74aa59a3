"""Numbers written in words, from zero to the thousands."""

import re

_SMALL = (
    *("zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"),
    *("thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen"),
)
_TENS = ("twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety")
_VALUES = {word: value for value, word in enumerate(_SMALL)} | {
    word: value for value, word in zip(range(20, 100, 10), _TENS, strict=True)
}
_SCALES = {"hundred": 100, "thousand": 1000}
_WORD = "|".join(sorted((*_VALUES, *_SCALES), key=len, reverse=True))

NUMBER_WORDS = rf"(?:{_WORD})(?:(?:\s+and\s+|[\s-]+)(?:{_WORD}))*"
"""Pattern of a number in words, in lower case."""


def number_in_words(text: str) -> int:
    """Return the value of a number that `NUMBER_WORDS` matches."""
    total = part = 0
    for word in re.findall(rf"\b(?:{_WORD})\b", text.lower()):
        if word in _VALUES:
            part += _VALUES[word]
        elif word == "hundred":
            part = (part or 1) * _SCALES[word]
        else:
            total, part = total + (part or 1) * _SCALES[word], 0
    return total + part
