"""Computes drives in a process of its own, for their time and the memory they take."""

import sys
import time
from datetime import timedelta
from pathlib import Path

import orjson

import obd2_analyzer.__main__  # noqa: F401 - the memory of the whole program counts
from bench.facts.stored import queue_drive
from obd2_analyzer.context import Context
from obd2_analyzer.thresholds import OperatorLimits
from obd2_analyzer.worker import FACTS, Worker
from obd2_common.clock import utc_now
from obd2_common.db.database import Database
from obd2_common.logging import configure_logging


def main(url: str, drive_ids: list[int]) -> None:
    """Compute drives one after the other and write seconds, seconds of processor time and peak memory of each."""
    configure_logging("ERROR", "console")
    database = Database(url)
    context = Context(database, OperatorLimits(), utc_now)
    worker = Worker(context, name="bench", lease=timedelta(hours=1), max_attempts=1, selections=FACTS)
    for drive_id in drive_ids:
        queue_drive(database, drive_id)
        began, worked = time.perf_counter(), time.process_time()
        if not worker.work_once() or worker.last_error is not None:
            raise SystemExit(f"drive {drive_id} was not computed: {worker.last_error}")
        seconds, processor_seconds = time.perf_counter() - began, time.process_time() - worked
        line = {"seconds": seconds, "processor_seconds": processor_seconds, "peak_bytes": _peak_bytes()}
        sys.stdout.write(orjson.dumps(line).decode() + "\n")
    database.close()


def _peak_bytes() -> int:
    status = Path("/proc/self/status").read_text(encoding="ascii")
    line = next(line for line in status.splitlines() if line.startswith("VmHWM"))
    return int(line.split()[1]) * 1024


if __name__ == "__main__":
    main(sys.argv[1], [int(argument) for argument in sys.argv[2:]])
