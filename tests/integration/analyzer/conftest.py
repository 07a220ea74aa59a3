"""A garage over each database."""

import pytest

from analyzer_store import Garage
from obd2_common.database import Database


@pytest.fixture
def garage(database: Database) -> Garage:
    """A database that knows one car, and a workbench over it."""
    made = Garage(database)
    made.know()
    return made
