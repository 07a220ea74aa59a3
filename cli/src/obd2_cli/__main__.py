"""The `obd2` command: finds the subcommand asked for and loads only that one."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from importlib import import_module
from io import TextIOWrapper

import typer
from rich.markup import escape

from obd2_cli.terminal import Console
from obd2_common.errors import EXIT_REFUSED, ConfigurationError, Obd2Error
from obd2_common.logging import configure_logging


@dataclass(frozen=True, slots=True)
class Subcommand:
    """A subcommand: the module whose `command` is its function or a group of further ones, and its line in the help."""

    module: str
    summary: str


SUBCOMMANDS = {
    "demo": Subcommand("obd2_cli.commands.demo", "See the whole thing work once, in less than a minute."),
    "serve": Subcommand("obd2_cli.commands.serve", "Run the whole server in this process."),
    "migrate": Subcommand("obd2_cli.commands.migrate", "Bring the database to this version's schema."),
    "report": Subcommand("obd2_cli.commands.report", "Show the drives, one drive, or trends."),
    "simulate": Subcommand("obd2_cli.commands.simulate", "Write the database of a Pi that never was."),
    "push": Subcommand("obd2_cli.commands.push", "Send a Pi database to the server as the Pi would."),
    "keys": Subcommand("obd2_cli.commands.keys", "Issue keys to devices and programs, and take them back."),
    "devices": Subcommand("obd2_cli.commands.devices", "Show who sends and how far it is; name devices."),
    "analyses": Subcommand("obd2_cli.commands.analyses", "Show analyses and the language model's calls behind them."),
    "drives": Subcommand("obd2_cli.commands.drives", "List drives, hold them out, annotate them."),
    "export": Subcommand("obd2_cli.commands.export", "Save drives as CSV, workbook, MegaLogViewer log or JSON."),
    "eras": Subcommand("obd2_cli.commands.eras", "Begin an era of the engine computer or its tune."),
    "profile": Subcommand(
        "obd2_cli.commands.profile", "Say which car a device is in, and by which limits it is judged."
    ),
    "reference": Subcommand("obd2_cli.commands.reference", "Choose the drives others are measured against."),
    "jobs": Subcommand("obd2_cli.commands.jobs", "Look after the work the services leave each other."),
    "quarantine": Subcommand("obd2_cli.commands.quarantine", "Look after rows that could not be stored."),
    "backups": Subcommand("obd2_cli.commands.backups", "Look into the vault, plan its rotation, get backups back."),
    "release": Subcommand("obd2_cli.commands.release", "Publish releases for the Pi, and list them."),
}


def build_app(wanted: str | None) -> typer.Typer:
    """Return the command line with every subcommand listed, but only the wanted one loaded and able to run."""
    app = typer.Typer(
        name="obd2",
        help="OBD2-Server: keeps, analyses and shows what a car's Raspberry Pi logs.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_show_locals=False,
    )

    @app.callback()
    def _root() -> None:
        """Keep subcommands even when there is only one."""

    for name, subcommand in SUBCOMMANDS.items():
        found = _load(name) if name == wanted else _not_loaded
        if isinstance(found, typer.Typer):
            app.add_typer(found, name=name, short_help=subcommand.summary)
        else:
            app.command(name, short_help=subcommand.summary)(found)
    return app


def _load(name: str) -> Callable[[], None] | typer.Typer:
    try:
        found: Callable[[], None] | typer.Typer = import_module(SUBCOMMANDS[name].module).command
    except ModuleNotFoundError as error:
        raise ConfigurationError(f"`obd2 {name}` needs {error.name}, which is not installed here") from error
    return found


def _not_loaded() -> None:
    """Stand for a subcommand in the list of all."""
    raise Obd2Error("this subcommand was not loaded")


def main() -> None:
    """Run the command line; what a person can mend is said in one line instead of a traceback."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):  # a terminal that lacks a character gets another one, no traceback
            stream.reconfigure(errors="replace")
    configure_logging("WARNING", "console", sys.stderr)  # standard output is what was asked for
    wanted = next((argument for argument in sys.argv[1:] if not argument.startswith("-")), None)
    try:
        build_app(wanted)()
    except Obd2Error as error:
        Console(stderr=True).print(f"[red]obd2: {escape(str(error))}[/red]", soft_wrap=True)
        sys.exit(EXIT_REFUSED)


if __name__ == "__main__":
    main()
