"""Vehicle profiles of devices: which drives they judge, and that those are judged again when one is set."""

from datetime import datetime

from obd2_analyzer.nightly import refresh_outdated
from obd2_analyzer.profiles.profile import read_profile, shipped_profile
from obd2_analyzer.repository import profiles
from obd2_analyzer.repository.profiles import ProfileChoice
from obd2_common.jobs.recompute import REASON_PROFILE
from obd2_common.tables.drives import Drive, Finding
from obd2_common.tables.jobs import Job
from obd2_common.tables.operators import VehicleProfile
from support.analyzer_store import CAR, Garage
from support.drive_rows import NOON, between, drive_rows

DAY = 86_400.0
OTHER = "somebody-elses-car"
HOT = between(400, 900, 105.0, 90.0)
HOT_THERMOSTAT = "[car]\nname = 'A hot one'\nthermostat_celsius = 105\n"


def hot_drive(garage: Garage, drive_id: int, day: int = 0, device: str = CAR) -> None:
    """Have a drive with 105 °C for minutes."""
    rows = drive_rows(
        900,
        signals={"COOLANT_TEMP": HOT},
        drive_id=drive_id,
        first_id=100_000 * drive_id,
        started_at=NOON + day * DAY,
    )
    garage.receive(rows, device=device)


def choose(garage: Garage, name: str, document: str | None, *, begins_at: datetime | None = None) -> int:
    profile = shipped_profile(name) if document is None else read_profile(name, document)
    choice = ProfileChoice(CAR, profile, document, begins_at, "somebody")
    now = garage.clock()
    return garage.database.run(lambda session: profiles.set_profile(session, choice, now=now))


def grades(garage: Garage) -> dict[str, tuple[str | None, str]]:
    return {key: (drive.grade, (drive.judged_by or {})["profile"]) for key, drive in garage.drives().items()}


def test_a_device_is_judged_by_its_own_default_profile(garage: Garage) -> None:
    garage.know(OTHER)
    hot_drive(garage, 7)
    hot_drive(garage, 7, device=OTHER)

    garage.work()

    drives = {drive.source_device: drive for drive in garage.all(Drive)}
    assert (drives[CAR].grade, (drives[CAR].judged_by or {})["profile"]) == ("D", "eclipse")
    assert (drives[OTHER].grade, (drives[OTHER].judged_by or {})["profile"]) == ("A", "generic")
    assert "-eclipse-" in (drives[CAR].facts_version or "")


def test_setting_a_profile_judges_stored_drives_again_by_jobs_that_can_be_seen(garage: Garage) -> None:
    hot_drive(garage, 7)
    hot_drive(garage, 8, day=1)
    garage.work()

    count = choose(garage, "hot", HOT_THERMOSTAT)

    assert count == 2
    assert {job.reason for job in garage.all(Job, state="queued")} == {REASON_PROFILE}
    garage.work()
    assert grades(garage) == {"7": ("A", "hot"), "8": ("A", "hot")}
    assert garage.all(Finding) == []
    assert refresh_outdated(garage.context) == 0
    told = garage.drives()["7"].judged_by or {}
    assert told["car"] == "A hot one"
    limits = {each["limit"]: (each["value"], each["origin"]) for each in told["limits"]}
    assert limits["coolant.alert_celsius"] == (108.0, "profile hot: thermostat 105 °C")


def test_a_profile_judges_drives_from_its_begin_on_and_leaves_earlier_ones_alone(garage: Garage) -> None:
    for day in range(3):
        hot_drive(garage, 7 + day, day)
    garage.work()
    begins_at = datetime.fromtimestamp(NOON + DAY, garage.clock().tzinfo)

    assert choose(garage, "hot", HOT_THERMOSTAT, begins_at=begins_at) == 2
    garage.work()

    assert grades(garage) == {"7": ("D", "eclipse"), "8": ("A", "hot"), "9": ("A", "hot")}
    assert refresh_outdated(garage.context) == 0


def test_the_profile_set_last_counts_and_every_one_is_kept(garage: Garage) -> None:
    hot_drive(garage, 7)
    garage.work()
    choose(garage, "hot", HOT_THERMOSTAT)
    garage.work()
    garage.clock.advance(hours=1)

    choose(garage, "eclipse", None)
    garage.work()

    assert grades(garage) == {"7": ("D", "eclipse")}
    history = garage.database.read(lambda session: profiles.profile_history(session, CAR))
    assert [(row.name, row.chosen_by) for row in history] == [("hot", "somebody"), ("eclipse", "somebody")]


def test_a_profile_this_version_cannot_read_gives_way_to_the_default_one(garage: Garage) -> None:
    hot_drive(garage, 7)
    row = VehicleProfile(
        profile_id="1", source_device=CAR, name="old", document="[gone]\nx = 1\n", chosen_at=garage.clock()
    )
    garage.database.run(lambda session: session.add(row))

    garage.work()

    assert grades(garage) == {"7": ("D", "eclipse")}


def test_a_parameter_the_car_lacks_is_not_judged_and_that_is_said(garage: Garage) -> None:
    hot_drive(garage, 7)
    garage.work()

    choose(garage, "bare", "[car]\nlacks = ['COOLANT_TEMP', 'BATTERY_V', 'CONTROL_MODULE_VOLTAGE']\nair = 'MAP'\n")
    garage.work()

    drive = garage.drives()["7"]
    reasons = drive.not_judged or {}
    assert garage.all(Finding) == []
    assert reasons["coolant"] == "the car has no coolant temperature"
    assert reasons["battery"] == "the car has no system voltage"
    assert "the car has no air mass" in reasons["maf"]


def test_learned_limits_are_told_with_the_drive_they_judged(garage: Garage) -> None:
    for number, trim in enumerate([1.4, 1.9, 1.2, 1.7, 1.5, 2.2]):
        rows = drive_rows(
            900,
            signals={"LONG_FUEL_TRIM_1": trim},
            drive_id=7 + number,
            first_id=100_000 * (7 + number),
            started_at=NOON + number * DAY,
        )
        garage.receive(rows)

    garage.work()

    drive = garage.drives()["12"]
    assert [found for found in garage.all(Finding, drive_key="12") if found.rule == "ltft"] == []
    assert [each["origin"] for each in (drive.judged_by or {})["limits"] if each["limit"] == "ltft.lean_percent"] == [
        "learned from 5 drives"
    ]
    assert refresh_outdated(garage.context) == 0
