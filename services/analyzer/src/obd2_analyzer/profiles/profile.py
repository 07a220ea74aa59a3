"""A vehicle profile: a TOML file with facts about a car and limits of its own."""

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any, Literal

from pydantic import Field, ValidationError, field_validator

from obd2_analyzer.facts.limits import Limits
from obd2_analyzer.facts.parameters import MAF, canonical_name
from obd2_analyzer.thresholds import Sections, problems_of, thresholds_with, unknown_name
from obd2_common.errors import InvalidInputError
from obd2_common.plain_names import UNIT_OF

ECLIPSE, GENERIC = "eclipse", "generic"
SHIPPED_PROFILES = (ECLIPSE, GENERIC)
ECLIPSE_DEVICES = ("chi-eclipse-*", "sim-eclipse-*", "eclipse-*")
"""The ids under which the owner's car sends, or is simulated."""
MANIFOLD_PRESSURE = "INTAKE_PRESSURE"
HOTTEST_ALERT_CELSIUS = 108.0
"""However hot its thermostat, a car whose coolant stays at this is worth a look."""


class Car(Limits):
    """What a profile tells about the car itself; what it leaves out is as in the profile it is based on."""

    name: str | None = Field(None, min_length=1, max_length=80, description="what people call the car")
    based_on: Literal["eclipse", "generic"] | None = Field(
        None, description="the shipped profile below this one; absent: the one the device would have"
    )
    thermostat_celsius: float | None = Field(
        None, ge=60, le=115, description="at which it opens; coolant, thermostat and warm engine are judged by it"
    )
    smart_charging: bool | None = Field(
        None, description="the alternator rests and works as it likes: voltage moves, and up to 15.2 V is normal"
    )
    air: Literal["MAF", "MAP", "both"] | None = Field(
        None, description="whether air mass or manifold pressure is measured: the car has no other"
    )
    lacks: frozenset[str] | None = Field(
        None, description="parameters the car does not have; what is read of them is not judged"
    )

    @field_validator("lacks")
    @classmethod
    def parameters_are_known(cls, names: frozenset[str] | None) -> frozenset[str] | None:
        """Refuse a parameter nobody knows here; another spelling becomes the one name."""
        if names is None:
            return None
        canonical = frozenset(canonical_name(name) for name in names)
        strange = sorted(canonical - UNIT_OF.keys())
        if strange:
            raise ValueError(f"{strange[0]} {unknown_name(strange[0].upper(), list(UNIT_OF))}")
        return canonical


@dataclass(frozen=True, slots=True)
class Profile:
    """A profile as written: its name, the facts it tells, the limits it names."""

    name: str
    car: Car
    limits: Sections

    @property
    def is_shipped(self) -> bool:
        """Tell whether it comes with the program."""
        return self.name in SHIPPED_PROFILES


def read_profile(name: str, text: str) -> Profile:
    """Read a profile: facts in ``[car]``, limits in the sections of an operator's file.

    Raises:
        InvalidInputError: it cannot be used; every problem is named, a line each.
    """
    try:
        sections = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise InvalidInputError(f"profile {name} is no TOML: {error}") from error
    facts = sections.pop("car", {})
    car, problems = Car(), []
    try:
        car = Car.model_validate(facts)
    except ValidationError as error:
        problems += [_of_car(one) for one in error.errors(include_url=False)]
    try:
        thresholds_with(sections)
    except ValidationError as error:
        problems += problems_of(error)
    if problems:
        raise InvalidInputError("\n".join([f"profile {name} cannot be used:", *problems]))
    return Profile(name, car, MappingProxyType(sections))


@cache
def shipped_profile(name: str) -> Profile:
    """Return a profile that comes with the program."""
    return read_profile(name, files(__package__).joinpath(f"{name}.toml").read_text("utf-8"))


def default_profile(source_device: str) -> Profile:
    """Return the profile of a device for which none was set."""
    is_eclipse = any(fnmatchcase(source_device, pattern) for pattern in ECLIPSE_DEVICES)
    return shipped_profile(ECLIPSE if is_eclipse else GENERIC)


def missing_parameters(car: Car) -> frozenset[str]:
    """Return what the car does not have, as far as its profile tells."""
    by_air = {"MAF": {MANIFOLD_PRESSURE}, "MAP": {MAF}}.get(car.air or "", set())
    return (car.lacks or frozenset()) | by_air


def limits_by_facts(car: Car) -> list[tuple[str, dict[str, Any]]]:
    """Return the limits that follow from facts about a car, each with the fact in words."""
    found: list[tuple[str, dict[str, Any]]] = []
    if car.thermostat_celsius is not None:
        found.append((f"thermostat {car.thermostat_celsius:g} °C", _by_thermostat(car.thermostat_celsius)))
    if car.smart_charging:
        volts = {"battery": {"overcharge_alert_above_volts": 15.2}, "drift": {"system_volts": 1.5}}
        found.append(("smart charging", volts))
    return found


def _by_thermostat(opens_at: float) -> dict[str, Any]:
    alert = min(opens_at + 14.0, HOTTEST_ALERT_CELSIUS)
    return {
        "coolant": {"alert_celsius": alert, "warning_celsius": alert + 4.0, "stop_above_celsius": alert + 8.0},
        "thermostat": {
            "warm_celsius": min(opens_at - 12.0, 75.0),
            "alert_below_celsius": min(opens_at - 22.0, 65.0),
        },
        "sampling": {"warm_coolant_celsius": min(opens_at - 2.0, 80.0)},
    }


def _of_car(error: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in ("car", *error["loc"]))
    if error["type"] == "extra_forbidden":
        return f"{place}: {unknown_name(str(error['loc'][-1]), list(Car.model_fields))}"
    return f"{place}: {error['msg'].removeprefix('Value error, ')}"
