"""The server's own database is dumped into the vault and comes back equal, on every engine."""

import threading
from collections.abc import Iterator
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import URL, make_url
from sqlmodel import Session, select

from obd2_backup import storing
from obd2_backup.database_client import ClientError, find_program, server_kind
from obd2_backup.dumping import dump, dump_if_due, sql_text
from obd2_backup.errors import StoppingError
from obd2_backup.packing import open_unpacked
from obd2_backup.restoring import RestoreError, restore_dump
from obd2_backup.verification import Check, verify
from obd2_common.backups.names import SERVER_DEVICE
from obd2_common.db.database import Database
from obd2_common.tables.operations import Release
from support.backup_setup import BackupSetup
from support.database_sources import DatabaseSource, SqliteSource
from support.table_digests import table_digests

DAY = timedelta(days=1)
AWKWARD = "back\\slash 'quote' \"double\" \x01 \n\r\t \u00b0C \U0001f697 -- ; /* \\N"


@pytest.fixture
def backups(tmp_path: Path, database: Database) -> BackupSetup:
    return BackupSetup.at(tmp_path, database)


@pytest.fixture
def target(database_source: DatabaseSource, tmp_path: Path) -> Iterator[URL]:
    """A fresh place to restore to: an empty database, or a SQLite file that does not exist yet."""
    if isinstance(database_source, SqliteSource):
        yield make_url(f"sqlite:///{tmp_path / 'restored.db'}")
        return
    empty = database_source.empty()
    yield make_url(next(empty))
    next(empty, None)


def release(backups: BackupSetup, version: str, description: str = "") -> Release:
    return Release(
        version=version,
        released_at=backups.clock() + timedelta(microseconds=1),
        git_hash="9c41d7e",
        theme="steadier",
        description=description,
        published_at=backups.clock(),
    )


def fill(backups: BackupSetup) -> None:
    """Write rows with every kind of value that a dump could spoil."""

    releases = [release(backups, f"V0.1.{number}", description=AWKWARD * (number % 7)) for number in range(300)]
    backups.database.run(lambda session: session.add_all(releases))
    backups.upload(b"log", "obd.log")
    storing.store_waiting(backups.context())


def dumped_file(backups: BackupSetup, backup_id: str) -> Path:
    storing.store_waiting(backups.context())
    return backups.vault.path(backups.row(backup_id).path)


def test_a_dump_is_stored_and_verified_like_any_backup(backups: BackupSetup) -> None:
    fill(backups)

    backup_id = dump(backups.context())

    place = dumped_file(backups, backup_id)
    row = backups.row(backup_id)
    assert (row.source_device, row.type) == (SERVER_DEVICE, "database")
    assert (row.state, row.verification, row.verification_detail) == ("stored", "ok", None)
    assert place.parent == backups.vault.root / SERVER_DEVICE / "database"
    (run,) = backups.runs("dump")
    assert run.outcome == "ok"
    assert run.details is not None
    assert run.details["backupId"] == backup_id


def test_a_dump_restored_into_a_fresh_database_is_equal_in_every_table(backups: BackupSetup, target: URL) -> None:
    fill(backups)
    before = table_digests(backups.database)

    place = dumped_file(backups, dump(backups.context()))
    restore_dump(place, target)

    restored = Database(target.render_as_string(hide_password=False))
    assert table_digests(restored) == before
    restored.close()


def test_a_dump_taken_while_rows_are_written_holds_whole_transactions(backups: BackupSetup, target: URL) -> None:
    fill(backups)
    is_enough = threading.Event()
    has_begun = threading.Event()

    def add_pairs() -> None:
        number = 0
        while not is_enough.is_set():
            number += 1
            pair = [release(backups, f"{part}{number}") for part in ("a", "b")]
            backups.database.run(partial(Session.add_all, instances=pair))
            has_begun.set()

    writing = threading.Thread(target=add_pairs)
    writing.start()
    has_begun.wait()
    backup_id = dump(backups.context())
    is_enough.set()
    writing.join()
    restore_dump(dumped_file(backups, backup_id), target)

    restored = Database(target.render_as_string(hide_password=False))
    names = set(restored.read(lambda session: session.exec(select(Release.version)).all()))
    firsts, seconds = ({name[1:] for name in names if name[0] == part} for part in ("a", "b"))
    assert firsts
    assert firsts == seconds
    restored.close()


def test_a_dump_is_made_only_when_one_is_due(backups: BackupSetup) -> None:
    assert dump_if_due(backups.context(), interval=DAY)
    assert not dump_if_due(backups.context(), interval=DAY)

    backups.clock.advance(hours=23)
    assert not dump_if_due(backups.context(), interval=DAY)

    backups.clock.advance(hours=2)
    assert dump_if_due(backups.context(), interval=DAY)
    assert len(backups.rows("spooled")) == 2


@pytest.mark.databases("sqlite")
def test_a_clock_that_was_set_back_does_not_put_off_dumps(backups: BackupSetup) -> None:
    assert dump_if_due(backups.context(), interval=DAY)

    backups.clock.advance(days=-100)

    assert dump_if_due(backups.context(), interval=DAY)


def test_a_dump_is_never_loaded_over_something(backups: BackupSetup, target: URL) -> None:
    place = dumped_file(backups, dump(backups.context()))
    restore_dump(place, target)

    with pytest.raises(RestoreError, match="nothing was"):
        restore_dump(place, target)


def test_a_dump_that_was_cut_off_is_found_and_not_restored(backups: BackupSetup, target: URL) -> None:
    fill(backups)
    place = dumped_file(backups, dump(backups.context()))
    place.write_bytes(place.read_bytes()[:-20])
    row = backups.rows("stored")[-1]
    check = Check(row.filename, place.stat().st_size, "", backups.vault.scratch("x"), 10**9)

    assert verify(place, check).status == "damaged"
    with pytest.raises(RestoreError, match="damaged"):
        restore_dump(place, target)


@pytest.mark.databases("sqlite")
def test_a_stop_during_a_dump_leaves_nothing(backups: BackupSetup) -> None:
    answers = iter([False, True])

    with pytest.raises(StoppingError):
        dump(backups.context(should_stop=lambda: next(answers, True)))

    assert backups.spooled_files() == set()
    assert backups.runs("dump") == []


@pytest.mark.databases("server")
def test_a_wrong_login_fails_without_telling_the_password(backups: BackupSetup) -> None:
    url = backups.database.url.set(password="a-wrong-secret")

    with pytest.raises(ClientError) as raised:
        list(sql_text(url, server_kind(backups.database), lambda: False))

    assert "denied" in str(raised.value)
    assert "a-wrong-secret" not in str(raised.value)


@pytest.mark.databases("server")
def test_a_dump_ends_with_the_line_that_proves_it_whole(backups: BackupSetup) -> None:
    place = dumped_file(backups, dump(backups.context()))

    with open_unpacked(place, "zstd") as stream:
        assert b"-- Dump completed" in stream.read()[-256:]


def test_a_program_that_is_not_installed_is_named() -> None:
    with pytest.raises(ClientError, match="no-such-program"):
        find_program(["no-such-program"])


@pytest.mark.databases("sqlite")
def test_a_dump_of_another_kind_of_database_is_refused(backups: BackupSetup) -> None:
    place = dumped_file(backups, dump(backups.context()))

    with pytest.raises(RestoreError, match="mysql"):
        restore_dump(place, make_url("mysql+pymysql://nobody@127.0.0.1:1/nothing"))
