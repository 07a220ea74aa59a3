"""What a push shows: a bar while it runs, and the receipts of all tables at its end."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from rich import box
from rich.markup import escape
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table

from obd2_cli import push
from obd2_cli.terminal import Console

SHOWN_COUNTS = ("inserted", "updated", "errors")
"""What fits a terminal of 80 columns; unchanged rows are among the updated, quarantined ones are the errors."""


@contextmanager
def shown_progress(console: Console) -> Iterator[Callable[[push.Progress], None]]:
    """Show a bar until the block ends, moved by what is told to the function it gives."""
    columns = (TextColumn("{task.description:<21}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("reading", total=None)

        def show(progress: push.Progress) -> None:
            total = max(progress.rows_expected, progress.rows_sent)
            bar.update(task, description=progress.table or "sending", completed=progress.rows_sent, total=total)

        yield show


def receipt_table(result: push.PushResult) -> Table:
    """Return the receipts of all tables as a table for the terminal."""
    shown = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_edge=False)
    shown.add_column("table", no_wrap=True)
    for heading in ("rows", *SHOWN_COUNTS):
        shown.add_column(heading, justify="right", no_wrap=True)
    shown.add_column("outcome", no_wrap=True)
    for receipt in result.tables.values():
        colour = "green" if receipt.is_ok else "red"
        numbers = (receipt.rows_sent, *(receipt.counts[name] for name in SHOWN_COUNTS))
        shown.add_row(receipt.table, *(f"{number:,}" for number in numbers), f"[{colour}]{receipt.status}[/{colour}]")
    return shown


def closing_lines(result: push.PushResult, state: Path) -> list[str]:
    """Return what else there is to say about a push, one line each, the verdict last."""
    lines = [
        f"[yellow]{table}: the cursor was at {believed}, the server is at {largest}; sent again from there.[/yellow]"
        for table, (believed, largest) in result.rewound.items()
    ]
    lines += [f"[red]{each.table}: {escape(each.detail)}[/red]" for each in result.tables.values() if each.detail]
    if result.abort_reason:
        lines.append(f"[red]The push ended early at {escape(result.abort_reason)}[/red]")
    if result.ping is not None:
        counter = result.counter.value if result.counter else "not sent"
        lines.append(f"Flush: ping {result.ping.value}, drive counter {counter}.")
    if not result.is_ok:
        lines.append("[red]Not everything is with the server.[/red] The next push goes on where this one stopped.")
    elif result.rows_sent:
        lines.append(f"{result.rows_sent:,} rows are with the server.")
    else:
        lines.append(f"Nothing new to send; the cursors are in {state} (--fresh forgets them).")
    return lines


def proof_table(proofs: list[push.TableProof]) -> Table:
    """Return what was proven as a table for the terminal."""
    shown = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_edge=False)
    shown.add_column("table", no_wrap=True)
    for heading in ("rows", "proven", "mended", "quarantined", "only on server"):
        shown.add_column(heading, justify="right")
    for proof in proofs:
        colour = "green" if proof.is_proven else "red"
        numbers = (proof.row_count, proof.proven, proof.healed, proof.quarantined, proof.only_on_server)
        shown.add_row(f"[{colour}]{proof.table}[/{colour}]", *(f"{number:,}" for number in numbers))
    return shown
