"""A worker as a process of its own that says when it has a job in hand, for tests that kill it there."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

_PROGRAM = """
import sys, threading
from datetime import timedelta
import obd2_analyzer.facts_job as facts_job
from obd2_analyzer.thresholds import OperatorLimits
from obd2_analyzer.context import Context
from obd2_analyzer.worker import Worker
from obd2_common.clock import utc_now
from obd2_common.db.database import Database

def hang(*arguments, **named):
    sys.stdout.write("in hand\\n")
    sys.stdout.flush()
    threading.Event().wait()

facts_job.{hook} = hang
worker = Worker(Context(Database(sys.argv[1]), OperatorLimits(), utc_now), name="doomed",
                lease=timedelta(seconds=60), max_attempts=5)
worker.work_once()
"""
"""The place where it stops: before anything is read, or inside the transaction that stores."""


@contextmanager
def worker_in_hand(database_url: str, hook: str) -> Iterator[subprocess.Popen[str]]:
    """Run a worker until it has a job in hand and hangs there; it is killed at the end of the block at the latest.

    Args:
        database_url: of a database with a due job.
        hook: the function of `obd2_analyzer.facts_job` in which it hangs.
    """
    command = [sys.executable, "-c", _PROGRAM.replace("{hook}", hook), database_url]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)  # noqa: S603 - our own program
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if line == "in hand\n":
                break
        else:
            raise RuntimeError("the worker ended before it had a job in hand")
        yield process
    finally:
        process.send_signal(signal.SIGKILL)
        process.wait()
        if process.stdout is not None:
            process.stdout.close()
