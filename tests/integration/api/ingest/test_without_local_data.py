"""A server that takes no local data, as MySQL does unless it is told, stores the same."""

from typing import Any

import pytest
from sqlalchemy import event

from obd2_common.db.database import Database
from support.ingest_setup import Server
from support.pi_rows import readings

pytestmark = pytest.mark.databases("server")


@pytest.fixture
def server(database: Database) -> Server:
    def forbid(connection: Any, *_rest: object) -> None:  # noqa: ANN401 - a driver's connection
        connection.may_load_data = False

    event.listen(database.engine, "checkout", forbid)
    return Server(database)


def test_rows_are_stored_and_known_again(server: Server) -> None:
    rows = readings(1, 500)

    first, again = server.counts("realtime_data", rows), server.counts("realtime_data", rows)

    assert first == (500, 0, 0, 0)
    assert again == (0, 500, 500, 0)
    assert server.count("realtime_data") == 500


def test_a_row_above_its_cursor_is_found_to_be_there(server: Server) -> None:
    server.send({"realtime_data": readings(1, 20)})
    with server.database.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE sync_cursors SET high_water_id = 5")

    assert server.counts("realtime_data", readings(11, 30)) == (10, 10, 10, 0)
