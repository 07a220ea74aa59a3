"""The units values are shown in: those they are stored in, or those of an American dashboard."""

from enum import StrEnum

_IMPERIAL = {
    "°C": ("°F", 1.8, 32.0),
    "km/h": ("mph", 1 / 1.609344, 0.0),
    "km": ("mi", 1 / 1.609344, 0.0),
    "kPa": ("psi", 1 / 6.894757, 0.0),
}
"""By stored unit: the unit shown, and factor and offset that lead to it."""


class UnitSystem(StrEnum):
    """What somebody chose to read values in; a unit it has no other for stays as it is stored."""

    METRIC = "metric"
    IMPERIAL = "imperial"

    def unit(self, unit: str | None) -> str:
        """Return the unit a value is shown in, empty for none."""
        return self._shown(unit)[0]

    def converted(self, value: float, unit: str | None) -> float:
        """Return a value in the unit it is shown in."""
        _, factor, offset = self._shown(unit)
        return value * factor + offset

    def difference(self, value: float, unit: str | None) -> float:
        """Return the difference of two values, such as a standard deviation, in the unit it is shown in."""
        return value * self._shown(unit)[1]

    def _shown(self, unit: str | None) -> tuple[str, float, float]:
        as_stored = (unit or "", 1.0, 0.0)
        return _IMPERIAL.get(unit or "", as_stored) if self is UnitSystem.IMPERIAL else as_stored
