"""A garage over each database."""

import pytest

from obd2_common.db.database import Database
from support.analyzer_store import Garage


@pytest.fixture
def garage(database: Database) -> Garage:
    """A database that knows one car, and what jobs work with."""
    made = Garage(database)
    made.know()
    return made
