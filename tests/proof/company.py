"""Who uses the server beside the Pis that sync: readers, uploads and requests for analyses, and what they were told."""

import hashlib
import random
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial

import httpx

from proof.target import Target, wait_until

UPLOADS_PER_DEVICE = 20
"""Fewer than any policy lets go of."""
STORE_SECONDS = 300.0
PAGES = ("/health", "/drives", "/devices", "/recommendations", "/backups", "/quarantine", "/trouble-codes")


@dataclass
class Company:
    """Three threads; each goes on until it is over."""

    target: Target
    name: str
    is_over: threading.Event
    statuses: Counter[int] = field(default_factory=Counter)
    latencies: list[float] = field(default_factory=list)
    kept: dict[str, set[str]] = field(default_factory=dict)
    uploads: int = 0

    def threads(self) -> list[threading.Thread]:
        """Return the threads, to be started."""
        return [threading.Thread(target=work, daemon=True) for work in (self._read, self._upload, self._analyze)]

    def lost_uploads(self) -> tuple[int, str]:
        """Compare the files the server lists as stored with those it acknowledged."""
        lost: list[str] = []
        for device, digests in self.kept.items():
            try:
                wait_until("the uploads are stored", partial(self._has_stored, device, digests), STORE_SECONDS)
            except TimeoutError:
                lost += [f"{device} {digest[:8]}" for digest in digests - self._stored(device)]
        return len(lost), ", ".join(lost[:5])

    def _has_stored(self, device: str, digests: set[str]) -> bool:
        return digests <= self._stored(device)

    def _stored(self, device: str) -> set[str]:
        answer = self.target.ask("/api/v1/backups", deviceId=device, limit=100)
        return {item["sha256"] for item in answer["backups"] if item["state"] == "stored"}

    def _read(self) -> None:
        generator = random.Random(self.name)  # noqa: S311 - test data
        self._again(lambda: self._get(f"/api/v1{generator.choice(PAGES)}"))

    def _get(self, path: str) -> None:
        began = time.monotonic()
        self.statuses[self.target.call("GET", path).status_code] += 1
        self.latencies.append(time.monotonic() - began)

    def _upload(self) -> None:
        self._again(self._upload_one, 0.3)

    def _upload_one(self) -> None:
        device = f"{self.name}-files-{self.uploads // UPLOADS_PER_DEVICE}"
        content = f"{self.name} {self.uploads}\n".encode() * 2_000
        self.uploads += 1
        answer = self.target.call(
            "POST",
            "/api/v1/backup",
            data={"type": "logs", "deviceId": device},
            files={"file": (f"obd-{self.uploads}.log", content)},
        )
        self.statuses[answer.status_code] += 1
        if answer.is_success:
            self.kept.setdefault(device, set()).add(hashlib.sha256(content).hexdigest())

    def _analyze(self) -> None:
        def ask() -> None:
            document = {"drive_id": 1, "deviceId": f"{self.name}-pi-0", "parameters": {}}
            self.statuses[self.target.call("POST", "/api/v1/analyze", json=document).status_code] += 1

        self._again(ask, 1.0)

    def _again(self, work: Callable[[], None], pause_seconds: float = 0.05) -> None:
        while not self.is_over.wait(pause_seconds):
            try:
                work()
            except httpx.HTTPError:
                self.statuses[0] += 1
