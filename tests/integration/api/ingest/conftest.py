"""What holds for all tests of the ingest."""

from collections.abc import Iterator

import pytest
import structlog

from obd2_common.db.database import Database
from support.ingest_setup import Server


@pytest.fixture(autouse=True)
def _plain_logs() -> Iterator[None]:
    """Log failures without drawing their stack, which takes seconds each."""
    structlog.configure(processors=[structlog.processors.KeyValueRenderer()])
    yield
    structlog.reset_defaults()


@pytest.fixture
def server(database: Database) -> Server:
    """An ingest over each database."""
    return Server(database)
