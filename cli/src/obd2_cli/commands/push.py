"""`obd2 push`: send a Pi database to the server as the Pi would."""

from pathlib import Path
from typing import Annotated

import typer

from obd2_cli import push
from obd2_cli.client_settings import ApiKeyOption, ClientSettings, UrlOption, find_key, find_url
from obd2_cli.receipts import closing_lines, proof_table, receipt_table, shown_progress
from obd2_cli.settings import load_settings
from obd2_cli.terminal import Console
from obd2_common.errors import EXIT_FAILED

SHOWN_KEYS = 5


def command(
    file: Annotated[Path, typer.Argument(help="The Pi's SQLite database; it is only read.")],
    *,
    url: UrlOption = None,
    device: Annotated[str, typer.Option(help="Device id to send under.")] = "chi-eclipse-01",
    api_key: ApiKeyOption = "",
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

    One table per request, 500 rows at most, retries after 1, 2 and 4 seconds. The cursors are kept beside the file, for
    one server and device, so a second run sends only what is new; the server is asked first how far it is. Ends with 0
    only when every table is with the server.
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
    with shown_progress(console) as on_progress:
        result = push.push_database(
            file,
            target,
            state=state_path,
            is_fresh=fresh,
            is_flushed=flush,
            ask=push.ask_server,
            batch_size=batch_size,
            on_progress=on_progress,
        )
    if result.rows_sent or not result.is_ok:
        console.print(receipt_table(result))
    for line in closing_lines(result, state_path):
        console.print(line, soft_wrap=True)
    is_proven = not verify or _verify(console, file, target)
    raise typer.Exit(0 if result.is_ok and is_proven else EXIT_FAILED)


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
