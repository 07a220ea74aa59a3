"""The cars that can be simulated, and what makes their logs differ."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from types import MappingProxyType


class CarName(StrEnum):
    """Which car is driven."""

    ECLIPSE = "eclipse"
    MODERN = "modern"
    ECONOMY = "economy"


@dataclass(frozen=True, slots=True)
class CarType:
    """One car.

    Args:
        vehicle: columns of the Pi's vehicle_info.
        thermostat_c: where the thermostat begins to open; the coolant settles some 5 to 10 degrees above.
        idle_rpm: warm.
        has_air_mass: whether air mass is read, otherwise manifold pressure in its place.
        has_smart_charging: whether the alternator rests while the car pulls and works while it is pushed.
        reading_seconds: mean time between two readings.
        trim_spread_percent: by how much the long-term trim differs from cell to cell of the engine's map.
    """

    vehicle: Mapping[str, object]
    thermostat_c: float
    idle_rpm: float
    has_air_mass: bool
    has_smart_charging: bool
    reading_seconds: float
    trim_spread_percent: float


CARS: Mapping[CarName, CarType] = MappingProxyType(
    {
        CarName.ECLIPSE: CarType(
            vehicle={
                "vin": "4A3AK54F0WE0SIM01",
                "make": "MITSUBISHI",
                "model": "Eclipse",
                "year": 1998,
                "engine": "2.0 L turbo",
            },
            thermostat_c=83.0,
            idle_rpm=793.0,
            has_air_mass=True,
            has_smart_charging=False,
            reading_seconds=0.133,
            trim_spread_percent=0.0,
        ),
        CarName.MODERN: CarType(
            vehicle={
                "vin": "WBAAA11070SIM0002",
                "make": "BMW",
                "model": "335i",
                "year": 2016,
                "engine": "3.0 L turbo",
            },
            thermostat_c=97.0,
            idle_rpm=690.0,
            has_air_mass=True,
            has_smart_charging=True,
            reading_seconds=0.08,
            trim_spread_percent=0.5,
        ),
        CarName.ECONOMY: CarType(
            vehicle={"vin": "9BRK29BT0E0SIM003", "make": "TOYOTA", "model": "Etios", "year": 2014, "engine": "1.5 L"},
            thermostat_c=80.0,
            idle_rpm=700.0,
            has_air_mass=False,
            has_smart_charging=False,
            reading_seconds=0.23,
            trim_spread_percent=1.2,
        ),
    }
)
