"""What people call the parameters of a car and the rules about them, and the one unit each parameter has here."""

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

UNIT_OF = {
    "RPM": "rpm",
    "SPEED": "km/h",
    "COOLANT_TEMP": "°C",
    "INTAKE_TEMP": "°C",
    "ENGINE_LOAD": "%",
    "THROTTLE_POS": "%",
    "SHORT_FUEL_TRIM_1": "%",
    "LONG_FUEL_TRIM_1": "%",
    "SHORT_FUEL_TRIM_2": "%",
    "LONG_FUEL_TRIM_2": "%",
    "MAF": "g/s",
    "TIMING_ADVANCE": "°",
    "O2_B1S1": "V",
    "O2_BANK1_SENSOR2_V": "V",
    "BATTERY_V": "V",
    "CONTROL_MODULE_VOLTAGE": "V",
    "FUEL_SYSTEM_STATUS": "",
    "MIL_ON": "",
    "DTC_COUNT": "count",
    "RUNTIME_SEC": "s",
    "BAROMETRIC_KPA": "kPa",
    "INTAKE_PRESSURE": "kPa",
    "FUEL_PRESSURE": "kPa",
}

_RULES = {
    "coolant": "coolant temperature",
    "iat": "intake air temperature",
    "ltft": "long-term fuel trim",
    "maf": "air mass",
    "o2": "front oxygen sensor",
    "stft": "short-term fuel trim",
}


def plain_name(parameter: str) -> str:
    """Return what people call a parameter; one without such a name keeps its own."""
    return PLAIN_NAMES.get(parameter, parameter)


def plain_rule(rule: str) -> str:
    """Return what people call a rule."""
    return _RULES.get(rule, rule.replace("_", " "))
