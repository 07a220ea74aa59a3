"""`obd2 profile`, run as an operator does."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from obd2_cli.__main__ import build_app
from obd2_common.db.database import Database
from obd2_common.errors import InvalidInputError, NotFoundError
from obd2_common.tables.jobs import Job
from obd2_common.tables.operators import TuneEra, VehicleProfile
from support.analyzer_store import CAR, START, Garage
from support.drive_rows import NOON, drive_rows
from support.embedded_server import embedded_database

HOT = "[car]\nname = 'A hot one'\nthermostat_celsius = 105\nlacks = ['FUEL_PRESSURE']\n"


@pytest.fixture
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    with embedded_database(tmp_path, monkeypatch) as opened:
        yield opened


@pytest.fixture
def garage(database: Database) -> Garage:
    made = Garage(database)
    made.know()
    return made


@pytest.fixture
def hot(tmp_path: Path) -> str:
    file = tmp_path / "hot.toml"
    file.write_text(HOT, encoding="utf-8")
    return str(file)


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build_app("profile"), ["profile", *arguments], env={"COLUMNS": "160"})


def words(result: Result) -> str:
    assert result.exception is None, result.output
    return " ".join(result.output.split())


def test_a_car_nobody_set_a_profile_for_is_shown_with_its_default_one(garage: Garage) -> None:
    shown = words(run("show"))

    assert f"{CAR} is judged by profile eclipse (Mitsubishi Eclipse GST)." in shown
    assert "None was set for it" in shown
    assert "coolant.alert_celsius 96 default" in shown
    assert "learned from 5 healthy drives of an era; there are 0 so far" in shown
    assert "All limits are as shipped." in words(run("show", "--changed"))
    assert garage.all(VehicleProfile) == []


def test_a_profile_is_set_shown_with_its_origins_and_its_drives_are_judged_again(garage: Garage, hot: str) -> None:
    garage.receive(drive_rows(900))
    garage.work()

    told = words(run("set", hot))

    assert f"Profile hot judges all drives of {CAR}. 1 drive is computed again." in told
    assert [job.reason for job in garage.all(Job, state="queued")] == ["profile_changed"]
    shown = words(run("show", "--changed"))
    assert "judged by profile hot (A hot one)" in shown
    assert "The car has no fuel pressure, no intake manifold pressure." in shown
    assert "coolant.alert_celsius 108 96 profile hot: thermostat 105 °C" in shown
    assert "hot set" in shown


def test_a_profile_may_begin_with_an_era(garage: Garage, hot: str) -> None:
    garage.database.run(
        lambda session: session.add(TuneEra(source_device=CAR, name="new ecu", started_at=START, created_at=START))
    )

    words(run("set", hot, "--era", "new ecu"))

    assert [row.begins_at for row in garage.all(VehicleProfile)] == [START]
    assert "profile eclipse" in words(run("show", "--at", "2025-07-01"))
    assert "profile hot" in words(run("show"))
    assert isinstance(run("set", hot, "--era", "no such").exception, NotFoundError)


def test_what_is_usual_for_a_car_is_shown_once_enough_drives_are_known(garage: Garage) -> None:
    for number in range(5):
        rows = drive_rows(300, drive_id=7 + number, first_id=100_000 * (7 + number), started_at=NOON + number * 86_400)
        garage.receive(rows)
    garage.work()

    assert "system voltage with the engine running 14.1 V 14.1 V 5" in words(run("show"))


@pytest.mark.parametrize("subcommand", ["check", "set"])
def test_a_profile_that_cannot_be_used_is_refused_with_every_problem(
    garage: Garage, tmp_path: Path, subcommand: str
) -> None:
    file = tmp_path / "own.toml"
    file.write_text("[coolant]\nalert_celcius = 1\n[car]\ncolour = 'red'\n", encoding="utf-8")

    refused = run(subcommand, str(file)).exception

    assert isinstance(refused, InvalidInputError)
    assert "did you mean alert_celsius?" in str(refused)
    assert "car.colour: is not known" in str(refused)
    assert garage.all(VehicleProfile) == []


def test_limits_out_of_order_are_refused(tmp_path: Path) -> None:
    file = tmp_path / "own.toml"
    file.write_text("[coolant]\nalert_celsius = 120\n", encoding="utf-8")

    refused = run("check", str(file)).exception

    assert "coolant.alert_celsius: 120 lies beyond coolant.warning_celsius" in str(refused)


def test_a_good_profile_is_said_to_be_one_and_nothing_is_stored(garage: Garage, hot: str) -> None:
    assert words(run("check", hot)) == "Profile hot (A hot one) can be used."
    assert words(run("check", "generic")) == "Profile generic (any other car) can be used."
    assert garage.all(VehicleProfile) == []


def test_a_file_that_is_missing_or_called_like_a_shipped_profile_is_refused(tmp_path: Path) -> None:
    assert isinstance(run("check", str(tmp_path / "absent.toml")).exception, NotFoundError)
    assert isinstance(run("check", str(tmp_path / "generic.toml")).exception, InvalidInputError)


def test_a_device_that_never_sent_is_an_error(garage: Garage, hot: str) -> None:
    assert isinstance(run("set", hot, "--device", "nobody").exception, NotFoundError)
    assert isinstance(run("show", "--device", "nobody").exception, NotFoundError)
    assert garage.all(VehicleProfile) == []
