"""`obd2 push`: send a Pi database to the server as the Pi would."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from obd2_cli import push
from obd2_cli.client_settings import ClientSettings, find_key, find_url
from obd2_cli.settings import load_settings

SHOWN_KEYS = 5
SHOWN_COUNTS = ("inserted", "updated", "errors")
"""What fits a terminal of 80 columns; unchanged rows are among the updated, quarantined ones are the errors."""


def command(
    file: Annotated[Path, typer.Argument(help="The Pi's SQLite database; it is only read.")],
    *,
    url: Annotated[
        str | None, typer.Option(help="Base URL of the server.", show_default="the one on this machine")
    ] = None,
    device: Annotated[str, typer.Option(help="Device id to send under.")] = "chi-eclipse-01",
    api_key: Annotated[
        str,
        typer.Option(help="The key; else COMPANION_API_KEY, API_KEY, or the file an embedded server keeps it in."),
    ] = "",
    state: Annotated[
        Path | None,
        typer.Option(help="File of the cursors.", show_default="FILE.pushed.db"),
    ] = None,
    fresh: Annotated[bool, typer.Option("--fresh", help="Forget the cursors and send everything again.")] = False,
    flush: Annotated[bool, typer.Option("--flush", help="End with ping, last sweep and drive counter.")] = False,
    faithful: Annotated[
        bool,
        typer.Option("--faithful", help="Follow redirects and ignore wrong receipts, as the Pi does."),
    ] = False,
    batch_size: Annotated[int, typer.Option(help="Rows per request.", min=1)] = push.BATCH_SIZE,
    verify: Annotated[
        bool,
        typer.Option("--verify", help="Then prove by digests that the server holds the file, and mend what it lacks."),
    ] = False,
) -> None:
    """Send a Pi database to the server as the Pi would.

    One table per request, 500 rows at most, retries after 1, 2 and 4 seconds. The cursors are kept beside the file,
    so a second run sends only what is new. Ends with 0 only when every table is with the server.
    """
    console = Console()
    settings = load_settings(ClientSettings)
    target = push.PushTarget(
        url=url or find_url(settings),
        device_id=device,
        api_key=api_key or find_key(settings),
        is_faithful=faithful,
    )
    state_path = state or push.default_state_path(file)
    with _progress_bar(console) as bar:
        task = bar.add_task("reading", total=None)

        def show(progress: push.Progress) -> None:
            total = max(progress.rows_expected, progress.rows_sent)
            bar.update(task, description=progress.table or "sending", completed=progress.rows_sent, total=total)

        result = push.push_database(
            file,
            target,
            state=state_path,
            is_fresh=fresh,
            is_flushed=flush,
            batch_size=batch_size,
            on_progress=show,
        )
    console.print(receipt_table(result))
    for line in closing_lines(result, state_path):
        console.print(line, soft_wrap=True)
    is_proven = not verify or _verify(console, file, target)
    raise typer.Exit(0 if result.is_ok and is_proven else 1)


def _verify(console: Console, file: Path, target: push.PushTarget) -> bool:
    with console.status("comparing") as status:
        proofs = push.verify_database(file, target, on_table=lambda table: status.update(f"comparing {table}"))
    console.print(proof_table(proofs))
    for proof in proofs:
        if proof.different:
            shown = ", ".join(map(str, proof.different[:SHOWN_KEYS]))
            console.print(f"[red]{proof.table}: rows {shown} still differ[/red]", soft_wrap=True)
    is_proven = all(proof.is_proven for proof in proofs)
    console.print("The server holds all of it." if is_proven else "[red]The server does not hold all of it.[/red]")
    return is_proven


def proof_table(proofs: list[push.TableProof]) -> Table:
    """Return what was proven as a table for the terminal."""
    shown = Table(title="Proof", title_justify="left")
    shown.add_column("table", no_wrap=True)
    for heading in ("rows", "proven", "mended", "quarantined", "only on server"):
        shown.add_column(heading, justify="right")
    for proof in proofs:
        colour = "green" if proof.is_proven else "red"
        numbers = (proof.row_count, proof.proven, proof.healed, proof.quarantined, proof.only_on_server)
        shown.add_row(f"[{colour}]{proof.table}[/{colour}]", *map(str, numbers))
    return shown


def _progress_bar(console: Console) -> Progress:
    columns = (TextColumn("{task.description:<21}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    return Progress(*columns, console=console, transient=True)


def receipt_table(result: push.PushResult) -> Table:
    """Return the receipts of all tables as a table for the terminal."""
    shown = Table(title="Receipts", title_justify="left")
    shown.add_column("table", no_wrap=True)
    for heading in ("rows", *SHOWN_COUNTS):
        shown.add_column(heading, justify="right", no_wrap=True)
    shown.add_column("outcome", no_wrap=True)
    for receipt in result.tables.values():
        colour = "green" if receipt.is_ok else "red"
        numbers = (receipt.rows_sent, *(receipt.counts[name] for name in SHOWN_COUNTS))
        shown.add_row(receipt.table, *map(str, numbers), f"[{colour}]{receipt.status}[/{colour}]")
    return shown


def closing_lines(result: push.PushResult, state: Path) -> list[str]:
    """Return what else there is to say about a push, one line each, the verdict last."""
    lines = [f"[red]{each.table}: {escape(each.detail)}[/red]" for each in result.tables.values() if each.detail]
    if result.abort_reason:
        lines.append(f"[red]The push ended early at {escape(result.abort_reason)}[/red]")
    if result.ping is not None:
        counter = result.counter.value if result.counter else "not sent"
        lines.append(f"Flush: ping {result.ping.value}, drive counter {counter}.")
    if not result.is_ok:
        lines.append("[red]Not everything is with the server.[/red] The next push goes on where this one stopped.")
    elif result.rows_sent:
        lines.append(f"{result.rows_sent} rows are with the server.")
    else:
        lines.append(f"Nothing new to send; the cursors are in {state} (--fresh forgets them).")
    return lines
