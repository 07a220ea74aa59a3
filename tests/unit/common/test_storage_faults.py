"""What errors of MySQL and MariaDB say about the storage below them."""

import pytest
from pymysql.err import InternalError, OperationalError
from sqlalchemy import create_engine, event, text
from sqlalchemy.pool import StaticPool
from structlog.testing import capture_logs

from obd2_common.db.storage import LOG_EVERY_SECONDS, Storage
from obd2_common.db.storage_faults import DAMAGED, faults
from obd2_common.errors import StorageFaultError

FULL = "the database cannot be written: its server's disk is full"
READ_ONLY = "the database cannot be written: its server is read-only"


@pytest.mark.parametrize(
    ("code", "message", "said"),
    [
        (1021, "Disk full (/tmp/#sql1); waiting for someone to free some space...", FULL),
        (1114, "The table 'realtime_data' is full", "the database cannot be written: a table is full"),
        (1030, 'Got error 28 "No space left on device" from storage engine InnoDB', FULL),
        (1030, "Got error 28 - 'No space left on device' from storage engine", FULL),
        (1030, 'Got error 5 "Input/output error" from storage engine InnoDB', "the database's disk reports errors"),
        (1026, "Error writing file '/tmp/MYx' (Errcode: 28 \"No space left on device\")", FULL),
        (3, "Error writing file '/tmp/MYx' (OS errno 28 - No space left on device)", FULL),
        (1005, 'Can\'t create table `obd2`.`new` (errno: 28 "No space left on device")', FULL),
        (1036, "Table 'realtime_data' is read only", READ_ONLY),
    ],
)
def test_a_server_that_cannot_write_says_why(code: int, message: str, said: str) -> None:
    assert faults(OperationalError(code, message)) == (None, said)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (1034, "Incorrect key file for table 'drives'; try to repair it"),
        (1194, "Table 'drives' is marked as crashed and should be repaired"),
        (1195, "Table 'drives' is marked as crashed and last (automatic?) repair failed"),
        (1712, "Index PRIMARY is corrupted"),
        (1030, 'Got error 127 "Record file is crashed" from storage engine InnoDB'),
    ],
)
def test_a_damaged_table_is_damage(code: int, message: str) -> None:
    assert faults(InternalError(code, message)) == (DAMAGED, None)


@pytest.mark.parametrize(
    ("code", "message"),
    [
        (1030, 'Got error 1 "Operation not permitted" from storage engine InnoDB'),
        (1290, "The MariaDB server is running with the --read-only option so it cannot execute this"),
        (1836, "Running in read-only mode"),
        (1290, "The MySQL server is running with the --secure-file-priv option so it cannot execute this"),
        (1213, "Deadlock found when trying to get lock"),
        (1146, "Table 'obd2.drives' doesn't exist"),
    ],
)
def test_other_errors_say_nothing_of_the_storage(code: int, message: str) -> None:
    assert faults(OperationalError(code, message)) == (None, None)


def test_a_full_disk_is_logged_once_a_minute_and_forgotten_once_there_is_room() -> None:
    engine = create_engine("sqlite://", poolclass=StaticPool)
    seconds = [0.0]
    storage = Storage(engine, lambda: seconds[0])

    def fail(*_arguments: object) -> None:
        raise OperationalError(1114, "The table 'realtime_data' is full")

    event.listen(engine, "do_execute", fail)
    with capture_logs() as logs, engine.connect() as connection:
        for at in (0.0, 1.0, LOG_EVERY_SECONDS):
            seconds[0] = at
            with pytest.raises(StorageFaultError, match="a table is full"):
                connection.execute(text("SELECT 1"))

    told = [line["failures_since_last_line"] for line in logs if line["event"] == "database_storage_fault"]
    assert told == [0, 1]
    assert storage.fault == "the database cannot be written: a table is full"
    storage.has_room()
    assert storage.fault is None
