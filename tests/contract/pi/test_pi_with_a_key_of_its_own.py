"""The Pi stand-in with a key of its own: nothing changes for it, and a refusal loses nothing."""

from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import func
from sqlmodel import Session, select

from obd2_api.auth.credentials import Scope
from obd2_api.auth.issuing import revoke_key
from obd2_cli.push import PushResult, PushTarget, TableStatus, Verdict, push_database
from obd2_cli.simulate import DatabasePlan, DriveKind, plan_drives, write_pi_database
from obd2_common.clock import utc_now
from obd2_common.db.database import Database
from obd2_common.tables.synced import RealtimeData
from support.api_server import ApiServer, serve_api
from support.issued_keys import issue

DEVICE = "chi-eclipse-01"


@pytest.fixture
def pi_database(tmp_path: Path) -> Path:
    drives = plan_drives(1, seed=7, kinds=(DriveKind.SHORT_HOP,))
    write_pi_database(tmp_path / "obd.db", DatabasePlan(drives, seed=7, fills_every_table=True))
    return tmp_path / "obd.db"


def push(server: ApiServer, pi_database: Path, key: str) -> PushResult:
    target = PushTarget(url=server.url, device_id=DEVICE, api_key=key, is_faithful=True)
    return push_database(pi_database, target, is_flushed=True)


def stored_rows(session: Session) -> int:
    return session.exec(select(func.count()).select_from(RealtimeData)).one()


def test_a_pi_with_a_key_of_its_own_pushes_everything(pi_database: Path, database: Database, tmp_path: Path) -> None:
    key = issue(database, Scope.PUSH, device=DEVICE).text

    with serve_api(Database(database.url.render_as_string(hide_password=False)), data_dir=tmp_path) as server:
        first, second = push(server, pi_database, key), push(server, pi_database, key)

    assert {receipt.status for receipt in first.tables.values()} == {TableStatus.OK}
    assert (first.ping, first.counter) == (Verdict.OK, Verdict.OK)
    assert (second.is_ok, second.rows_sent) == (True, 0)


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("fault", ["another device's", "only for reading", "expired", "revoked", "wrong"])
def test_a_pi_whose_key_does_not_open_keeps_its_rows_and_sends_them_later(
    pi_database: Path, database: Database, tmp_path: Path, fault: str
) -> None:
    then = utc_now() - timedelta(days=2)
    keys = {
        "another device's": issue(database, Scope.PUSH, device="bench-2", name="a"),
        "only for reading": issue(database, Scope.READ, name="b"),
        "expired": issue(database, Scope.PUSH, device=DEVICE, name="c", lifetime=timedelta(days=1), now=then),
        "revoked": issue(database, Scope.PUSH, device=DEVICE, name="d"),
        "wrong": issue(database, Scope.PUSH, device=DEVICE, name="e"),
    }
    database.run(lambda session: revoke_key(session, "d", now=utc_now()))
    key = keys[fault].text
    right = issue(database, Scope.PUSH, device=DEVICE, name="right").text

    with serve_api(Database(database.url.render_as_string(hide_password=False)), data_dir=tmp_path) as server:
        refused = push(server, pi_database, key[:-3] + "AAA" if fault == "wrong" else key)
        between = database.read(stored_rows)
        later = push(server, pi_database, right)

    answered = {receipt.status for receipt in refused.tables.values()}
    assert (answered, between) == ({TableStatus.FAILED}, 0)
    assert later.is_ok
    assert database.read(stored_rows) == later.tables["realtime_data"].rows_sent > 0
