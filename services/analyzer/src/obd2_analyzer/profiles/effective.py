"""The limits that hold for a car: shipped ones, its profile, the operator's file, in their order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from obd2_analyzer.profiles.profile import (
    SHIPPED_PROFILES,
    Car,
    Profile,
    default_profile,
    limits_by_facts,
    missing_parameters,
    shipped_profile,
)
from obd2_analyzer.thresholds import NO_SECTIONS, SHIPPED, Sections, Thresholds, numbers_in, thresholds_with

OPERATORS_FILE = "operator's file"
_SHIPPED_ORIGINS = frozenset(f"profile {name}" for name in SHIPPED_PROFILES)

Layer = tuple[str, Sections]
"""Where limits come from, in words, and the limits."""


@dataclass(frozen=True, slots=True)
class AppliedProfile:
    """What a drive was judged by: the profile, the car it tells of, and where limits come from.

    ``origins`` names the limits that are not as shipped. ``lacks`` are parameters the car does not have.
    """

    name: str = ""
    car: str = ""
    lacks: frozenset[str] = frozenset()
    origins: Mapping[str, str] = field(default_factory=dict)


def limits_of(
    source_device: str, chosen: Profile | None = None, operators: Sections = NO_SECTIONS
) -> tuple[Thresholds, AppliedProfile]:
    """Return the limits for a device's drives and where they come from.

    What is more about this car counts more: a profile somebody set for it lies over the operator's file, the one it
    has by default lies below.

    Args:
        source_device: whose drives.
        chosen: the profile set for it; None: the default one.
        operators: the operator's limits for every car.
    """
    default = default_profile(source_device)
    of_operator: Layer = (OPERATORS_FILE, operators)
    if chosen is None:
        profile, base, layers = default, default, [*_layers(default), of_operator]
    elif chosen.is_shipped:
        profile, base, layers = chosen, chosen, [of_operator, *_layers(chosen)]
    else:
        base = default if chosen.car.based_on is None else shipped_profile(chosen.car.based_on)
        profile, layers = chosen, [*_layers(base), of_operator, *_layers(chosen)]
    thresholds = thresholds_with(*(sections for _, sections in layers))
    car = _together(base.car, profile.car)
    own_name = profile.car.name or profile.name
    return thresholds, AppliedProfile(profile.name, own_name, missing_parameters(car), _origins(layers, thresholds))


def _layers(profile: Profile) -> list[Layer]:
    told = f"profile {profile.name}"
    return [*((f"{told}: {fact}", limits) for fact, limits in limits_by_facts(profile.car)), (told, profile.limits)]


def _together(base: Car, own: Car) -> Car:
    return base.model_copy(update=own.model_dump(exclude_none=True))


def _origins(layers: list[Layer], thresholds: Thresholds) -> dict[str, str]:
    shipped, current = (dict(numbers_in(each.model_dump())) for each in (SHIPPED, thresholds))
    named = {name: origin for origin, sections in layers for name, _ in numbers_in(sections)}
    return {
        name: named[name]
        for name, value in current.items()
        if name in named and (value != shipped.get(name) or named[name].partition(":")[0] not in _SHIPPED_ORIGINS)
    }


def limit_named(thresholds: Thresholds, name: str) -> Any:  # noqa: ANN401 - whatever a section holds
    """Return one limit by its whole name, such as ``coolant.alert_celsius``."""
    found: Any = thresholds.model_dump()
    for part in name.split("."):
        found = found[part]
    return found


def disorder(thresholds: Thresholds) -> list[str]:
    """Say where a milder limit lies beyond a severer one, so that it would never be reached."""
    return [
        f"{section}.{mild}: {one:g} lies beyond {section}.{severe} with {other:g}; set both"
        for section, mild, severe, direction in _ORDER
        if (one := getattr(thresholds.rules[section], mild)) * direction
        > (other := getattr(thresholds.rules[section], severe)) * direction
    ]


_ORDER = (
    ("coolant", "alert_celsius", "warning_celsius", 1),
    ("coolant", "warning_celsius", "stop_above_celsius", 1),
    ("battery", "alert_below_volts", "stop_below_volts", -1),
    ("battery", "overcharge_alert_above_volts", "overcharge_warning_above_volts", 1),
    ("thermostat", "warm_celsius", "alert_below_celsius", -1),
)
"""Section, milder limit, severer limit, and in which direction things get worse."""
