"""The parts a number can play in a fact."""

from enum import StrEnum


class Role(StrEnum):
    """The part of a number in its fact, as the prompt names it."""

    VALUE = "value"
    PEAK = "peak"
    LOWEST = "lowest"
    MEAN = "mean"
    MINIMUM = "minimum"
    MAXIMUM = "maximum"
    SPREAD = "standard deviation"
    SWING = "swing"
    EXCESS = "above ambient by"
    RETARD = "pulled back by"
    LIMIT = "limit"
    LASTED = "lasted"
    USUAL = "usual mean"
    EXPECTED_FROM = "expected from"
    EXPECTED_TO = "expected to"
    DISTANCE = "distance"
    CHANGE = "change"
    OVER = "over"
    COEFFICIENT = "coefficient"
    COUNT = "from"
    DURATION = "duration"
    ROWS = "rows"
    EARLIER = "earlier"
    GRADE = "grade"


VALUE_NAMES = {
    "coolant": Role.PEAK,
    "iat": Role.EXCESS,
    "battery": Role.LOWEST,
    "ltft": Role.MEAN,
    "stft": Role.MEAN,
    "maf": Role.MEAN,
    "timing": Role.LOWEST,
    "knock_retard": Role.RETARD,
    "idle": Role.SPREAD,
    "o2": Role.SWING,
}
"""What the value of each rule's finding is."""

REFERENCES = frozenset({Role.LIMIT, Role.USUAL, Role.EXPECTED_FROM, Role.EXPECTED_TO})
"""Parts that are no measurement of the drive itself: a sentence has to say that it means one."""
DIFFERENCES = frozenset({Role.CHANGE, Role.EXCESS, Role.RETARD})
LOWS = frozenset({Role.LOWEST, Role.MINIMUM, Role.EXPECTED_FROM})
HIGHS = frozenset({Role.PEAK, Role.MAXIMUM, Role.EXPECTED_TO})
TIMES = frozenset({Role.LASTED, Role.DURATION})
