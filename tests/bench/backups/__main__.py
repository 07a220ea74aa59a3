"""Measures uploads against cp and sha256sum on the same disk, and the plan of a rotation; part of ``make bench``."""

import argparse
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from bench.backups.clients import CLIENTS, Send, timed
from bench.ingest.measurements import Figure
from obd2_backup.retention import KeptBackup, RetentionPolicy, plan
from obd2_common import migrate
from obd2_common.db.database import Database
from support.api_process import ApiProcess, running_api

RATIO_TARGET, PLAN_SECONDS_LIMIT, GROWTH_LIMIT_MB = 0.6, 1.0, 40
PLANNED_COUNT = 10_000
BLOCK_BYTES = 1 << 20
WARM_UP_BYTES = 8 << 20
TICKS = os.sysconf("SC_CLK_TCK")


def main() -> int:
    """Print one table; exit with 1 when a target is missed."""
    parser = argparse.ArgumentParser(prog="python -m bench.backups", description=__doc__)
    parser.add_argument("--megabytes", type=int, default=500, help="size of the file")
    parser.add_argument("--rounds", type=int, default=5, help="repetitions, of which the median counts")
    parser.add_argument("--folder", type=Path, help="where to work: a folder on the disk to be measured")
    arguments = parser.parse_args()
    with TemporaryDirectory(dir=arguments.folder) as folder:
        figures = [*_uploads(Path(folder), arguments.megabytes, arguments.rounds), _planning()]
    table = Table(title=f"Backups: uploads of {arguments.megabytes} MB against cp and sha256sum, and a plan")
    for heading in ("measurement", "figure", "target", "", "detail"):
        table.add_column(heading, justify="right" if heading == "figure" else "left")
    for figure in figures:
        verdict = "[green]met[/green]" if figure.is_met else "[red]missed[/red]"
        table.add_row(figure.name, f"{figure.value:.2f} {figure.unit}", figure.target, verdict, figure.detail)
    Console(width=150).print(table)
    return 0 if all(figure.is_met for figure in figures) else 1


def _uploads(folder: Path, megabytes: int, rounds: int) -> Iterator[Figure]:
    url = f"sqlite:///{folder / 'obd2.db'}"
    database = Database(url)
    migrate.upgrade(database)
    database.close()
    file = folder / "obd.db"
    with running_api(folder, url) as api:
        _fill(file, WARM_UP_BYTES)
        for send in CLIENTS.values():
            send(api, file)
        peak_before = api.peak_bytes()
        _fill(file, megabytes * 1_000_000)
        for name, send in CLIENTS.items():
            yield _compare(name, send, api, file, rounds)
        growth_mb = (api.peak_bytes() - peak_before) / 1_000_000
    detail = f"{peak_before / 1_000_000:.0f} MB at the most before"
    yield Figure(
        "memory the api grew by", growth_mb, "MB", f"<= {GROWTH_LIMIT_MB}", growth_mb <= GROWTH_LIMIT_MB, detail
    )


def _compare(name: str, send: Send, api: ApiProcess, file: Path, rounds: int) -> Figure:
    """Take the reference and an upload in turn; the median of the ratios counts."""
    pairs, works, client_works = [], [], []
    for _ in range(rounds):
        _settle()
        reference = _reference_seconds(file)
        _settle()
        worked = _processor_seconds(api.process.pid)
        sent = timed(send, api, file)
        works.append(_processor_seconds(api.process.pid) - worked)
        client_works.append(sent.client_seconds)
        pairs.append((reference, sent.seconds))
        for stored in api.spooled_files():
            stored.unlink()
    ratio = statistics.median(reference / seconds for reference, seconds in pairs)
    reference, seconds = (statistics.median(side) for side in zip(*pairs, strict=True))
    detail = (
        f"{seconds:.2f} s against {reference:.2f} s; processor time: "
        f"api {statistics.median(works):.2f} s, client {statistics.median(client_works):.2f} s"
    )
    return Figure(f"upload with {name}", ratio, "x", f">= {RATIO_TARGET}", ratio >= RATIO_TARGET, detail)


def _reference_seconds(file: Path) -> float:
    """Return how long cp and sha256sum take; unlike an upload, they leave the copy in memory, not yet on the disk."""
    copy = file.with_suffix(".copy")
    began = time.perf_counter()
    subprocess.run(["cp", file, copy], check=True)  # noqa: S603, S607 - the system's own
    subprocess.run(["sha256sum", file], check=True, stdout=subprocess.DEVNULL)  # noqa: S603, S607
    seconds = time.perf_counter() - began
    copy.unlink()
    return seconds


def _settle() -> None:
    """Have everything written that waits, so that neither side pays for the other."""
    os.sync()


def _fill(file: Path, size_bytes: int) -> None:
    """Write what no file system can make smaller."""
    with file.open("wb") as stream:
        for begin in range(0, size_bytes, BLOCK_BYTES):
            stream.write(os.urandom(min(BLOCK_BYTES, size_bytes - begin)))


def _processor_seconds(pid: int) -> float:
    """Return the processor time a process has taken.

    Source: proc_pid_stat(5), fields 14 and 15.
    """
    after_name = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(after_name[11]) + int(after_name[12])) / TICKS


def _planning() -> Figure:
    now = datetime(2026, 7, 1, tzinfo=UTC)
    backups = [
        KeptBackup(str(number), now - timedelta(hours=number), is_verified=number % 2 == 0)
        for number in range(PLANNED_COUNT)
    ]
    policy = RetentionPolicy(last=30, hourly=24, daily=14, weekly=8, monthly=24, yearly=5)
    began = time.perf_counter()
    plan(backups, policy, now=now)
    seconds = time.perf_counter() - began
    name = f"plan for {PLANNED_COUNT:,} backups of one bucket"
    return Figure(name, seconds, "s", f"<= {PLAN_SECONDS_LIMIT:.0f}", seconds <= PLAN_SECONDS_LIMIT)


if __name__ == "__main__":
    sys.exit(main())
