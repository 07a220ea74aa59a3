"""Drawings made by the server, for trends and small lines: SVG that needs no script and scales with the page."""

from collections.abc import Sequence
from dataclasses import dataclass

from markupsafe import Markup, escape

_WIDTH, _HEIGHT, _LEFT, _BOTTOM, _TOP = 640.0, 220.0, 52.0, 26.0, 10.0
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
_LINES = 4


@dataclass(frozen=True, slots=True)
class Dot:
    """One point of a trend: where it lies, what it says when pointed at, and where it leads."""

    x: float
    y: float
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Band:
    """A stretch of the horizontal axis with a name, such as an era."""

    begin: float
    end: float
    name: str


def sparkline(values: Sequence[float], label: str, *, limit: float | None = None) -> Markup:
    """Draw a small line of values, with a dashed limit if it lies near them."""
    if len(values) < 2:  # noqa: PLR2004 - a line has two ends
        return Markup("")
    shown = [*values, *([] if limit is None else [limit])]
    low, high = min(shown), max(shown)
    span = (high - low) or 1.0
    points = " ".join(
        f"{place * 100 / (len(values) - 1):.1f},{22 - (value - low) / span * 20:.1f}"
        for place, value in enumerate(values)
    )
    dashed = ""
    if limit is not None:
        level = f"{22 - (limit - low) / span * 20:.1f}"
        dashed = f'<line class="limit" x1="0" x2="100" y1="{level}" y2="{level}"/>'
    return Markup(  # noqa: S704 - numbers, and an escaped label
        f'<svg class="spark" viewBox="0 0 100 24" preserveAspectRatio="none" role="img" aria-label="{escape(label)}">'
        f'{dashed}<polyline points="{points}"/></svg>'
    )


def trend(dots: Sequence[Dot], bands: Sequence[Band], label: str, *, labels: tuple[str, str]) -> Markup:
    """Draw one dot for each drive over time, eras as bands behind them.

    Args:
        dots: by ``x``.
        bands: in the unit of ``x``.
        label: what the drawing shows, for whoever cannot see it.
        labels: first and last time, as text.
    """
    if not dots:
        return Markup("")
    left, right = dots[0].x, dots[-1].x
    ticks = nice_ticks(min(dot.y for dot in dots), max(dot.y for dot in dots))
    low, high = ticks[0], ticks[-1]

    def across(x: float) -> float:
        inside = min(max((x - left) / ((right - left) or 1.0), 0.0), 1.0)
        return _LEFT + 8 + inside * (_WIDTH - _LEFT - 20)

    def up(y: float) -> float:
        return _TOP + (high - y) / ((high - low) or 1.0) * (_HEIGHT - _TOP - _BOTTOM)

    parts = [
        f'<svg class="trend" viewBox="0 0 {_WIDTH:g} {_HEIGHT:g}" role="group" aria-label="{escape(label)}">',
    ]
    for number, band in enumerate(bands):
        begin, end = across(band.begin), across(band.end)
        if end > begin:
            parts.append(
                f'<rect class="era era{number % 2}" x="{begin:.1f}" y="{_TOP:g}" width="{end - begin:.1f}" '
                f'height="{_HEIGHT - _TOP - _BOTTOM:g}"/>'
                f'<text class="name" x="{begin + 4:.1f}" y="{_TOP + 14:g}">{escape(band.name)}</text>'
            )
    parts += [
        f'<line class="grid" x1="{_LEFT:g}" x2="{_WIDTH:g}" y1="{up(tick):.1f}" y2="{up(tick):.1f}"/>'
        f'<text class="tick" x="{_LEFT - 6:g}" y="{up(tick) + 4:.1f}">{tick:g}</text>'
        for tick in ticks
    ]
    points = " ".join(f"{across(dot.x):.1f},{up(dot.y):.1f}" for dot in dots)
    parts.append(f'<polyline points="{points}"/>')
    parts += [
        f'<a href="{escape(dot.href)}" aria-label="{escape(dot.text)}">'
        f'<circle cx="{across(dot.x):.1f}" cy="{up(dot.y):.1f}" r="4">'
        f"<title>{escape(dot.text)}</title></circle></a>"
        for dot in dots
    ]
    parts.append(
        f'<text class="date" x="{_LEFT:g}" y="{_HEIGHT - 6:g}">{escape(labels[0])}</text>'
        f'<text class="date last" x="{_WIDTH:g}" y="{_HEIGHT - 6:g}">{escape(labels[1])}</text></svg>'
    )
    return Markup("".join(parts))  # noqa: S704 - numbers, and escaped texts


def nice_ticks(low: float, high: float) -> list[float]:
    """Return round numbers from below the lowest value to above the highest."""
    if low == high:
        margin = max(abs(high) * 0.1, 1.0)
        low, high = low - margin, high + margin
    span = high - low
    rough = span / _LINES
    power = 10.0 ** len(f"{int(rough)}") / 10 if rough >= 1 else 1.0
    while power > rough:
        power /= 10
    step = next(power * factor for factor in _STEPS if power * factor >= rough)
    first, last = low // step, -(-high // step)
    return [round(step * place, 10) for place in range(int(first), max(int(last), int(first) + 1) + 1)]
