"""What people call the parameters of a car."""

PLAIN_NAMES = {
    "RPM": "engine speed",
    "SPEED": "vehicle speed",
    "COOLANT_TEMP": "coolant temperature",
    "INTAKE_TEMP": "intake air temperature",
    "ENGINE_LOAD": "engine load",
    "THROTTLE_POS": "throttle position",
    "SHORT_FUEL_TRIM_1": "short-term fuel trim",
    "LONG_FUEL_TRIM_1": "long-term fuel trim",
    "SHORT_FUEL_TRIM_2": "short-term fuel trim of bank 2",
    "LONG_FUEL_TRIM_2": "long-term fuel trim of bank 2",
    "MAF": "air mass",
    "TIMING_ADVANCE": "ignition timing",
    "O2_B1S1": "front oxygen sensor",
    "O2_BANK1_SENSOR2_V": "rear oxygen sensor",
    "BATTERY_V": "system voltage",
    "CONTROL_MODULE_VOLTAGE": "control module voltage",
    "FUEL_SYSTEM_STATUS": "fuel system status",
    "MIL_ON": "engine warning lamp",
    "DTC_COUNT": "number of stored trouble codes",
    "RUNTIME_SEC": "time since engine start",
    "BAROMETRIC_KPA": "air pressure",
    "INTAKE_PRESSURE": "intake manifold pressure",
    "FUEL_PRESSURE": "fuel pressure",
}


def plain_name(parameter: str) -> str:
    """Return what people call a parameter; one without such a name keeps its own."""
    return PLAIN_NAMES.get(parameter, parameter)
