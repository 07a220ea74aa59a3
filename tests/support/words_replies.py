"""True sentences about the troubled drive, in many ways of writing, for tests."""

from typing import Any

from obd2_analyzer.advice.evidence import Kind
from support.words_case import evidence_of, item

Reply = dict[str, Any]


def true_items() -> list[Reply]:
    """Return items that say nothing but what their evidence says, in many ways of writing it."""
    coolant = evidence_of(Kind.FINDING, "COOLANT_TEMP")
    battery = evidence_of(Kind.FINDING, "BATTERY_V")
    trim = evidence_of(Kind.FINDING, "LONG_FUEL_TRIM_1")
    timing = evidence_of(Kind.FINDING, "TIMING_ADVANCE")
    hot = evidence_of(Kind.ANOMALY, "COOLANT_TEMP")
    lean = evidence_of(Kind.ANOMALY, "LONG_FUEL_TRIM_1")
    weak = evidence_of(Kind.ANOMALY, "BATTERY_V")
    air_trend = evidence_of(Kind.TREND, "INTAKE_TEMP")
    trim_trend = evidence_of(Kind.TREND, "SHORT_FUEL_TRIM_1")
    pair = evidence_of(Kind.CORRELATION, "INTAKE_TEMP", "SHORT_FUEL_TRIM_1")
    drive = evidence_of(Kind.DRIVE)
    coolant_all = evidence_of(Kind.STATISTIC, "COOLANT_TEMP")
    rpm = evidence_of(Kind.STATISTIC, "RPM")
    speed = evidence_of(Kind.STATISTIC, "SPEED")
    air = evidence_of(Kind.STATISTIC, "INTAKE_TEMP")
    short = evidence_of(Kind.STATISTIC, "SHORT_FUEL_TRIM_1")
    return [
        item("COOLANT_TEMP reached 105.2 °C; check coolant level, thermostat and fan.", coolant, category="Cooling"),
        item("COOLANT_TEMP peaked at 105.2 °C, above the limit of 104.0 °C.", coolant, category="Cooling"),
        item("COOLANT_TEMP reached 105 °C for 100 s. Check the radiator fan.", coolant, category="Cooling"),
        item("COOLANT_TEMP rose to 221 °F for 1 min 40 s; inspect the thermostat.", coolant, category="Cooling"),
        item("COOLANT_TEMP hit 105.2°C at 12:10 UTC, over the 104 °C limit.", coolant, category="Cooling"),
        item("Coolant temperature reached 105.2 degrees Celsius: see the water pump.", coolant, category="Cooling"),
        item("A STOP finding: COOLANT_TEMP peak 105.2 °C from 12:10:00 to 12:11:40.", coolant, category="Cooling"),
        item("COOLANT_TEMP averaged 92.2 °C where 88.5 °C is usual.", hot, category="Cooling"),
        item("COOLANT_TEMP was 6.7 standard deviations above its usual mean.", hot, category="Baseline"),
        item("COOLANT_TEMP averaged 92.2 °C; 87.4 to 89.6 °C was expected.", hot, category="Cooling"),
        item("COOLANT_TEMP averaged 198 °F; 189.3-193.3 °F was expected.", hot, category="Baseline"),
        item("BATTERY_V fell to 11.40 V with a limit of 11.50 V; test the alternator.", battery, category="Electrical"),
        item("BATTERY_V dropped to 11.4 volts for 100 seconds.", battery, category="Electrical"),
        item("BATTERY_V fell below 11.50 V, with a lowest value of 11.40 V.", battery, category="Electrical"),
        item("COOLANT_TEMP was above its expected range of 87.4 °C to 89.6 °C.", hot, category="Cooling"),
        item("The drive lasted 1200 s with COOLANT_TEMP peaking at 105.2 °C.", drive, coolant, category="Cooling"),
        item("TIMING_ADVANCE reached -2.0° for 10 s; inspect the sensors.", timing),
        item("LONG_FUEL_TRIM_1 is 4.7 %, up from the usual -0.4 %.", lean, category="Fueling"),
        item("BATTERY_V dropped to 11400 mV.", battery, category="Electrical"),
        item("Battery voltage averaged 12.96 V, 14.15 V is usual: check the belt.", weak, category="Electrical"),
        item("BATTERY_V is 21.8 sigma below usual.", weak, category="Electrical"),
        item("LONG_FUEL_TRIM_1 averaged 4.7 %, lean; look for air leaks.", trim, category="Fueling"),
        item("LTFT averaged 4.7 percent, above the 1.2 % limit.", trim, category="Fueling", confidence=0.4),
        item("LONG_FUEL_TRIM_1 mean is 4.7 %: clean the MAF sensor.", trim, category="Fueling"),
        item("TIMING_ADVANCE went down to -2.0° for 10 s; use fresh fuel.", timing, category="Mechanical"),
        item("TIMING_ADVANCE fell to minus 2 degrees.", timing, category="Mechanical"),
        item("TIMING_ADVANCE fell to \N{MINUS SIGN}2.0°.", timing, category="Mechanical"),
        item("INTAKE_TEMP is rising: 6.9 °C over 7 drives.", air_trend, category="Baseline"),
        item("INTAKE_TEMP rose by 29.1 % over the last seven drives.", air_trend, category="Baseline"),
        item("INTAKE_TEMP rose by 12.4 °F over 7 drives.", air_trend, category="Baseline"),
        item("SHORT_FUEL_TRIM_1 is falling, by 1.3 % over 7 drives: rich.", trim_trend, category="Fueling"),
        item("INTAKE_TEMP and SHORT_FUEL_TRIM_1 correlate with a coefficient of -1.00.", pair, category="Diagnostic"),
        item("The coolant temperature peaked at 105.2°C, exceeding the 104 °C limit for 100 seconds.", coolant),
        item("Coolant reached 105 °C. Do not ignore this: inspect the radiator.", coolant, category="Cooling"),
        item("The COOLANT_TEMP mean of 92.2 °C is above the expected range (87.4\N{EN DASH}89.6 °C).", hot),
        item("COOLANT_TEMP ranged between 91.0 and 105.2 °C with a mean of 92.2 °C.", coolant_all, category="Cooling"),
        item("COOLANT_TEMP stayed above 104 °C for 100 s, peaking at 105.2 °C.", coolant, category="Cooling"),
        item("COOLANT_TEMP > 104.0 °C for 100 s; peak 105.2 °C.", coolant, category="Cooling"),
        item("The coolant temperature of 92.2 °C is well above its historical mean of 88.5 °C.", hot),
        item("RPM averaged 2,199 rpm and ranged from 2,000 to 2,398 rpm.", rpm),
        item("Drive 33 lasted 1200 s and got grade D; have it checked.", drive, category="Diagnostic"),
        item("This drive of 20 minutes on 2025-07-11 got 70 points.", drive, category="Baseline"),
        item("Only 6 earlier drives are known.", drive, category="Baseline"),
        item("RPM went from 2000 to 2398 rpm with a mean of 2199 rpm.", rpm, category="Mechanical"),
        item("SPEED was a steady 60 km/h.", speed, category="Diagnostic"),
        item("SPEED was a steady 37 mph.", speed, category="Diagnostic"),
        item("SHORT_FUEL_TRIM_1 ranged from -1.6 % to -0.8 %.", short, category="Fueling"),
        item("COOLANT_TEMP reached 105.2 °C with RPM at 2199 rpm on average.", coolant, rpm, category="Cooling"),
        item("A mean of 31.4 °C for INTAKE_TEMP and a peak of 105.2 °C for COOLANT_TEMP.", air, coolant),
        item("COOLANT_TEMP peaked at 105.2 °C (E3).", coolant, category="Cooling"),
        item("COOLANT_TEMP peaked at 105.2 °C; do not drive on before the fan is checked.", coolant),
        item("On the 1998 Eclipse with its 4G63, COOLANT_TEMP of 105.2 °C is too hot.", coolant, category="Cooling"),
        item(
            "COOLANT_TEMP reached 105.2 °C and BATTERY_V fell to 11.4 V: inspect the drive belt of both.",
            coolant,
            battery,
            category="Mechanical",
        ),
    ]
