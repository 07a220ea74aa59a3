"""The numbers of the rules and an operator's changes to them."""

from pathlib import Path

import pytest

from obd2_analyzer.thresholds import OperatorLimits, load_thresholds
from obd2_common.errors import ConfigurationError


def write(folder: Path, text: str) -> Path:
    file = folder / "own.toml"
    file.write_text(text, encoding="utf-8")
    return file


def test_an_operators_file_changes_only_what_it_names(tmp_path: Path) -> None:
    own = write(tmp_path, "[coolant]\nalert_celsius = 98\n[grade.weights]\nknock_retard = 4\n")

    changed = load_thresholds(own)

    coolant = changed.rules["coolant"]
    assert (coolant.alert_celsius, coolant.warning_celsius) == (98.0, 100.0)
    assert (changed.grade.weights["knock_retard"], changed.grade.weights["coolant"]) == (4.0, 2.5)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[coolant]\nalert_celcius = 98\n", "coolant.alert_celcius"),
        ("[coolant]\nalert_celsius = 'hot'\n", "coolant.alert_celsius"),
        ("[battery]\nsustained_seconds = -1\n", "battery.sustained_seconds"),
        ("[grade.weights]\nmagic = 1\n", "grade.weights"),
        ("[coolant]\nalert_celsius = nan\n", "coolant.alert_celsius"),
        ("[[eras]]\nsource_device = 'x'\nname = 'y'\nstarted_at = 2026-05-22T00:00:00Z\n", "eras"),
        ("this is no TOML", "cannot be read"),
    ],
)
def test_a_wrong_number_is_named(tmp_path: Path, text: str, named: str) -> None:
    with pytest.raises(ConfigurationError, match=named):
        load_thresholds(write(tmp_path, text))


def test_a_missing_file_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be read"):
        load_thresholds(tmp_path / "absent.toml")


def test_an_operators_file_is_read_again_when_it_changes(tmp_path: Path) -> None:
    file = write(tmp_path, "[coolant]\nalert_celsius = 98\n")
    limits = OperatorLimits(file, {"history": {"trend_drives": 12}})
    assert not limits.reload()

    write(tmp_path, "[coolant]\nalert_celsius = 97\n")

    assert limits.reload()
    assert limits.sections == {"coolant": {"alert_celsius": 97}, "history": {"trend_drives": 12}}
    assert limits.thresholds.rules["coolant"].alert_celsius == 97.0


def test_what_was_read_stays_when_the_file_becomes_useless(tmp_path: Path) -> None:
    limits = OperatorLimits(write(tmp_path, "[coolant]\nalert_celsius = 98\n"))
    write(tmp_path, "[coolant]\nalert_celcius = 97\n")

    with pytest.raises(ConfigurationError, match="did you mean alert_celsius"):
        limits.reload()

    assert limits.thresholds.rules["coolant"].alert_celsius == 98.0
