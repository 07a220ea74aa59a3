"""The measurements of the ingest, each as a ratio to the reference taken in the same minute."""

import statistics
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bench.ingest.bodies import bodies
from bench.ingest.client import ping, send
from bench.ingest.reference import Reference
from bench.ingest.server import ApiProcess

PINGS = 400


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
        cpu_seconds = 0.0
        for _ in range(self.rounds):
            own = self._fresh(batch, clients)
            reference_seconds = self.reference.insert(self._fresh(batch, 1)[0])
            cpu_seconds -= self.api.cpu_seconds()
            seconds, taken = send(self.api.port, own)
            cpu_seconds += self.api.cpu_seconds()
            ratios.append(reference_seconds / seconds)
            speeds.append((self.row_count / reference_seconds, self.row_count / seconds))
            requests += taken
        name = f"new rows, batch {batch}, {clients} client{'s' if clients > 1 else ''}"
        effort = f"; {cpu_seconds / len(requests) * 1000:.1f} ms of processor time a request"
        yield _ratio(name, ratios, target, speeds, effort)
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
        """Measure `/ping` while four clients push without a pause."""
        devices = [self._device() for _ in range(4)]
        own = [list(bodies(device, 1, self.row_count // 4, 500)) for device in devices]
        is_over = threading.Event()
        pings: list[float] = []

        def ask() -> None:
            try:
                for number in range(PINGS):
                    pings.append(ping(self.api.port))
                    # Not in step with the requests.
                    is_over.wait(0.002 * (1 + number % 5))
            finally:
                is_over.set()

        thread = threading.Thread(target=ask)
        thread.start()
        while not is_over.is_set():
            send(self.api.port, own)
            following = [self._device() for _ in devices]
            own = [
                [body.replace(old.encode(), new.encode()) for body in batches]
                for batches, old, new in zip(own, devices, following, strict=True)
            ]
            devices = following
        thread.join()
        p99, median = _p99(pings) * 1000, statistics.median(pings) * 1000
        detail = f"{len(pings)} pings, median {median:.1f} ms, slowest {max(pings) * 1000:.1f} ms"
        yield Figure("ping p99 while four clients push", p99, "ms", "<= 20", p99 <= 20, detail)

    def memory(self) -> Iterator[Figure]:
        """Measure the api's memory after all of it, and what one large body adds."""
        resident = self.api.resident_mb()
        yield Figure("resident memory of the api", resident, "MB", "<= 150", resident <= 150)
        large = next(bodies(self._device(), 1, 20_000, 20_000))
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


def _ratio(
    name: str,
    ratios: Sequence[float],
    target: float,
    speeds: Sequence[tuple[float, float]],
    remark: str = "",
) -> Figure:
    value = statistics.median(ratios)
    reference, ours = (statistics.median(side) for side in zip(*speeds, strict=True))
    detail = f"{ours:,.0f} rows/s against {reference:,.0f}; {min(ratios):.2f} to {max(ratios):.2f}{remark}"
    return Figure(name, value, "x", f">= {target}", value >= target, detail)


def _p99(values: Sequence[float]) -> float:
    return sorted(values)[int(len(values) * 0.99)]
