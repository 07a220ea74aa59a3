"""Load: many Pis with years of backlog, with readers, uploads and analyses beside them."""

import statistics
import threading
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from proof.company import Company
from proof.pis import Pi
from proof.target import Target
from proof.verdicts import Verdict

PART = "load"
MEMORY_GROWTH_MB = 100.0
"""How much more the server may use at the end than in the middle."""
LOOK_SECONDS = 1.0


@dataclass(frozen=True)
class Crowd:
    """Pis and company under one name, so that runs on one stack do not meet."""

    pis: list[Pi]
    company: Company
    is_over: threading.Event

    @classmethod
    def of(cls, target: Target, name: str, count: int, rows: int, address: tuple[str, int] | None = None) -> "Crowd":
        """Gather a number of Pis with that many rows each."""
        is_over = threading.Event()
        at = address or target.address
        pis = [Pi(target, f"{name}-pi-{number}", at, is_over, rows) for number in range(count)]
        return cls(pis, Company(target, name, is_over), is_over)

    def start(self) -> list[threading.Thread]:
        """Start everybody and return the threads of the Pis."""
        pushing = [threading.Thread(target=pi.run, daemon=True) for pi in self.pis]
        for thread in [*pushing, *self.company.threads()]:
            thread.start()
        return pushing

    def verdicts(self, part: str) -> list[Verdict]:
        """Say what became of what was acknowledged."""
        rows = sum(sum(pi.acknowledged.values()) for pi in self.pis)
        compared = [pi.differences() for pi in self.pis]
        lost_rows = sum(lost for lost, _ in compared)
        told = "; ".join(text for _, text in compared if text) or "every device's digest is equal"
        lost_files, names = self.company.lost_uploads()
        files = sum(map(len, self.company.kept.values()))
        refused = sum(pi.refused for pi in self.pis)
        statuses = sum((pi.statuses for pi in self.pis), Counter[int]())
        requests = sum(statuses.values())
        return [
            Verdict(part, "rows acknowledged and compared", rows, lost_rows, told),
            Verdict(part, "uploads acknowledged and looked for in the vault", files, lost_files, names),
            Verdict(part, "requests of Pis; lost is what a Pi gives up", requests, refused, told_statuses(statuses)),
        ]


def run_load(target: Target, name: str, count: int, rows: int) -> list[Verdict]:
    """Let Pis send their backlog, all at once, and wait for the last row."""
    crowd = Crowd.of(target, name, count, rows)
    memory: list[float] = []
    began = time.monotonic()
    pushing = crowd.start()
    while any(thread.is_alive() for thread in pushing):
        pushing[0].join(LOOK_SECONDS)
        if target.server is not None:
            memory.append(target.server.resident_mb())
        if not pushing[0].is_alive():
            pushing = pushing[1:] or pushing
    seconds = time.monotonic() - began
    crowd.is_over.set()
    sent = [latency for pi in crowd.pis for latency in pi.latencies]
    sum_rows = sum(sum(pi.acknowledged.values()) for pi in crowd.pis)
    verdicts = crowd.verdicts(PART)
    speed = f"{sum_rows / seconds:,.0f} rows/s; {told_latencies(sent)}"
    verdicts.append(Verdict(PART, f"batches of {count} Pis at once", len(sent), 0, speed))
    read = crowd.company.latencies
    failures = {status: n for status, n in crowd.company.statuses.items() if status in {0, 500}}
    verdicts.append(
        Verdict(
            PART,
            "pages read meanwhile; lost is no answer or 500",
            len(read),
            sum(failures.values()),
            told_latencies(read),
        )
    )
    if memory:
        middle, end = memory[len(memory) // 2], memory[-1]
        is_flat = end - middle <= MEMORY_GROWTH_MB
        detail = f"{middle:.0f} MB halfway, {end:.0f} MB at the end, most {max(memory):.0f} MB"
        verdicts.append(Verdict(PART, "looks at the server's memory", len(memory), int(not is_flat), detail))
    return verdicts


def told_latencies(seconds: Sequence[float]) -> str:
    """Say how long requests took."""
    if len(seconds) < 2:
        return "too few to tell"
    cuts = statistics.quantiles(seconds, n=100, method="inclusive")
    return f"median {cuts[49] * 1000:,.0f} ms, 99 % {cuts[98] * 1000:,.0f} ms, longest {max(seconds) * 1000:,.0f} ms"


def told_statuses(statuses: Counter[int]) -> str:
    """Say which answers came how often."""
    named = {0: "no answer"}
    return ", ".join(f"{named.get(status, status)}: {count:,}" for status, count in sorted(statuses.items()))
