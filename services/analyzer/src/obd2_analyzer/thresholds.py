"""The numbers of facts, rules and grade: as shipped, with an operator's file laid over them, validated."""

import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import ValidationError, create_model

from obd2_analyzer.facts.limits import HistoryLimits, Limits, Sampling
from obd2_analyzer.grade import GradeLimits
from obd2_analyzer.rules import RULES, LimitsOf
from obd2_common.errors import ConfigurationError


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


def load_thresholds(override: Path | None = None) -> Thresholds:
    """Return the shipped numbers, with an operator's file laid over them section by section.

    Raises:
        ConfigurationError: the operator's file cannot be read, or a number in it cannot be used.
    """
    shipped = _WithRules()
    if override is None:
        return shipped
    try:
        own = tomllib.loads(override.read_text("utf-8"))
        return _WithRules.model_validate(_merged(shipped.model_dump(), own))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise ConfigurationError(f"the thresholds file {override} cannot be read: {error}") from error
    except ValidationError as error:
        first = error.errors(include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ConfigurationError(f"the thresholds file {override}: {place}: {first['msg']}") from error


def _merged(shipped: Mapping[str, Any], own: Mapping[str, Any]) -> dict[str, Any]:
    merged = dict(shipped)
    for name, value in own.items():
        known = merged.get(name)
        merged[name] = _merged(known, value) if isinstance(known, Mapping) and isinstance(value, Mapping) else value
    return merged
