"""The numbers of facts, rules and grade: as shipped, with others laid over them section by section, validated."""

import tomllib
from collections.abc import Iterator, Mapping
from difflib import get_close_matches
from pathlib import Path
from typing import Any

from pydantic import ValidationError, create_model

from obd2_analyzer.facts.limits import HistoryLimits, Limits, Sampling
from obd2_analyzer.grade import GradeLimits
from obd2_analyzer.rules import RULES, LimitsOf
from obd2_common.errors import ConfigurationError

Sections = Mapping[str, Any]
"""Numbers that differ, by section, as an operator's file or a profile names them."""
NO_SECTIONS: Sections = {}


class Thresholds(Limits):
    """All numbers, a section each; every rule has one under its own name."""

    sampling: Sampling = Sampling()
    history: HistoryLimits = HistoryLimits()
    grade: GradeLimits = GradeLimits()

    @property
    def rules(self) -> LimitsOf:
        """Return the limits of every rule by its name."""
        return {name: getattr(self, name) for name in RULES}


_WithRules: type[Thresholds] = create_model(
    "Thresholds",
    __base__=Thresholds,
    **{name: (type(rule.limits), rule.limits) for name, rule in RULES.items()},  # type: ignore[call-overload]
)
SHIPPED = _WithRules()


def thresholds_with(*layers: Sections) -> Thresholds:
    """Return the shipped numbers with layers of others laid over them, the last one on top.

    Raises:
        ValidationError: a number cannot be used, or has a name nobody knows.
    """
    merged: Sections = SHIPPED.model_dump()
    for layer in layers:
        merged = laid_over(merged, layer)
    return _WithRules.model_validate(merged)


def laid_over(below: Sections, above: Sections) -> dict[str, Any]:
    """Return sections with others on top."""
    merged = dict(below)
    for name, value in above.items():
        known = merged.get(name)
        merged[name] = laid_over(known, value) if isinstance(known, Mapping) and isinstance(value, Mapping) else value
    return merged


def numbers_in(sections: Sections, above: str = "") -> Iterator[tuple[str, Any]]:
    """Yield every number of some sections with its whole name, such as ``coolant.alert_celsius``."""
    for name, value in sections.items():
        if isinstance(value, Mapping):
            yield from numbers_in(value, f"{above}{name}.")
        else:
            yield f"{above}{name}", value


def problems_of(error: ValidationError) -> list[str]:
    """Say in a line each what is wrong with some sections; a name nobody knows with the nearest one that exists."""
    return [_problem(one["loc"], one["type"], one["msg"]) for one in error.errors(include_url=False)]


def unknown_name(name: str, known: list[str]) -> str:
    """Say that a name is not known, and which one may be meant."""
    near = get_close_matches(name, known, n=1, cutoff=0.6)
    return f"is not known; did you mean {near[0]}?" if near else "is not known"


def _problem(place: tuple[int | str, ...], kind: str, message: str) -> str:
    whole = ".".join(str(part) for part in place)
    if kind != "extra_forbidden":
        return f"{whole}: {message.removeprefix('Value error, ')}"
    section: Any = SHIPPED
    for part in place[:-1]:
        section = getattr(section, str(part), None)
    known = list(type(section).model_fields) if isinstance(section, Limits) else []
    return f"{whole}: {unknown_name(str(place[-1]), known)}"


class OperatorLimits:
    """What an operator wants for every car: a file, which may change while the analyzer runs, and single settings.

    Args:
        file: TOML, section by section; None where there is none.
        settings: sections that count more than the file's.

    Raises:
        ConfigurationError: the file cannot be read, or a number in it cannot be used.
    """

    def __init__(self, file: Path | None = None, settings: Sections = NO_SECTIONS) -> None:
        self._file, self._settings = file, settings
        self._text, self.sections, self.thresholds = self._read()

    def reload(self) -> bool:
        """Read the file again; tell whether it changed. What was read before stays when it cannot be used.

        Raises:
            ConfigurationError: as at the beginning.
        """
        before = self._text
        self._text, self.sections, self.thresholds = self._read()
        return self._text != before

    def _read(self) -> tuple[str, Sections, Thresholds]:
        try:
            text = "" if self._file is None else self._file.read_text("utf-8")
            sections = laid_over(tomllib.loads(text), self._settings)
            return text, sections, thresholds_with(sections)
        except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
            raise ConfigurationError(f"the thresholds file {self._file} cannot be read: {error}") from error
        except ValidationError as error:
            raise ConfigurationError(f"the thresholds file {self._file}: {problems_of(error)[0]}") from error


def load_thresholds(override: Path | None = None) -> Thresholds:
    """Return the shipped numbers, with an operator's file laid over them section by section.

    Raises:
        ConfigurationError: the operator's file cannot be read, or a number in it cannot be used.
    """
    return OperatorLimits(override).thresholds
