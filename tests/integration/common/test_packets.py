"""A server that takes only small statements is told apart at start, not by the first large batch."""

import pytest

from obd2_common.db.bulk import MAX_STATEMENT_CHARACTERS
from obd2_common.db.database import Database
from obd2_common.db.packets import NEEDED_BYTES, check_packets
from obd2_common.errors import ConfigurationError

LONGEST_CHARACTER_BYTES = 4


def test_a_server_that_takes_our_statements_is_right(database: Database) -> None:
    check_packets(database)

    assert MAX_STATEMENT_CHARACTERS * LONGEST_CHARACTER_BYTES < NEEDED_BYTES


def test_a_server_that_takes_smaller_ones_is_refused_with_what_to_set(database: Database) -> None:
    if database.is_sqlite:
        check_packets(database, 2**31)
        return
    with pytest.raises(ConfigurationError, match=r"max_allowed_packet is \d+ MiB, 2048 MiB are needed: set it"):
        check_packets(database, 2**31)
