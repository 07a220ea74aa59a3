"""Durations as people read them."""

_MINUTE, _HOUR, _DAY = 60, 3600, 86_400
_IN_HOURS_UP_TO = 4 * _DAY


def duration_text(seconds: float) -> str:
    """Write a duration in its two largest units: ``45 s``, ``1 min 40 s``, ``26 h 10 min``, ``12 d 3 h``."""
    whole = round(seconds)
    if whole < _MINUTE:
        return f"{whole} s"
    if whole < _HOUR:
        return _two(whole, _MINUTE, 1, "min s")
    whole = round(whole / _MINUTE) * _MINUTE
    if whole < _IN_HOURS_UP_TO:
        return _two(whole, _HOUR, _MINUTE, "h min")
    return _two(whole, _DAY, _HOUR, "d h")


def _two(whole: int, large: int, small: int, names: str) -> str:
    first, second = names.split()
    rest = whole % large // small
    return f"{whole // large} {first}" + (f" {rest} {second}" if rest else "")
