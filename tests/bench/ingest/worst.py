"""Measures what the dearest admitted requests cost: ``python -m bench.ingest.worst`` with tests/ as PYTHONPATH.

For each body a process of its own takes it in, the way the api does, and tells how long it had the device's lock and by
how much its memory grew. Ends with 1 when something is over its limit.
"""

import argparse
import subprocess
import sys
import tempfile
import time
from collections import deque
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from sqlalchemy import event

from bench.ingest.worst_bodies import BODIES
from obd2_api.ingest.envelope import read_envelope
from obd2_api.ingest.quiet_times import QuietTimes
from obd2_api.ingest.receive import Ingest, receive
from obd2_common.clock import utc_now
from obd2_common.db.database import Database
from support.database_sources import drop_tables, migrate

LOCK_SECONDS = 2.0
MEMORY_MB = 100


def main() -> int:
    """Print a table of all bodies, or take in one when its file is named."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--database-url", help="a database of its own, which is emptied; else SQLite files are made")
    parser.add_argument("--body", type=Path, help="only take in this body and print seconds and megabytes")
    parser.add_argument("names", nargs="*", help="of the bodies; all when none is named")
    arguments = parser.parse_args()
    if arguments.body:
        sys.stdout.write("{:.3f} {:.3f} {:.0f}\n".format(*measure(arguments.database_url, arguments.body)))
        return 0
    sys.stdout.write(f"{'body':44}{'locked':>10}{'in all':>10}{'memory':>11}\n")
    is_met = True
    for name in arguments.names or BODIES:
        locked, whole, megabytes = _measure_apart(arguments.database_url, name)
        is_good = locked <= LOCK_SECONDS and megabytes <= MEMORY_MB
        is_met = is_met and is_good
        verdict = "" if is_good else "  over the limit"
        sys.stdout.write(f"{name:44}{locked:8.2f} s{whole:8.2f} s{megabytes:8.0f} MB{verdict}\n")
        sys.stdout.flush()
    return 0 if is_met else 1


def _measure_apart(url: str | None, name: str) -> tuple[float, float, float]:
    """Take in the requests of a body, each in a process of its own, and return what the last one tells."""
    with tempfile.TemporaryDirectory() as folder:
        if url is not None:
            drop_tables(url)
        target = url or f"sqlite:///{Path(folder) / 'worst.db'}"
        migrate(target)
        path = Path(folder) / "body"
        told = ""
        for content in BODIES[name]():
            path.write_bytes(content)
            command = [sys.executable, "-m", "bench.ingest.worst", "--database-url", target, "--body", str(path)]
            told = subprocess.run(command, check=True, stdout=subprocess.PIPE, text=True).stdout  # noqa: S603 - ours
    locked, whole, megabytes = map(float, told.splitlines()[-1].split())
    return locked, whole, megabytes


def measure(url: str, path: Path) -> tuple[float, float, float]:
    """Take in a body; return seconds under the device's lock, seconds in all, and megabytes more than before."""
    database = Database(url)
    locks = _watch_locks(database)
    quiet = QuietTimes(timedelta(minutes=5), timedelta(minutes=1))
    ingest = Ingest(database, utc_now, ZoneInfo("America/Chicago"), quiet)
    receive(ingest, read_envelope(b'{"deviceId":"warm","batchId":"b","tables":{"realtime_data":{"rows":[{"id":1}]}}}'))
    Path("/proc/self/clear_refs").write_text("5")  # sets the peak back to what is resident now
    grown_from = _peak_megabytes()
    locks.clear()
    start = time.perf_counter()
    receive(ingest, read_envelope(path.read_bytes()))
    whole = time.perf_counter() - start
    database.close()
    return sum(locks), whole, _peak_megabytes() - grown_from


def _peak_megabytes() -> float:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM"))


def _watch_locks(database: Database) -> deque[float]:
    """Collect how long each transaction lasted from its first lock to the end of its commit."""
    durations: deque[float] = deque()
    started: list[float] = []

    @event.listens_for(database.engine, "after_cursor_execute")
    def _ran(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if not started and (database.is_sqlite or "FOR UPDATE" in statement):
            started.append(time.perf_counter())

    @event.listens_for(database.engine, "checkin")
    def _given_back(_connection: object, _record: object) -> None:
        if started:
            durations.append(time.perf_counter() - started.pop())

    return durations


if __name__ == "__main__":
    sys.exit(main())
