"""`make restore`: asks first, checks the dump beside the running database, and goes back by itself."""

import gzip
from pathlib import Path

import pytest

from support.stack_running import Stack

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

DEVICE = "e2e-restore"


@pytest.fixture
def dump(stack: Stack, tmp_path: Path) -> Path:
    """A dump of a database in which the device has sent one drive; since then it has sent another."""
    stack.push_all(stack.simulate("restore-1", "--seed", "21", "--kind", "short_hop", "--duration", "60"), DEVICE)
    stack.wait_until_idle()
    stack.make("backup", DUMPS_DIR=str(tmp_path))
    later = stack.simulate("restore-2", "--seed", "22", "--kind", "short_hop", "--duration", "90")
    stack.push_all(later, f"{DEVICE}-later")
    stack.wait_until_idle()
    (found,) = tmp_path.glob("*.sql.gz")
    return found


def rows(stack: Stack) -> tuple[int, int]:
    """Return how many readings the device of before and the one of after the dump have."""
    before, after = (stack.counts(name)["realtime_data"] for name in (DEVICE, f"{DEVICE}-later"))
    return before, after


def broken(dump: Path, name: str, change: str) -> Path:
    """Return a copy of a dump whose end is changed: what was before its last line stays whole."""
    lines = gzip.decompress(dump.read_bytes()).decode().rstrip("\n").split("\n")
    file = dump.with_name(name)
    file.write_bytes(gzip.compress("\n".join([*lines[:-1], *([change, lines[-1]] if change else []), ""]).encode()))
    return file


def test_a_restore_asks_keeps_a_dump_of_the_present_and_a_bad_one_changes_nothing(
    stack: Stack, tmp_path: Path, dump: Path
) -> None:
    def fail(file: Path, **further: str) -> str:
        return stack.fail_make("restore", file=str(file), DUMPS_DIR=str(tmp_path), **further)

    present = rows(stack)
    unasked = fail(dump)
    wrong = fail(broken(dump, "wrong.sql.gz", "INSERT INTO no_such_table VALUES (1);"), yes="1")
    cut = fail(broken(dump, "cut.sql.gz", ""), yes="1")
    newer = "UPDATE alembic_version SET version_num = '9999_from_the_future';"
    refused = fail(broken(dump, "newer.sql.gz", newer), yes="1", WAIT_SECONDS="60")
    untouched = rows(stack)
    status = stack.get("/api/v1/health")["status"]
    said = stack.make("restore", file=str(dump), yes="1", DUMPS_DIR=str(tmp_path))

    assert "yes=1" in unasked
    assert "the database is untouched" in wrong
    assert "it ends too early" in cut
    assert "everything is as it was before" in refused
    assert present[1] > 0
    assert untouched == present
    assert status == "healthy"
    assert "restored" in said
    assert rows(stack) == (present[0], 0)
    assert stack.get("/api/v1/health")["status"] == "healthy"
    schemas = {name for (name,) in stack.sql("SHOW DATABASES")}
    assert not schemas & {"obd2db_before", "obd2db_restore"}
