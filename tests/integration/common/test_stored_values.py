"""Values come back as they went in, on every engine."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from sqlalchemy.exc import StatementError
from sqlmodel import Session, col, select

from obd2_common.clock import utc_now
from obd2_common.db.database import Database
from obd2_common.tables.operations import ServiceHeartbeat
from obd2_common.tables.synced import RealtimeData

MOMENT = datetime(2026, 7, 11, 18, 2, 39, 123456, tzinfo=UTC)


def heartbeat(service: str, *, instance: str = "one", beat_at: datetime = MOMENT) -> ServiceHeartbeat:
    return ServiceHeartbeat(
        service=service, instance=instance, version="1.0.0", started_at=MOMENT, beat_at=beat_at, details=None
    )


def store(database: Database, *rows: ServiceHeartbeat | RealtimeData) -> None:
    database.run(lambda session: session.add_all(rows))


def stored(database: Database) -> list[ServiceHeartbeat]:
    return database.read(
        lambda session: list(session.exec(select(ServiceHeartbeat).order_by(col(ServiceHeartbeat.beat_at))))
    )


def test_a_time_keeps_its_microseconds_and_comes_back_in_utc(database: Database) -> None:
    chicago = MOMENT.astimezone(timezone(timedelta(hours=-5)))

    store(database, heartbeat("api", beat_at=chicago))

    (row,) = stored(database)
    assert row.beat_at == MOMENT
    assert row.beat_at.tzinfo == UTC


def test_a_time_without_zone_is_refused(database: Database) -> None:
    naive = MOMENT.replace(tzinfo=None)

    with pytest.raises(StatementError, match="without zone"):
        store(database, heartbeat("api", beat_at=naive))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        pytest.param("chi-eclipse-01", "CHI-eclipse-01", id="letter case"),
        pytest.param("chi-eclipse-01", "chi-eclipse-01 ", id="a blank at the end"),
        pytest.param("eclipse-e", "eclipse-é", id="an accent"),
        pytest.param("eclipse-\u00e9", "eclipse-e\u0301", id="two ways to write one character"),
        pytest.param("eclipse-\U0001f697", "eclipse-\U0001f69a", id="characters beyond the basic plane"),
        pytest.param("eclipse-ß", "eclipse-ss", id="sharp s"),
    ],
)
def test_keys_that_look_alike_are_two_keys(database: Database, one: str, other: str) -> None:
    store(database, heartbeat("api", instance=one), heartbeat("api", instance=other))

    found = database.read(
        lambda session: session.exec(select(ServiceHeartbeat).where(ServiceHeartbeat.instance == one)).all()
    )
    assert [row.instance for row in found] == [one]
    assert len(stored(database)) == 2


def reading(source_id: int, *, value: float | None = None, unit: str | None = None) -> RealtimeData:
    return RealtimeData(
        source_device="chi-eclipse-01",
        source_epoch=1,
        source_id=source_id,
        synced_at=utc_now(),
        sync_batch_id="chi-eclipse-01-2026-07-11T18:02:44Z",
        value=value,
        unit=unit,
    )


@pytest.mark.parametrize("value", [0.7843137254901961, -0.0, 5e-324, 1.7976931348623157e308, 250119.0, 0.1 + 0.2])
def test_a_number_keeps_every_bit(database: Database, value: float) -> None:
    store(database, reading(1, value=value))

    found = database.read(lambda session: session.exec(select(RealtimeData.value)).one())
    assert found == value


@pytest.mark.parametrize("source_id", [-(2**63), -1, 0, 2**31, 2**63 - 1])
def test_a_pi_key_may_be_any_64_bit_number(database: Database, source_id: int) -> None:
    store(database, reading(source_id))

    assert database.read(lambda session: session.exec(select(RealtimeData.source_id)).one()) == source_id


@pytest.mark.parametrize("unit", ["°C", "", " ", "\U0001f697", "a'b\"c\\d%s", "line\nbreak", "x" * 16_000])
def test_a_text_comes_back_as_it_was(database: Database, unit: str) -> None:
    store(database, reading(1, unit=unit))

    assert database.read(lambda session: session.exec(select(RealtimeData.unit)).one()) == unit


def test_extra_columns_come_back_as_they_were(database: Database) -> None:
    extra = {"vcell": 3.7, "note": "°C \U0001f697", "nested": {"list": [1, None, True]}, "big": 2**60}
    row = reading(1)
    row.extra = extra
    store(database, row, reading(2))

    found = database.read(_extras)
    assert found == [extra, None]


def _extras(session: Session) -> list[object]:
    return list(session.exec(select(RealtimeData.extra).order_by(col(RealtimeData.source_id))))
