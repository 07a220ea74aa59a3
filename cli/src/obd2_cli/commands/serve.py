"""`obd2 serve`: run the whole server in one process."""

import socket
import sys
from pathlib import Path
from typing import Annotated

import typer
from rich.markup import escape

from obd2_cli.api_key import key_file
from obd2_cli.embedded import EmbeddedSettings, Started, run_embedded
from obd2_cli.terminal import Console
from obd2_common import __version__
from obd2_common.logging import configure_logging


def command(
    *,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.", show_default="PORT, else 8000")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.", show_default="HOST, else every one")] = None,
    data_dir: Annotated[Path | None, typer.Option(help="Data folder.", show_default="DATA_DIR, else data")] = None,
) -> None:
    """Run the whole server in this process: api, analyzer and backup.

    Without DATABASE_URL the database is an SQLite file in the data folder. Either is brought to this version's schema
    first. A configured database that does not answer is an error: nothing else is used instead. Further settings come
    from the environment or from a file `.env`. Without API_KEY a key is made, kept in the data folder and shown.

    Ctrl-C or SIGTERM stops it: running requests are answered first.
    """
    settings = EmbeddedSettings.load(port=port, host=host, data_dir=data_dir)
    is_watched = sys.stderr.isatty() and "log_format" not in settings.api.model_fields_set
    # Standard output is for the person who started it.
    log_format = "console" if is_watched else settings.api.log_format
    configure_logging(settings.api.log_level, log_format, sys.stderr)
    console = Console(highlight=False)
    run_embedded(settings, lambda started: show(console, started))
    console.print("Stopped.")


def show(console: Console, started: Started) -> None:
    """Tell a person what just started and how to reach it."""
    settings = started.settings.api
    lines = [("on this machine", started.url)]
    if settings.host in {"0.0.0.0", "::"}:  # noqa: S104 - compared, not bound
        port = started.url.rpartition(":")[2]
        lines.append(("for the Pi", f"http://{escape(socket.gethostname())}:{port}, or this machine's address"))
    lines += [
        ("documentation", f"{started.url}/docs"),
        ("database", f"{escape(started.database)}, {_schema(started)}"),
        ("backups", escape(str(settings.backup_dir))),
        ("API key", _key(started)),
    ]
    console.print(f"[bold]OBD2-Server {__version__}[/bold]")
    for label, value in lines:
        console.print(f"  [dim]{label:<16}[/dim]{value}", soft_wrap=True)
    console.print("[dim]Ctrl-C stops it.[/dim]")


def _schema(started: Started) -> str:
    return f"schema {started.revision}" + (" (just migrated)" if started.applied else "")


def _key(started: Started) -> str:
    path = escape(str(key_file(started.settings.data_dir)))
    if started.new_key is not None:
        return f"[bold green]{escape(started.new_key)}[/bold green]\n{'':18}(new; kept in {path})"
    return "the one of API_KEY" if started.is_key_configured else f"the one kept in {path}"
