"""Faults: a seeded scheduler kills, stops, cuts and takes away, while Pis, readers and uploads go on."""

import random
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from proof.line import Line, open_line
from proof.load import Crowd
from proof.target import Target, paused
from proof.verdicts import Verdict

PART = "faults"
PIS = 4
JOIN_SECONDS = 300.0
Fault = Callable[[random.Random], None]


def run_faults(target: Target, name: str, seed: int, count: int, seconds: float) -> list[Verdict]:
    """Inject faults evenly spread over a time, and compare what is left with what was acknowledged.

    Args:
        target: a stack of which we have no processes gets those of the line only.
        name: of the devices.
        seed: of the scheduler: the same seed is the same order.
        count: how many.
        seconds: the time; more when faults themselves take longer.
    """
    generator = random.Random(seed)  # noqa: S311 - test data
    done: Counter[str] = Counter()
    with open_line(target.address) as line:
        faults = faults_for(target, line)
        crowd = Crowd.of(target, name, PIS, 10**9, line.address)
        pushing = crowd.start()
        began = time.monotonic()
        for number in range(count):
            kind = generator.choice(list(faults))
            faults[kind](generator)
            done[kind] += 1
            time.sleep(max(0.0, began + (number + 1) * seconds / count - time.monotonic()))
        target.wait_until_healthy()
        crowd.is_over.set()
        for thread in pushing:
            thread.join(JOIN_SECONDS)
        stuck = sum(thread.is_alive() for thread in pushing)
    verdicts = [Verdict(PART, kind, times, 0) for kind, times in sorted(done.items())]
    verdicts.append(Verdict(PART, "Pis; lost is one that never got through again", PIS, stuck))
    return [*verdicts, *crowd.verdicts(PART)]


def faults_for(target: Target, line: Line) -> dict[str, Fault]:
    """Return what can be done to a target."""
    found: dict[str, Fault] = {
        "connections cut": lambda _: line.cut(),
        "connections half open for up to 2 s": lambda by: line.swallow(by.uniform(0.1, 2)),
    }
    if (server := target.server) is not None:
        found |= {
            "server killed (SIGKILL)": lambda _: _kill_and_wait(target),
            "server stopped for up to 3 s (SIGSTOP)": lambda by: server.pause(by.uniform(0.1, 3)),
            "vault away for up to 2 s": lambda by: _take_away(server.vault, by.uniform(0.1, 2)),
        }
    if (database := target.database) is not None:
        found |= {
            "database killed (SIGKILL)": lambda _: database.kill(),
            "database stopped for up to 3 s (SIGSTOP)": lambda by: paused(database.process, by.uniform(0.1, 3)),
        }
    return found


def _kill_and_wait(target: Target) -> None:
    if target.server is not None:
        target.server.kill()
        target.wait_until_healthy()


def _take_away(vault: Path, seconds: float) -> None:
    elsewhere = vault.with_name(f"{vault.name}-elsewhere")
    vault.rename(elsewhere)
    time.sleep(seconds)
    if vault.exists():  # made by the server meanwhile; a disk that comes back would hide it
        vault.rename(vault.with_name(f"{vault.name}-{time.monotonic_ns()}"))
    elsewhere.rename(vault)
