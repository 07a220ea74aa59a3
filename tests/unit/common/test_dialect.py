"""What the dialect module knows about addresses and errors."""

import pymysql
import pytest
from sqlalchemy.exc import DBAPIError, IntegrityError, InterfaceError, OperationalError

from obd2_common.db import dialect
from obd2_common.errors import ConfigurationError


@pytest.mark.parametrize(
    ("text", "driver"),
    [
        ("mysql://obd2:secret@db/obd2db", "mysql+pymysql"),
        ("mysql+mysqldb://obd2:secret@db/obd2db", "mysql+pymysql"),
        ("mariadb://obd2:secret@db/obd2db?charset=latin1", "mariadb+pymysql"),
    ],
)
def test_the_mysql_protocol_is_spoken_by_pymysql_in_utf8mb4(text: str, driver: str) -> None:
    url = dialect.normalise_url(text)

    assert url.drivername == driver
    assert url.query["charset"] == "utf8mb4"
    assert (url.host, url.database, url.password) == ("db", "obd2db", "secret")


def test_an_sqlite_address_stays_as_it_is() -> None:
    assert str(dialect.normalise_url("sqlite:////srv/obd2.db")) == "sqlite:////srv/obd2.db"


@pytest.mark.parametrize("text", ["", "obd2.db", "postgresql://obd2:secret@db/obd2db", "mysql://obd2:secret@db:port/x"])
def test_an_address_that_cannot_work_is_refused_without_showing_its_password(text: str) -> None:
    with pytest.raises(ConfigurationError, match="DATABASE_URL") as caught:
        dialect.normalise_url(text)

    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "address", ["a,b/x", "a:3306,b:3306/x", "a,b:3307/x", "a,[::1]:3306/x", "a/x?host=a&host=b"], ids=repr
)
def test_several_hosts_are_refused_with_what_to_give_instead(address: str) -> None:
    with pytest.raises(ConfigurationError, match="several hosts; give one address") as caught:
        dialect.normalise_url(f"mysql://obd2:secret@{address}")

    assert "secret" not in str(caught.value)


def test_a_comma_in_a_password_is_no_second_host() -> None:
    assert dialect.normalise_url("mysql://obd2:se,cr#et@db/x").host == "db"


def wrapped(kind: type[DBAPIError], original: BaseException, *, is_lost: bool = False) -> DBAPIError:
    return kind("INSERT", {}, original, connection_invalidated=is_lost)


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(1020, id="record changed since it was read"),
        pytest.param(1205, id="lock wait time-out"),
        pytest.param(1213, id="deadlock"),
        pytest.param(2006, id="server has gone away"),
        pytest.param(2013, id="connection lost during the query"),
        pytest.param(1040, id="too many connections"),
        pytest.param(1180, id="Galera refused the commit"),
        pytest.param(3101, id="group replication refused the commit"),
        pytest.param(1047, id="a Galera node that is not ready"),
        pytest.param(1290, id="a server that only reads"),
        pytest.param(1836, id="a server in read-only mode"),
    ],
)
def test_conflicts_and_lost_connections_are_worth_another_try(code: int) -> None:
    assert dialect.is_transient(wrapped(OperationalError, pymysql.err.OperationalError(code, "text")))


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(wrapped(IntegrityError, pymysql.err.IntegrityError(1062, "Duplicate entry")), id="duplicate"),
        pytest.param(wrapped(OperationalError, pymysql.err.OperationalError(1364, "no default")), id="no default"),
        pytest.param(wrapped(OperationalError, pymysql.err.OperationalError(1045, "Access denied")), id="denied"),
        pytest.param(wrapped(OperationalError, Exception("no such table: jobs")), id="no such table"),
    ],
)
def test_a_mistake_is_not_tried_again(error: DBAPIError) -> None:
    assert not dialect.is_transient(error)


@pytest.mark.parametrize(
    "error",
    [
        pytest.param(wrapped(OperationalError, Exception("database is locked")), id="SQLite's lock"),
        pytest.param(wrapped(InterfaceError, pymysql.err.InterfaceError(0, "closed"), is_lost=True), id="invalidated"),
    ],
)
def test_errors_without_a_number_are_told_by_what_they_say(error: DBAPIError) -> None:
    assert dialect.is_transient(error)


def test_only_a_lost_connection_counts_as_lost() -> None:
    assert dialect.is_lost(wrapped(OperationalError, pymysql.err.OperationalError(2003, "Can't connect")))
    assert not dialect.is_lost(wrapped(OperationalError, pymysql.err.OperationalError(1213, "Deadlock")))
