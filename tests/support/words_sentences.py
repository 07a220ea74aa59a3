"""True sentences about every fact of a drive, and other true ways to write their numbers, for tests."""

from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from fractions import Fraction

from obd2_analyzer.advice.evidence import Direction, Evidence, Kind, Quantity
from support.words_drives import packets
from support.words_oracle import UNITS
from support.words_replies import true_items
from support.words_spans import SMALL_NUMBERS, Number, Sentence

_SIGMA = "standard deviations"
_OTHER_UNITS = {
    "°C": (("°F", 1), ("degrees Celsius", 1), ("degrees Fahrenheit", 0)),
    "V": (("mV", 0), ("volts", 2)),
    "%": (("percent", 1),),
    "km/h": (("mph", 1), ("km/h", 0)),
    "g/s": (("lb/min", 2),),
    "s": (("min", 1), ("seconds", 0), ("minutes", 2)),
    "°": (("degrees", 1),),
    "σ": (("sigma", 1), (_SIGMA, 1)),  # noqa: RUF001 - a Greek sigma
    "samples": (("readings", 0),),
}
_WHOLE_UNTIL = Fraction(1, 100)
"""A number rounded by less than this says the same."""


def true_sentences() -> list[Sentence]:
    """Return the sentences written by hand and those about every fact of every packet."""
    troubled = packets()["troubled"]
    by_hand = [
        Sentence(
            reply["recommendation"],
            tuple(held for name in reply["evidence"] if (held := troubled.find(name)) is not None),
            "troubled",
            reply["category"],
        )
        for reply in true_items()
    ]
    made = [
        Sentence(text, (held,), name)
        for name, packet in packets().items()
        for held in packet
        if name != "together" or held.fact.kind in {Kind.DRIVE, Kind.FINDING}
        for text in _about(held)
    ]
    return [*by_hand, *made]


def rephrased(number: Number) -> Iterator[str]:
    """Yield other ways to write a number that says one quantity: other units, fewer digits, words."""
    quantity = number.meant[0][1]
    exact = Fraction(str(round(quantity.value, quantity.decimals)))
    for unit, decimals in _OTHER_UNITS.get(quantity.unit, ()):
        offset = Fraction(0) if quantity.is_difference else UNITS[unit][2]
        yield from _written((exact - offset) / UNITS[unit][1], unit, decimals)
    yield from _written(exact, quantity.unit, 0)
    if quantity.unit == "drives" and 0 < quantity.value < len(SMALL_NUMBERS):
        yield f"{SMALL_NUMBERS[round(quantity.value)]} drives"


def _written(value: Fraction, unit: str, decimals: int) -> Iterator[str]:
    step = Decimal(1).scaleb(-decimals)
    rounded = (Decimal(value.numerator) / Decimal(value.denominator)).quantize(step, ROUND_HALF_EVEN)
    if abs(Fraction(rounded) - value) <= _WHOLE_UNTIL * abs(value):
        glue = "" if unit == "°" else " "
        # Decimals know a zero below zero, which nobody writes.
        yield f"{rounded or abs(rounded):,f}{glue}{unit}".rstrip()


def _about(held: Evidence) -> Iterator[str]:
    fact = held.fact
    shown = {quantity.name: _shown(quantity) for quantity in fact.quantities}
    name = " and ".join(fact.parameters)
    side = "above" if fact.direction is Direction.UP else "below"
    for quantity in fact.quantities:
        yield f"{name or 'The drive'}: {quantity.name} {_shown(quantity)} ({held.id}). Inspect it."
    if fact.kind is Kind.FINDING:
        yield from _finding(held, name, fact.quantities[0], shown["limit"])
    elif fact.kind is Kind.ANOMALY:
        mean, low, high = shown["mean"], shown["expected from"], shown["expected to"]
        yield f"{name} averaged {mean} where {shown['usual mean']} is usual."
        yield f"{name} is {shown['distance']} {side} usual: inspect the sensor."
        yield f"The mean {name} of {mean} is {side} its expected range of {low} to {high}."
    elif fact.kind is Kind.TREND:
        went = "rose" if fact.direction is Direction.UP else "fell"
        yield f"{name} {went} by {_shown(fact.quantities[0])} over the last {shown['over']}."
    elif fact.kind is Kind.CORRELATION:
        yield f"{name} correlate with a coefficient of {shown['coefficient']} over {shown['over']}."
    elif fact.kind is Kind.STATISTIC and "mean" in shown:
        mean, low, high, spread = (shown[part] for part in ("mean", "minimum", "maximum", "standard deviation"))
        yield f"{name} averaged {mean} and ranged from {low} to {high}."
        yield f"The mean of {name} is {mean} with a standard deviation of {spread}."
        yield f"{name} had a maximum of {high} and a minimum of {low}: have it checked."
    elif fact.kind is Kind.DRIVE:
        drive, rows = fact.drives[0], shown["rows"]
        yield f"Drive {drive} lasted {shown['duration']} and got {fact.label}; {rows} were read."
        yield f"The drive on {fact.started_at:%Y-%m-%d} at {fact.started_at:%H:%M:%S} scored {shown['grade']}."


def _finding(held: Evidence, name: str, value: Quantity, limit: str) -> Iterator[str]:
    fact = held.fact
    side = "above" if fact.side is Direction.UP else "below"
    severity = fact.label.split()[0]
    yield f"{severity}: {name} with a {value.name} of {_shown(value)} is {side} its limit of {limit}."
    yield f"In drive {fact.drives[0]} the {name} {value.name} was {_shown(value)}, {side} the {limit} limit."
    if fact.started_at is not None and fact.ended_at is not None and fact.kind is Kind.FINDING:
        lasted = next((held for held in fact.quantities if held.name == "lasted"), None)
        if lasted is not None:
            began, ended = f"{fact.started_at:%H:%M:%S}", f"{fact.ended_at:%H:%M:%S}"
            yield f"{name} had a {value.name} of {_shown(value)} for {_shown(lasted)}, from {began} to {ended}."


def _shown(quantity: Quantity) -> str:
    return str(quantity).removeprefix(f"{quantity.name} ")
