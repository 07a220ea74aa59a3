"""The demonstration from its start to its verdict, told on the way."""

import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeVar
from zoneinfo import ZoneInfo

from rich.console import RenderableType
from rich.padding import Padding
from rich.text import Text

from obd2_api.schemas.backups import BackupItem
from obd2_api.schemas.drives import DriveDetail
from obd2_cli import push, report
from obd2_cli.demo.checks import Check, backup_checks, drive_checks, push_checks
from obd2_cli.demo.pi import DEVICE, HEALTHY_DRIVE, HOT_DRIVE, PiDatabase, write_backup, write_database
from obd2_cli.demo.server import DemoServer, demo_server
from obd2_cli.receipts import receipt_table, shown_progress
from obd2_cli.server_client import ServerClient
from obd2_cli.terminal import Console
from obd2_common.clock import utc_now
from obd2_common.errors import Obd2Error
from obd2_common.file_hash import sha256_of

PATIENCE_SECONDS = 60.0
_LOOK_SECONDS = 0.2
Found = TypeVar("Found")


class DemoTimeoutError(Obd2Error):
    """The server did not finish its work in time."""


@dataclass
class Demo:
    """The demonstration under way.

    Args:
        console: where it is told.
        folder: everything lies in it.
        zone: of the times shown.
    """

    console: Console
    folder: Path
    zone: ZoneInfo
    checks: list[Check] = field(default_factory=list)
    steps: int = 0

    def step(self, title: str, said: str = "") -> None:
        """Begin the next step."""
        self.steps += 1
        self.console.print(f"\n[bold cyan]{self.steps}  {title}[/bold cyan]")
        if said:
            self.show(Text(said))

    def show(self, content: RenderableType) -> None:
        """Show something of this step."""
        self.console.print(Padding(content, (0, 0, 0, 2)))


def run_demo(demo: Demo, stack: ExitStack) -> DemoServer:
    """Go through the demonstration; the server it used runs until the stack is closed.

    Raises:
        Obd2Error: the server did not start, or did not do its part.
    """
    began = time.monotonic()
    demo.step("A server", "obd2 serve: api, analyzer and backup in one process, on an empty folder.")
    server = stack.enter_context(demo_server(demo.folder))
    demo.show(Text(f"{server.url}, ready after {time.monotonic() - began:.1f} s", style="dim"))
    client = stack.enter_context(ServerClient(server.url, server.api_key))
    database = _push_drives(demo, client, server)
    _show_drives(demo, client, database)
    _keep_backup(demo, client, server, database)
    demo.checks.append(Check("the documentation page answers", client.has_documentation()))
    return server


def _push_drives(demo: Demo, client: ServerClient, server: DemoServer) -> PiDatabase:
    demo.step("A Pi", "Two simulated drives: yesterday's was fine, on today's the engine overheated.")
    database = write_database(demo.folder / "pi" / "obd.db", utc_now())
    demo.show(Text(f"obd.db, {database.rows:,} rows in ten tables", style="dim"))
    demo.step("Home again", "obd2 push: what is new, one table and at most 500 rows per request.")
    target = push.PushTarget(url=server.url, device_id=DEVICE, api_key=server.api_key)
    began = time.monotonic()
    with shown_progress(demo.console) as on_progress:
        first = push.push_database(database.path, target, is_flushed=True, on_progress=on_progress)
    seconds = time.monotonic() - began
    demo.show(Padding(receipt_table(first), (1, 0)))
    demo.show(Text(f"{first.rows_sent:,} rows in {seconds:.1f} s", style="dim"))
    second = push.push_database(database.path, target)
    proofs = push.verify_database(database.path, target)
    demo.checks += push_checks(database, first, second, client.health().quarantined_rows)
    unproven = [proof.table for proof in proofs if not proof.is_proven]
    demo.checks.append(Check("digests prove that the server holds exactly the Pi's rows", not unproven, str(unproven)))
    return database


def _show_drives(demo: Demo, client: ServerClient, database: PiDatabase) -> None:
    demo.step("What the server makes of it", "Drives, statistics, findings and a grade, all computed from the rows.")
    with demo.console.status("computing"):
        healthy = _wait_for(lambda: _finished(client, database, HEALTHY_DRIVE))
        hot = _wait_for(lambda: _finished(client, database, HOT_DRIVE))
    for table in report.drive_tables(client.drives(device=DEVICE, limit=10), demo.zone):
        demo.show(Padding(table, (1, 0, 1, 0)))
    for drive in (healthy, hot):
        demo.show(Text(f"Findings on drive {drive.drive_key}", style="bold"))
        demo.show(Padding(report.findings(drive, demo.zone), (0, 0, 1, 2)))
    answer = client.analyze(HOT_DRIVE)
    demo.show(Text(f"Recommendations for drive {HOT_DRIVE}", style="bold"))
    demo.show(Padding(report.recommendations(hot), (0, 0, 0, 2)))
    demo.checks += drive_checks(database, healthy, hot)
    demo.checks.append(
        Check(
            "POST /analyze answers with the same advice",
            [item.recommendation for item in answer.recommendations]
            == [item.recommendation for item in (hot.latest_analysis.recommendations if hot.latest_analysis else [])],
            answer.message,
        )
    )


def _finished(client: ServerClient, database: PiDatabase, number: int) -> DriveDetail | None:
    """Return a drive once all its rows are in its facts and an analysis of these facts is there."""
    listed = {drive.drive_key for drive in client.drives(device=DEVICE, limit=10)}
    if str(number) not in listed:
        return None
    drive = client.drive(DEVICE, str(number))
    analysis = drive.latest_analysis
    is_done = drive.row_count == database.readings[number] and analysis is not None
    return drive if is_done and analysis and analysis.facts_digest == drive.facts_digest else None


def _keep_backup(demo: Demo, client: ServerClient, server: DemoServer, database: PiDatabase) -> None:
    demo.step("A backup", "The Pi's whole database, compressed, for safe keeping.")
    backup = write_backup(database.path, demo.folder / "pi" / "obd.db.gz")
    receipt = client.upload_backup(backup.path, device=DEVICE, kind="database", sha256=backup.sha256)

    def stored() -> BackupItem | None:
        return next((item for item in client.backups(device=DEVICE) if item.state == "stored"), None)

    listed = _wait_for(stored)
    kept = sha256_of(server.vault / listed.path)
    demo.show(Text(f"{listed.filename}, {backup.size_bytes:,} bytes, {listed.verification}", style="dim"))
    demo.show(Text(f"SHA-256 sent  {backup.sha256}\nSHA-256 kept  {kept}", style="dim"))
    demo.checks += backup_checks(backup, receipt.sha256, listed, kept)


def _wait_for(look: Callable[[], Found | None]) -> Found:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while (found := look()) is None:
        if time.monotonic() > deadline:
            raise DemoTimeoutError(f"the server did not finish its work within {PATIENCE_SECONDS:.0f} s")
        time.sleep(_LOOK_SECONDS)
    return found
