"""Vehicle profiles: what a file may say, and which limits follow in which order."""

import pytest

from obd2_analyzer.profiles.effective import disorder, limit_named, limits_of
from obd2_analyzer.profiles.profile import read_profile, shipped_profile
from obd2_analyzer.thresholds import SHIPPED
from obd2_common.errors import InvalidInputError

ECLIPSE, OTHER = "chi-eclipse-01", "somebody-elses-car"
OPERATORS = {"coolant": {"alert_celsius": 98.0}}


@pytest.mark.parametrize("device", [ECLIPSE, "chi-eclipse-tuner", "sim-eclipse-gst-multi", "eclipse-gst-day1"])
def test_the_owners_car_is_judged_by_the_limits_as_shipped(device: str) -> None:
    thresholds, applied = limits_of(device)

    assert (applied.name, applied.origins) == ("eclipse", {})
    assert thresholds == SHIPPED


@pytest.mark.parametrize("device", [OTHER, "unknown-device", "mitsubishi-eclipse"])
def test_any_other_car_is_judged_more_widely(device: str) -> None:
    thresholds, applied = limits_of(device)

    assert applied.name == "generic"
    assert thresholds.rules["coolant"].alert_celsius > 105
    assert thresholds.rules["ltft"].lean_percent > SHIPPED.rules["ltft"].lean_percent
    assert thresholds.rules["battery"] == SHIPPED.rules["battery"]


@pytest.mark.parametrize("name", ["eclipse", "generic"])
def test_a_shipped_profile_has_its_limits_in_order(name: str) -> None:
    assert disorder(limits_of(OTHER, shipped_profile(name))[0]) == []


def test_what_is_more_about_a_car_counts_more() -> None:
    own = read_profile("own", "[coolant]\nwarning_celsius = 103.0\n")

    thresholds, applied = limits_of(OTHER, own, OPERATORS)

    coolant = thresholds.rules["coolant"]
    assert (coolant.alert_celsius, coolant.warning_celsius, coolant.stop_above_celsius) == (98.0, 103.0, 107.0)
    assert [
        applied.origins[f"coolant.{name}"] for name in ("alert_celsius", "warning_celsius", "stop_above_celsius")
    ] == [
        "operator's file",
        "profile own",
        "profile generic",
    ]


def test_an_operator_gets_a_shipped_number_back_that_a_default_profile_had_changed() -> None:
    thresholds, applied = limits_of(OTHER, None, {"coolant": {"alert_celsius": 96.0}})

    assert thresholds.rules["coolant"].alert_celsius == 96.0
    assert applied.origins["coolant.alert_celsius"] == "operator's file"


def test_a_shipped_profile_that_was_set_lies_over_the_operators_file() -> None:
    assert limits_of(OTHER, shipped_profile("eclipse"), OPERATORS)[0].rules["coolant"].alert_celsius == 96.0
    assert limits_of(ECLIPSE, None, OPERATORS)[0].rules["coolant"].alert_celsius == 98.0


def test_a_hot_thermostat_moves_the_limits_that_depend_on_it_and_no_others() -> None:
    hot = read_profile("hot", '[car]\nbased_on = "eclipse"\nthermostat_celsius = 105\n')

    thresholds, applied = limits_of(OTHER, hot)

    assert set(applied.origins.values()) == {"profile hot: thermostat 105 °C"}
    assert {name.partition(".")[0] for name in applied.origins} == {"coolant", "thermostat", "sampling"}
    assert thresholds.rules["coolant"].alert_celsius == 108.0
    assert thresholds.rules["coolant"].stop_above_celsius == 116.0
    assert thresholds.sampling.warm_coolant_celsius == 80.0


def test_an_engine_with_a_cold_thermostat_is_warm_sooner() -> None:
    cold = read_profile("cold", "[car]\nthermostat_celsius = 71\n")

    thresholds, _ = limits_of(ECLIPSE, cold)

    assert thresholds.sampling.warm_coolant_celsius == 69.0
    assert thresholds.rules["thermostat"].warm_celsius == 59.0


def test_a_limit_counts_more_than_what_follows_from_a_fact() -> None:
    both = read_profile("both", "[car]\nthermostat_celsius = 105\nsmart_charging = true\n[drift]\nsystem_volts = 0.6\n")

    thresholds, applied = limits_of(OTHER, both)

    assert limit_named(thresholds, "drift.system_volts") == 0.6
    assert applied.origins["drift.system_volts"] == "profile both"
    assert applied.origins["battery.overcharge_alert_above_volts"] == "profile both: smart charging"


def test_what_a_car_has_is_taken_over_from_the_profile_below_unless_said_otherwise() -> None:
    assert "INTAKE_PRESSURE" in limits_of(ECLIPSE, read_profile("own", "[car]\nname = 'Mine'\n"))[1].lacks
    by_pressure = limits_of(ECLIPSE, read_profile("own", "[car]\nair = 'MAP'\nlacks = ['iat', 'O2_B1S2']\n"))[1]
    assert by_pressure.lacks == {"MAF", "INTAKE_TEMP", "O2_BANK1_SENSOR2_V"}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[coolant]\nalert_celcius = 98\n", "coolant.alert_celcius: is not known; did you mean alert_celsius?"),
        ("[coolnt]\nalert_celsius = 98\n", "coolnt: is not known; did you mean coolant?"),
        ("[car]\nthermostat = 82\n", "car.thermostat: is not known; did you mean thermostat_celsius?"),
        ("[car]\nlacks = ['COOLANT_TMP']\n", "car.lacks: COOLANT_TMP is not known; did you mean COOLANT_TEMP?"),
        ("[car]\nair = 'turbo'\n", "car.air"),
        ("[car]\nthermostat_celsius = 221\n", "car.thermostat_celsius"),
        ("[battery]\nalert_below_volts = -1\n", "battery.alert_below_volts"),
        ("[battery]\nalert_below_volts = nan\n", "battery.alert_below_volts"),
        ("coolant = 98\n", "coolant"),
        ("car = 3\n", "car"),
        ("no toml", "is no TOML"),
    ],
)
def test_a_wrong_name_or_number_is_told_with_the_nearest_known_name(text: str, said: str) -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_profile("own", text)

    assert said in str(refused.value)


def test_every_problem_is_named_at_once() -> None:
    with pytest.raises(InvalidInputError) as refused:
        read_profile("own", "[car]\ncolour = 'red'\n[coolant]\nalert = 1\n[magic]\nx = 1\n")

    assert len(str(refused.value).splitlines()) == 4


def test_a_milder_limit_beyond_a_severer_one_is_named() -> None:
    own = read_profile("own", "[coolant]\nalert_celsius = 108\n[battery]\nstop_below_volts = 12.5\n")

    assert disorder(limits_of(ECLIPSE, own)[0]) == [
        "coolant.alert_celsius: 108 lies beyond coolant.warning_celsius with 100; set both",
        "battery.alert_below_volts: 12 lies beyond battery.stop_below_volts with 12.5; set both",
    ]


def test_an_operators_file_is_a_profile() -> None:
    hot = read_profile("hot", "[coolant]\nalert_celsius = 108.0\nwarning_celsius = 112.0\nstop_above_celsius = 116.0\n")

    thresholds, applied = limits_of(ECLIPSE, hot)

    assert disorder(thresholds) == []
    assert thresholds.rules["coolant"].stop_above_celsius == 116.0
    assert applied.car == "hot"
