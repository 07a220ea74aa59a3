"""Which files and targets the Pi stand-in takes, and that it writes none of them."""

from pathlib import Path

import pytest

from obd2_cli.push import PushTarget, TableStatus
from obd2_common.errors import InvalidInputError
from support.pi_pushes import Push, change, stored
from support.sync_server_fake import SyncServerFake


def test_the_source_is_never_written(push: Push, source: Path) -> None:
    before = source.read_bytes()

    push(is_flushed=True)

    assert source.read_bytes() == before
    assert sorted(each.name for each in source.parent.iterdir()) == ["obd.db", "obd.db.pushed.db"]


def test_an_old_file_with_few_tables_and_columns_will_do(push: Push, server: SyncServerFake, tmp_path: Path) -> None:
    old = tmp_path / "old.db"
    change(old, "CREATE TABLE realtime_data (id INTEGER PRIMARY KEY, timestamp, parameter_name, value, unit)")
    change(old, "INSERT INTO realtime_data VALUES (1, '2026-04-16 08:00:01', 'RPM', 800.5, 'rpm')")

    result = push(path=old, is_flushed=True)

    assert result.is_ok
    assert server.rows("realtime_data") == [
        {"id": 1, "timestamp": "2026-04-16 08:00:01", "parameter_name": "RPM", "value": 800.5, "unit": "rpm"}
    ]
    assert result.tables["dtc_log"].status is TableStatus.ABSENT
    assert result.counter is None


def test_a_file_in_wal_mode_is_read(push: Push, source: Path) -> None:
    change(source, "PRAGMA journal_mode = WAL")

    assert push().is_ok


@pytest.mark.parametrize(
    ("url", "device", "key"), [("ftp://x", "pi", "k"), ("http://x", "", "k"), ("http://x", "pi", "")]
)
def test_a_target_nothing_could_be_sent_to_is_refused(url: str, device: str, key: str) -> None:
    with pytest.raises(InvalidInputError):
        PushTarget(url, device, key)


def test_a_target_does_not_show_its_key() -> None:
    assert "secret" not in repr(PushTarget("http://x", "pi", "secret"))


def test_what_is_no_database_is_refused(push: Push, tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("not a database at all, but long enough to be looked at" * 30)

    with pytest.raises(InvalidInputError, match="cannot be read"):
        push(path=tmp_path / "text.db")
    with pytest.raises(InvalidInputError, match="is no file"):
        push(path=tmp_path / "missing.db")


def test_a_state_file_that_is_something_else_is_left_alone(push: Push, source: Path, tmp_path: Path) -> None:
    other = tmp_path / "other.db"
    change(other, "CREATE TABLE mine (x)")

    with pytest.raises(InvalidInputError, match="no file of cursors"):
        push(state=other)
    with pytest.raises(InvalidInputError, match="no file of cursors"):
        push(state=source)
    assert stored(other, "SELECT name FROM sqlite_master") == [("mine",)]


@pytest.mark.parametrize("folder", ["/proc", "/no/such/folder"])
def test_a_place_where_no_cursors_can_be_kept_is_refused(push: Push, folder: str) -> None:
    with pytest.raises(InvalidInputError, match=rf"the cursors cannot be kept in {folder}/obd\.pushed\.db"):
        push(state=Path(folder) / "obd.pushed.db")
