"""The measurements of the ingest, each as a ratio to the reference taken in the same minute."""

import statistics
import threading
import time
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.ingest.bodies import bodies
from bench.ingest.client import KEY, send
from bench.ingest.reference import Reference
from bench.ingest.server import ApiProcess


@dataclass(frozen=True)
class Figure:
    """One line of the result.

    Args:
        name: what was measured.
        value: the figure.
        unit: of the value; "x" for a ratio.
        target: what it should be, as text.
        is_met: whether it is.
        detail: the absolute figures behind it.
    """

    name: str
    value: float
    unit: str
    target: str
    is_met: bool
    detail: str = ""


@dataclass
class Bench:
    """A running server and its reference.

    Args:
        api: the server.
        reference: the bare loop on the same database server.
        row_count: rows per measurement.
        rounds: how often each pair is taken; the median ratio counts.
    """

    api: ApiProcess
    reference: Reference
    row_count: int
    rounds: int
    _next: int = 0

    def new_rows(self, batch: int, clients: int, target: float) -> Iterator[Figure]:
        """Measure rows that were never there."""
        ratios, speeds, requests = [], [], []
        for _ in range(self.rounds):
            own = self._fresh(batch, clients)
            reference_seconds = self.reference.insert(self._fresh(batch, 1)[0])
            seconds, taken = send(self.api.port, own)
            ratios.append(reference_seconds / seconds)
            speeds.append((self.row_count / reference_seconds, self.row_count / seconds))
            requests += taken
        name = f"new rows, batch {batch}, {clients} client{'s' if clients > 1 else ''}"
        yield _ratio(name, ratios, target, speeds)
        if clients > 1 and batch == 500:
            spread = _p99(requests) / statistics.median(requests)
            detail = f"median {statistics.median(requests) * 1000:.1f} ms, p99 {_p99(requests) * 1000:.1f} ms"
            yield Figure(f"p99 / median of a request, {clients} clients", spread, "x", "<= 4", spread <= 4, detail)

    def same_rows(self, batch: int, target: float) -> Iterator[Figure]:
        """Measure rows that are all there already."""
        ratios, speeds = [], []
        for _ in range(self.rounds):
            own = self._fresh(batch, 1)
            self.reference.insert(own[0])
            send(self.api.port, own)
            reference_seconds = self.reference.upsert(own[0])
            seconds, _ = send(self.api.port, own)
            ratios.append(reference_seconds / seconds)
            speeds.append((self.row_count / reference_seconds, self.row_count / seconds))
        yield _ratio(f"the same rows again, batch {batch}", ratios, target, speeds)

    def ping_under_load(self) -> Iterator[Figure]:
        """Measure `/ping` while four clients push."""
        own = self._fresh(500, 4)
        stopped = threading.Event()
        pings: list[float] = []

        def ping() -> None:
            request = urllib.request.Request(
                f"http://127.0.0.1:{self.api.port}/api/v1/ping", headers={"X-API-Key": KEY}
            )
            while not stopped.is_set():
                start = time.perf_counter()
                with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310 - loopback
                    answer.read()
                pings.append(time.perf_counter() - start)
                stopped.wait(0.02)

        thread = threading.Thread(target=ping)
        thread.start()
        send(self.api.port, own)
        stopped.set()
        thread.join()
        p99 = _p99(pings) * 1000
        yield Figure("ping p99 while four clients push", p99, "ms", "<= 20", p99 <= 20, f"{len(pings)} pings")

    def memory(self) -> Iterator[Figure]:
        """Measure the api's memory after all of it, and what one large body adds."""
        resident = self.api.resident_mb()
        yield Figure("resident memory of the api", resident, "MB", "<= 150", resident <= 150)
        large = next(bodies(self._device(), 1, 45_000, 45_000))
        send(self.api.port, [[large]])
        added = self.api.peak_mb() - resident
        detail = f"a body of {len(large) / 1e6:.1f} MB"
        yield Figure("peak memory one large body adds", added, "MB", "<= 60", added <= 60, detail)

    def fill(self, stored: int) -> None:
        """Bring that many rows into both tables, unmeasured."""
        device = self._device()
        for start in range(1, stored + 1, 50_000):
            part = list(bodies(device, start, min(50_000, stored + 1 - start), 5000))
            self.reference.insert(part)
            send(self.api.port, [part])

    def cost_of(self, measure: Callable[[], float]) -> float:
        """Return the median seconds of a measurement."""
        return statistics.median(measure() for _ in range(self.rounds))

    def push_seconds(self) -> float:
        """Return the seconds that one client needs for new rows at batch 500."""
        return send(self.api.port, self._fresh(500, 1))[0]

    def reference_seconds(self) -> float:
        """Return the seconds that the reference needs for as many."""
        return self.reference.insert(self._fresh(500, 1)[0])

    def _fresh(self, batch: int, clients: int) -> list[list[bytes]]:
        return [list(bodies(self._device(), 1, self.row_count // clients, batch)) for _ in range(clients)]

    def _device(self) -> str:
        self._next += 1
        return f"bench-{self._next:04d}"


def _ratio(name: str, ratios: Sequence[float], target: float, speeds: Sequence[tuple[float, float]]) -> Figure:
    value = statistics.median(ratios)
    reference, ours = (statistics.median(side) for side in zip(*speeds, strict=True))
    detail = f"{ours:,.0f} rows/s against {reference:,.0f}; {min(ratios):.2f} to {max(ratios):.2f}"
    return Figure(name, value, "x", f">= {target}", value >= target, detail)


def _p99(values: Sequence[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]
