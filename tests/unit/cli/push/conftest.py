"""A database of a Pi, a server to push it to, and the push between them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from obd2_cli.push import PushResult, PushTarget, push_database
from obd2_cli.simulate import DatabasePlan, DriveKind, DrivePlan, write_pi_database
from support.pi_pushes import NOW, Push
from support.sync_server_fake import SyncServerFake, receipt, sync_server


@pytest.fixture
def server() -> Iterator[SyncServerFake]:
    with sync_server() as fake:
        fake.answer = receipt
        yield fake


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A drive of two and a half batches of readings, and something in every table."""
    path = tmp_path / "obd.db"
    drive = DrivePlan(DriveKind.SHORT_HOP, datetime(2026, 6, 1, 13, tzinfo=UTC), drive_id=3, duration_seconds=165)
    write_pi_database(path, DatabasePlan((drive,), fills_every_table=True))
    return path


@pytest.fixture
def slept() -> list[float]:
    return []


@pytest.fixture
def push(server: SyncServerFake, source: Path, slept: list[float]) -> Push:
    def run(*, path: Path = source, is_faithful: bool = False, **options: Any) -> PushResult:  # noqa: ANN401
        target = PushTarget(server.url, "chi-eclipse-01", "secret", is_faithful=is_faithful)
        return push_database(path, target, sleep=slept.append, clock=lambda: NOW, **options)

    return run
