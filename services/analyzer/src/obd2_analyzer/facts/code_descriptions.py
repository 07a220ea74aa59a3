"""What a trouble code means, in our own words: the common generic codes, else the family its digits name."""

import re
from types import MappingProxyType

CODE = re.compile(r"[PCBU][0-3][0-9A-F]{3}")
"""A code as the standard writes it."""

MISFIRES = frozenset(f"P{number:04d}" for number in range(300, 313))
"""P0300 to P0312: misfires, whichever cylinder."""

_COMMON = {
    "P0010": "Intake camshaft adjuster circuit, bank 1",
    "P0011": "Intake camshaft too far advanced, bank 1",
    "P0016": "Crankshaft and camshaft do not match, bank 1 sensor A",
    "P0030": "Oxygen sensor heater circuit, bank 1 sensor 1",
    "P0068": "Intake pressure or air mass does not fit the throttle",
    "P0087": "Fuel pressure too low",
    "P0088": "Fuel pressure too high",
    "P0100": "Air mass sensor circuit",
    "P0101": "Air mass sensor reads out of its range",
    "P0102": "Air mass sensor signal too low",
    "P0103": "Air mass sensor signal too high",
    "P0105": "Intake pressure sensor circuit",
    "P0106": "Intake pressure sensor reads out of its range",
    "P0107": "Intake pressure sensor signal too low",
    "P0108": "Intake pressure sensor signal too high",
    "P0110": "Intake air temperature sensor circuit",
    "P0111": "Intake air temperature sensor reads out of its range",
    "P0112": "Intake air temperature sensor signal too low",
    "P0113": "Intake air temperature sensor signal too high",
    "P0115": "Coolant temperature sensor circuit",
    "P0116": "Coolant temperature sensor reads out of its range",
    "P0117": "Coolant temperature sensor signal too low",
    "P0118": "Coolant temperature sensor signal too high",
    "P0120": "Throttle position sensor circuit",
    "P0121": "Throttle position sensor reads out of its range",
    "P0122": "Throttle position sensor signal too low",
    "P0123": "Throttle position sensor signal too high",
    "P0125": "Coolant not warm enough for closed loop",
    "P0128": "Coolant stays below the temperature of the thermostat",
    "P0130": "Oxygen sensor circuit, bank 1 sensor 1",
    "P0131": "Oxygen sensor voltage too low, bank 1 sensor 1",
    "P0132": "Oxygen sensor voltage too high, bank 1 sensor 1",
    "P0133": "Oxygen sensor too slow, bank 1 sensor 1",
    "P0134": "Oxygen sensor shows no activity, bank 1 sensor 1",
    "P0135": "Oxygen sensor heater, bank 1 sensor 1",
    "P0136": "Oxygen sensor circuit, bank 1 sensor 2",
    "P0137": "Oxygen sensor voltage too low, bank 1 sensor 2",
    "P0138": "Oxygen sensor voltage too high, bank 1 sensor 2",
    "P0139": "Oxygen sensor too slow, bank 1 sensor 2",
    "P0140": "Oxygen sensor shows no activity, bank 1 sensor 2",
    "P0141": "Oxygen sensor heater, bank 1 sensor 2",
    "P0171": "Mixture too lean, bank 1",
    "P0172": "Mixture too rich, bank 1",
    "P0174": "Mixture too lean, bank 2",
    "P0175": "Mixture too rich, bank 2",
    "P0217": "Engine too hot",
    "P0219": "Engine overspeed",
    "P0220": "Second throttle position sensor circuit",
    "P0230": "Fuel pump circuit",
    "P0234": "Boost pressure too high",
    "P0299": "Boost pressure too low",
    "P0300": "Misfires on several cylinders, or on changing ones",
    "P0325": "Knock sensor circuit, bank 1",
    "P0327": "Knock sensor signal too low, bank 1",
    "P0328": "Knock sensor signal too high, bank 1",
    "P0335": "Crankshaft position sensor circuit",
    "P0336": "Crankshaft position sensor reads out of its range",
    "P0340": "Camshaft position sensor circuit, bank 1",
    "P0341": "Camshaft position sensor reads out of its range, bank 1",
    "P0400": "Exhaust gas recirculation flow",
    "P0401": "Exhaust gas recirculation flow too low",
    "P0402": "Exhaust gas recirculation flow too high",
    "P0403": "Exhaust gas recirculation control circuit",
    "P0411": "Secondary air flow wrong",
    "P0420": "Catalyst less effective than it must be, bank 1",
    "P0421": "Catalyst less effective during warm-up, bank 1",
    "P0430": "Catalyst less effective than it must be, bank 2",
    "P0440": "Fuel vapour system",
    "P0441": "Fuel vapour purge flow wrong",
    "P0442": "Small leak in the fuel vapour system",
    "P0443": "Fuel vapour purge valve circuit",
    "P0446": "Fuel vapour vent control circuit",
    "P0455": "Large leak in the fuel vapour system",
    "P0456": "Very small leak in the fuel vapour system",
    "P0463": "Fuel level sensor signal too high",
    "P0480": "Radiator fan 1 control circuit",
    "P0500": "Vehicle speed sensor",
    "P0505": "Idle speed control",
    "P0506": "Idle speed lower than commanded",
    "P0507": "Idle speed higher than commanded",
    "P0520": "Oil pressure sensor circuit",
    "P0524": "Oil pressure too low",
    "P0560": "System voltage out of its range",
    "P0562": "System voltage too low",
    "P0563": "System voltage too high",
    "P0601": "Engine computer: memory checksum",
    "P0605": "Engine computer: read-only memory",
    "P0606": "Engine computer: processor",
    "P0700": "The transmission computer asks for the lamp",
    "P0715": "Transmission input speed sensor circuit",
    "P0720": "Transmission output speed sensor circuit",
    "P0740": "Torque converter clutch circuit",
    "P2096": "Mixture after the catalyst too lean, bank 1",
    "P2097": "Mixture after the catalyst too rich, bank 1",
    "P2135": "Throttle or pedal sensors contradict each other",
    "P2187": "Mixture too lean at idle, bank 1",
    "P2195": "Oxygen sensor stuck lean, bank 1 sensor 1",
    "P2196": "Oxygen sensor stuck rich, bank 1 sensor 1",
    "U0100": "No communication with the engine computer",
    "U0101": "No communication with the transmission computer",
    "U0121": "No communication with the brake computer",
}
_COMMON |= {f"P02{number:02d}": f"Injector circuit, cylinder {number}" for number in range(1, 13)}
_COMMON |= {f"P03{number:02d}": f"Misfire on cylinder {number}" for number in range(1, 13)}
_COMMON |= {f"P03{number + 50}": f"Ignition coil circuit {'ABCDEFGHIJKL'[number - 1]}" for number in range(1, 13)}
COMMON = MappingProxyType(_COMMON)

_POWERTRAIN = {
    "0": "fuel, air or emission control",
    "1": "fuel and air metering",
    "2": "fuel injection",
    "3": "ignition or misfire",
    "4": "emission control",
    "5": "speed, idle control or electrical supply",
    "6": "engine computer or its outputs",
    "7": "transmission",
    "8": "transmission",
    "9": "transmission",
    "A": "hybrid drive",
    "B": "hybrid drive",
    "C": "hybrid drive",
}
_POWERTRAIN_2 = _POWERTRAIN | {"1": "fuel, air or throttle", "2": "fuel, air or exhaust sensors", "A": "oxygen sensors"}
_SYSTEMS = {"P": "powertrain", "C": "chassis", "B": "body", "U": "network"}


def describe_code(code: str) -> str:
    """Return what a code means, as a phrase without a full stop."""
    known = COMMON.get(code)
    if known is not None:
        return known
    if not CODE.fullmatch(code):
        return "Not a standard code"
    system, kind, group = _SYSTEMS[code[0]], code[1], code[2]
    if kind == "1" or (kind in "23" and code[0] != "P") or (code[0] == "P" and kind == "3" and group in "0123"):
        return f"Maker's own {system} code"
    groups = {"0": _POWERTRAIN, "2": _POWERTRAIN_2}.get(kind, {}) if code[0] == "P" else {}
    subject = groups.get(group)
    return f"{system.capitalize()} code: {subject}" if subject else f"{system.capitalize()} code"
