"""`obd2 profile`: which car a device is in, and by which limits its drives are judged."""

import getpass
import re
from datetime import datetime
from pathlib import Path
from typing import Annotated

import typer
from sqlmodel import Session

from obd2_analyzer.profiles.effective import disorder, limits_of
from obd2_analyzer.profiles.profile import SHIPPED_PROFILES, Profile, read_profile, shipped_profile
from obd2_analyzer.repository import profiles
from obd2_analyzer.repository.drives import load_history
from obd2_analyzer.repository.profiles import ProfileChoice
from obd2_analyzer.repository.rows import Source
from obd2_analyzer.settings import AnalyzerSettings
from obd2_cli.database_access import open_database
from obd2_cli.operator_choices import consequence, device_named, moment_named
from obd2_cli.profile_report import ShownProfile, profile_report
from obd2_cli.settings import load_settings
from obd2_cli.terminal import Console
from obd2_common.clock import utc_now
from obd2_common.errors import InvalidInputError, NotFoundError
from obd2_common.migrate import check_schema
from obd2_common.settings import CommonSettings
from obd2_common.tables.devices import Device

command = typer.Typer(no_args_is_help=True, help="Say which car a device is in, and by which limits it is judged.")
DeviceOption = Annotated[str | None, typer.Option("--device", help="Else the device that sent last.")]
ProfileName = Annotated[
    str, typer.Argument(metavar="PROFILE", help=f"A TOML file, or {' or '.join(SHIPPED_PROFILES)}.")
]
NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,31}")


@command.command()
def show(
    device: DeviceOption = None,
    at: Annotated[str | None, typer.Option("--at", help="As for a drive of this time; else of now.")] = None,
    *,
    changed: Annotated[bool, typer.Option("--changed", help="Only the limits that are not as shipped.")] = False,
) -> None:
    """Show the limits that hold for a device, each with where it comes from, and what its drives have taught."""
    moment = utc_now() if at is None else moment_named(at)
    settings = load_settings(AnalyzerSettings)
    with open_database(settings) as database:
        check_schema(database)
        shown = database.read(lambda session: _shown(session, device_named(session, device), moment, settings))
    console = Console(highlight=False)
    for part in profile_report(shown, is_changed_only=changed):
        console.print(part, markup=False, soft_wrap=isinstance(part, str))


@command.command("set")
def set_(
    profile: ProfileName,
    device: DeviceOption = None,
    era: Annotated[str | None, typer.Option("--era", help="From the start of this era on.")] = None,
    since: Annotated[str | None, typer.Option("--from", help="From this time on, for example 2026-05-22.")] = None,
) -> None:
    """Set a device's profile, for all its drives or from a moment on; those drives are judged again at once."""
    if era is not None and since is not None:
        raise InvalidInputError("give --era or --from, not both")
    chosen, document = _read(profile)
    now = utc_now()

    def work(session: Session) -> tuple[ProfileChoice, int]:
        source_device = device_named(session, device)
        begins_at = None if since is None else moment_named(since)
        if era is not None:
            begins_at = profiles.era_start(session, source_device, era)
        _refuse_disorder(source_device, chosen)
        choice = ProfileChoice(source_device, chosen, document, begins_at, _user())
        return choice, profiles.set_profile(session, choice, now=now)

    with open_database(load_settings(CommonSettings)) as database:
        check_schema(database)
        choice, count = database.run(work)
    when = "all drives" if choice.begins_at is None else f"drives from {choice.begins_at:%Y-%m-%d %H:%M} UTC on"
    _tell(f"Profile {chosen.name} judges {when} of {choice.source_device}. {consequence(count)}")
    if count:
        _tell("`obd2 jobs list --kind drive_facts` shows how far that is.")


@command.command()
def check(
    profile: ProfileName,
    device: Annotated[str | None, typer.Option("--device", help="The device it is for; else any that is new.")] = None,
) -> None:
    """Say whether a profile can be used, and name every problem; nothing is stored."""
    chosen, _ = _read(profile)
    _refuse_disorder(device or "", chosen)
    _, applied = limits_of(device or "", chosen)
    _tell(f"Profile {chosen.name} ({applied.car}) can be used.")


def _read(profile: str) -> tuple[Profile, str | None]:
    """Return a profile and its text, None for a shipped one.

    Raises:
        NotFoundError: there is no such file or shipped profile.
        InvalidInputError: it cannot be used.
    """
    if profile in SHIPPED_PROFILES:
        return shipped_profile(profile), None
    file = Path(profile)
    if not NAME.fullmatch(file.stem) or file.stem in SHIPPED_PROFILES:
        raise InvalidInputError(
            f"a profile is called as its file: 1 to 32 letters, digits, dots, hyphens, and not {file.stem!r}"
        )
    try:
        text = file.read_text("utf-8")
    except FileNotFoundError as error:
        raise NotFoundError(f"there is no file {profile}; shipped are {' and '.join(SHIPPED_PROFILES)}") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InvalidInputError(f"{profile} cannot be read: {error}") from error
    return read_profile(file.stem, text), text


def _refuse_disorder(source_device: str, chosen: Profile) -> None:
    problems = disorder(limits_of(source_device, chosen)[0])
    if problems:
        raise InvalidInputError("\n".join([f"profile {chosen.name} cannot be used:", *problems]))


def _shown(session: Session, device: str, moment: datetime, settings: AnalyzerSettings) -> ShownProfile:
    known = session.get(Device, device)
    if known is None:
        raise NotFoundError(f"no device {device} has ever sent anything")
    thresholds, applied = profiles.limits_at(session, device, moment, settings.operator_limits().sections)
    history = load_history(session, Source(device, known.open_epoch), "", moment, thresholds)
    return ShownProfile(device, thresholds, applied, profiles.profile_history(session, device), history)


def _user() -> str | None:
    try:
        return getpass.getuser()[:64]
    except (KeyError, OSError):  # a container may run as a user nobody has named
        return None


def _tell(sentence: str) -> None:
    Console(highlight=False, markup=False).print(sentence, soft_wrap=True)
