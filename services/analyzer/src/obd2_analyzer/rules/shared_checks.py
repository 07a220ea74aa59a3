"""Checks that several rules or families of trouble codes offer."""

from obd2_analyzer.rules.check import Check

AIR_LEAKS = Check(
    "ltft.leaks",
    "With the engine off and cold, look for split, loose or missing hoses and ducts between air filter and engine.",
)
THROTTLE = Check(
    "idle.throttle",
    "Have the throttle body cleaned, and the idle control valve and the vehicle speed sensor tested.",
)
IGNITION = Check(
    "idle.ignition",
    "Have spark plugs, leads and coils inspected: misfires, heat range, gap and signs of knock.",
)
OCTANE = Check(
    "timing.fuel",
    "Fill up with fuel of the octane the engine asks for, from a busy station.",
)
GENTLE = Check(
    "knock_retard.gentle",
    "No full throttle and no high load at low engine speed before it is explained.",
)
FUEL_PRESSURE = Check(
    "ltft.fuel_pressure",
    "Have fuel pressure under load, fuel filter and the pump's supply voltage tested; do not open fuel lines yourself.",
)
INJECTORS = Check(
    "codes.fuel_supply",
    "Have the injectors, their wiring, the fuel supply and the tank venting valve tested at a workshop.",
)
AIR_MASS_SENSOR = Check(
    "maf.sensor",
    "Have the air mass sensor inspected and cleaned with a cleaner made for it.",
)
OXYGEN_SENSOR = Check(
    "o2.sensor",
    "Have the front oxygen sensor tested before other parts are renewed: it ages and is renewed as a matter of course.",
)
CONNECTOR = Check(
    "watch.connector",
    "With the engine off and everything cold, look at the sensor's connector and wire: dirt, damp, loose "
    "pins, chafed places.",
)
EXHAUST = Check(
    "codes.exhaust",
    "Have the exhaust tested for leaks between engine and rear sensor: they look like a bad sensor or catalyst.",
)
CATALYST_TEST = Check(
    "catalyst.test",
    "Have the catalyst tested with both oxygen sensors, and misfires, oil consumption and a rich mixture "
    "ruled out before it is renewed.",
)
TERMINALS = Check(
    "battery.terminals",
    "With the engine off and the key out, check that battery terminals, earth straps and the alternator's "
    "cable are clean and tight.",
)
BATTERY_TEST = Check(
    "battery.charging_test",
    "Have battery, alternator and its regulator tested under load: a weak battery's voltage sinks far while cranking.",
)
COOLANT_LEVEL = Check(
    "coolant.level",
    "With the engine cold, check the coolant level at the marks of the expansion tank and look for wet or "
    "crusted spots around hoses and radiator.",
)
READ_OUT = Check(
    "trouble_codes.read",
    "Read the codes and their freeze frames with a scan tool and write them down; have the cause mended "
    "before anything is erased.",
)
