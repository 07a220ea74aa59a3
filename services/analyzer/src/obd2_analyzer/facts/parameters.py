"""Parameter names and units as they come from the car, and the one name and unit each has here."""

from obd2_analyzer.facts.units import Conversion, conversion_of, says_nothing
from obd2_common.plain_names import UNIT_OF

RPM = "RPM"
SPEED = "SPEED"
COOLANT_TEMP = "COOLANT_TEMP"
INTAKE_TEMP = "INTAKE_TEMP"
ENGINE_LOAD = "ENGINE_LOAD"
THROTTLE_POS = "THROTTLE_POS"
SHORT_FUEL_TRIM_1 = "SHORT_FUEL_TRIM_1"
LONG_FUEL_TRIM_1 = "LONG_FUEL_TRIM_1"
MAF = "MAF"
TIMING_ADVANCE = "TIMING_ADVANCE"
O2_B1S1 = "O2_B1S1"
O2_B1S2 = "O2_BANK1_SENSOR2_V"
BATTERY_V = "BATTERY_V"
CONTROL_MODULE_VOLTAGE = "CONTROL_MODULE_VOLTAGE"
FUEL_SYSTEM_STATUS = "FUEL_SYSTEM_STATUS"
MIL_ON = "MIL_ON"
DTC_COUNT = "DTC_COUNT"

FUEL_TRIMS = frozenset({SHORT_FUEL_TRIM_1, LONG_FUEL_TRIM_1, "SHORT_FUEL_TRIM_2", "LONG_FUEL_TRIM_2"})

CLOSED_LOOP = 2.0
"""The value of FUEL_SYSTEM_STATUS in closed loop without a fault."""

LABEL_VALUES: dict[str, dict[str, float]] = {
    FUEL_SYSTEM_STATUS: {
        "UNKNOWN": 0.0,
        "OL": 1.0,
        "CL": CLOSED_LOOP,
        "OL-DRIVE": 3.0,
        "OL-FAULT": 4.0,
        "CL-FAULT": 5.0,
    },
    MIL_ON: {"OFF": 0.0, "ON": 1.0},
}
"""Parameters whose unit text is a label, and the value each label stands for."""

ALIASES = {
    "ENGINE_RPM": RPM,
    "VEHICLE_SPEED": SPEED,
    "COOLANT": COOLANT_TEMP,
    "ENGINE_COOLANT_TEMP": COOLANT_TEMP,
    "IAT": INTAKE_TEMP,
    "INTAKE_AIR_TEMP": INTAKE_TEMP,
    "LOAD": ENGINE_LOAD,
    "THROTTLE": THROTTLE_POS,
    "THROTTLE_POSITION": THROTTLE_POS,
    "STFT": SHORT_FUEL_TRIM_1,
    "SHORT_TERM_FUEL_TRIM_1": SHORT_FUEL_TRIM_1,
    "LTFT": LONG_FUEL_TRIM_1,
    "LONG_TERM_FUEL_TRIM_1": LONG_FUEL_TRIM_1,
    "TIMING": TIMING_ADVANCE,
    "O2_BANK1_SENSOR1_V": O2_B1S1,
    "O2_BANK1_SENSOR1": O2_B1S1,
    "O2_B1S2": O2_B1S2,
    "O2_BANK1_SENSOR2": O2_B1S2,
    "BATTERY_VOLTAGE": BATTERY_V,
    "ELM_VOLTAGE": BATTERY_V,
    "FUEL_STATUS": FUEL_SYSTEM_STATUS,
    "RUN_TIME": "RUNTIME_SEC",
    "BAROMETRIC_PRESSURE": "BAROMETRIC_KPA",
    "BAROMETRIC_PRESSURE_KPA": "BAROMETRIC_KPA",
}


def canonical_name(name: str) -> str:
    """Return the one name a parameter has here; a name nobody knows stays as it is."""
    stripped = name.strip()
    upper = stripped.upper()
    return ALIASES.get(upper, upper if upper in UNIT_OF else stripped)


def conversion_for(parameter: str, unit_text: str | None) -> Conversion | None:
    """Tell how a value with this unit text becomes one of our unit; None when the text is no unit of the parameter.

    Where a log names no unit the number is taken to be in ours. A label is no unit. Of a parameter nobody knows here
    every unit is taken: a known one is converted, another stays as it is.

    Args:
        parameter: canonical name.
        unit_text: as the Pi sent it.
    """
    ours = UNIT_OF.get(parameter)
    if says_nothing(unit_text) or parameter in LABEL_VALUES:
        return Conversion(ours or "")
    text = unit_text or ""
    written = conversion_of(text)
    if ours is None:
        return written or Conversion(text.strip())
    return written if written is not None and written.unit == ours else None


def label_value(parameter: str, unit_text: str | None) -> float | None:
    """Return the value a label stands for, where the unit text of this parameter is a label and a known one."""
    return LABEL_VALUES.get(parameter, {}).get((unit_text or "").strip().upper())
