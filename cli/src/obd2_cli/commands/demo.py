"""`obd2 demo`: see the whole thing work once, on this machine, in less than a minute."""

import signal
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path
from types import FrameType
from typing import Annotated, NoReturn

import typer

from obd2_cli.demo.run import Demo, run_demo
from obd2_cli.demo.server import DemoServer, log_tail
from obd2_cli.terminal import Console
from obd2_common import __version__
from obd2_common.errors import EXIT_FAILED, Obd2Error
from obd2_common.settings import CommonSettings


def command(
    *,
    keep: Annotated[bool, typer.Option("--keep", help="Leave the server running until Ctrl-C.")] = False,
) -> None:
    """See the whole thing work once.

    Starts a server on a folder that is thrown away, sends it a healthy and an overheating simulated drive as the Pi
    does, lets it find out which is which, and sends a backup. Nothing else on this machine is touched. Ends with 0
    when everything was as it should be.
    """
    console = Console(highlight=False)
    began = time.monotonic()
    signal.signal(signal.SIGTERM, _leave)  # so that the server started here is stopped, too
    console.print(f"[bold]OBD2-Server {__version__}[/bold], a demonstration")
    with tempfile.TemporaryDirectory(prefix="obd2-demo-") as folder, ExitStack() as stack:
        demo = Demo(console, Path(folder), CommonSettings.model_construct().zone)
        try:
            server = run_demo(demo, stack)
        except Obd2Error:
            _show_log(console, Path(folder) / "server.log")
            raise
        is_good = _judge(demo, time.monotonic() - began)
        if not is_good:
            _show_log(console, Path(folder) / "server.log")
        (_keep if keep else _farewell)(console, server)
    raise typer.Exit(0 if is_good else EXIT_FAILED)


def _judge(demo: Demo, seconds: float) -> bool:
    demo.step("Is that so?")
    for check in demo.checks:
        mark = "[green]yes[/green]" if check.is_true else "[bold red]NO [/bold red]"
        demo.console.print(f"  {mark}  {check.sentence}" + ("" if check.is_true else f" ({check.found})"))
    is_good = all(check.is_true for check in demo.checks)
    verdict = "[bold green]Everything is as it should be.[/bold green]" if is_good else "[bold red]Not so.[/bold red]"
    demo.console.print(f"\n{verdict} It took {seconds:.0f} s.")
    return is_good


def _farewell(console: Console, server: DemoServer) -> None:
    console.print(f"Its interface is described at {server.url}/docs", soft_wrap=True)
    console.print("which ends now with its server; `obd2 demo --keep` leaves it up.")
    console.print("[dim]A server to stay: obd2 serve. A look at what it knows: obd2 report.[/dim]")


def _keep(console: Console, server: DemoServer) -> None:
    console.print(f"Its interface is described at {server.url}/docs", soft_wrap=True)
    console.print(f"It stays up until Ctrl-C; its key is {server.api_key}", soft_wrap=True)
    console.print(f"Look around: obd2 report 2 --url {server.url} --api-key {server.api_key}", soft_wrap=True)
    try:
        server.wait()
    except KeyboardInterrupt:
        console.print("Stopped.")


def _show_log(console: Console, log: Path) -> None:
    if log.is_file():
        console.print(f"\n[dim]The end of the server's log:[/dim]\n{log_tail(log)}", markup=False)


def _leave(number: int, _frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)
