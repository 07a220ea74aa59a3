"""Files that would stop or fill whoever opens them: they get a verdict, and the others go on meanwhile."""

import gzip
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from obd2_backup import drilling, scrubbing, storing
from obd2_backup.context import BackupContext
from obd2_backup.restoring import RestoreError, restore_file
from obd2_backup.sandbox import Allowance
from obd2_common.db.database import Database
from support.backup_samples import config_bytes, database_bytes
from support.backup_setup import BackupSetup
from support.hostile_files import LONG_SEARCH, MUCH_MEMORY, generated_column, gzip_of_zeros, indexed_expression

TOO_LONG = ("damaged", "unreadable: takes too long")
TOO_MUCH = ("damaged", "unreadable: takes too much memory")
PARENT = """
import sys
from obd2_backup.sandbox import Limits, call_sandboxed
from obd2_backup.unpacking import unpack
arguments = {"file": sys.argv[1], "target": sys.argv[2], "is_unpacked": True}
call_sandboxed(unpack, arguments, Limits(seconds=None, memory_bytes=1 << 28, written_bytes=None))
"""


@pytest.fixture
def backups(tmp_path: Path, database: Database) -> BackupSetup:
    return BackupSetup.at(tmp_path, database)


def strict(backups: BackupSetup, **allowed: float) -> BackupContext:
    return replace(backups.context(), allowance=Allowance(**{"base_seconds": 2, "patience_seconds": 60, **allowed}))  # type: ignore[arg-type]


def verdict(backups: BackupSetup, backup_id: str) -> tuple[str, str | None]:
    row = backups.row(backup_id)
    return row.verification, row.verification_detail


def store_all(backups: BackupSetup, context: BackupContext) -> None:
    until = time.monotonic() + 60
    while backups.rows("spooled") and time.monotonic() < until:
        storing.store_waiting(context)


@pytest.mark.parametrize("name", ["obd.db", "obd.db.gz"])
def test_a_database_that_computes_for_ever_takes_too_long(backups: BackupSetup, tmp_path: Path, name: str) -> None:
    content = generated_column(LONG_SEARCH)(tmp_path)
    backup_id = backups.upload(gzip.compress(content) if name.endswith(".gz") else content, name)

    storing.store_waiting(strict(backups))

    assert backups.row(backup_id).state == "stored"
    assert verdict(backups, backup_id) == TOO_LONG
    assert backups.spooled_files() == set()


def test_a_database_that_fills_memory_takes_too_much(backups: BackupSetup, tmp_path: Path) -> None:
    backup_id = backups.upload(generated_column(MUCH_MEMORY)(tmp_path))

    storing.store_waiting(strict(backups, base_seconds=30))

    status, detail = verdict(backups, backup_id)
    assert status == "damaged"
    assert "memory" in (detail or "") or "too big" in (detail or "")


def test_a_document_that_fills_memory_takes_too_much(backups: BackupSetup) -> None:
    backup_id = backups.upload(b"[" + b"[]," * 2_700_000 + b"0]", "config.json", backup_type="config")

    storing.store_waiting(strict(backups, base_seconds=30, memory_bytes=128 << 20))

    assert verdict(backups, backup_id) == TOO_MUCH


def test_a_packed_file_that_grows_without_end_takes_too_long(backups: BackupSetup) -> None:
    backup_id = backups.upload(gzip_of_zeros(1 << 30), "obd.log.gz", backup_type="logs")

    storing.store_waiting(strict(backups, base_seconds=-9.9))

    assert verdict(backups, backup_id) == TOO_LONG


def test_other_uploads_are_stored_while_checks_take_long(backups: BackupSetup, tmp_path: Path) -> None:
    hostile = generated_column(LONG_SEARCH)(tmp_path)
    slow = [backups.upload(hostile, device_id=device) for device in ("one", "two", "three", "one")]
    innocent = backups.upload(config_bytes(), "config.json", device_id="one", backup_type="config")
    context = strict(backups, base_seconds=12, patience_seconds=1)

    began = time.monotonic()
    while backups.row(innocent).state == "spooled" and time.monotonic() < began + 30:
        storing.store_waiting(context)

    assert verdict(backups, innocent) == ("ok", None)
    assert any(backups.row(backup_id).state == "spooled" for backup_id in slow)
    context.slow_checks.stop()


def test_each_slow_check_gets_its_turn(backups: BackupSetup, tmp_path: Path) -> None:
    hostile = generated_column(LONG_SEARCH)(tmp_path)
    slow = [backups.upload(hostile, device_id=f"car-{number}") for number in range(4)]

    store_all(backups, strict(backups, base_seconds=3, patience_seconds=0.5))

    assert [verdict(backups, backup_id) for backup_id in slow] == [TOO_LONG] * 4


def test_a_service_that_stops_breaks_a_check_off_at_once(backups: BackupSetup, tmp_path: Path) -> None:
    backup_id = backups.upload(generated_column(LONG_SEARCH)(tmp_path))
    began = time.monotonic()
    context = replace(strict(backups, base_seconds=60), should_stop=lambda: time.monotonic() > began + 1)

    storing.store_waiting(context)

    assert time.monotonic() < began + 50
    assert backups.row(backup_id).state == "spooled"


def test_a_stored_file_is_scrubbed_within_the_same_limits(backups: BackupSetup, tmp_path: Path) -> None:
    backup_id = backups.upload(indexed_expression(LONG_SEARCH)(tmp_path))
    storing.store_waiting(strict(backups))
    assert verdict(backups, backup_id) == ("ok", None)
    backups.clock.advance(days=8)

    assert scrubbing.scrub_next(strict(backups), interval=timedelta(days=7))

    assert verdict(backups, backup_id) == TOO_LONG


def test_a_file_is_unpacked_for_its_owner_within_a_memory_of_its_own(tmp_path: Path) -> None:
    place = tmp_path / "obd.db.gz"
    place.write_bytes(gzip.compress(generated_column(MUCH_MEMORY)(tmp_path)))

    with pytest.raises(RestoreError, match=r"memory|too big"):
        restore_file(place, tmp_path / "out.db", is_unpacked=True)

    assert sorted(path.name for path in tmp_path.iterdir()) == ["obd.db.gz"]


def test_a_good_database_passes_its_check_and_its_drill(backups: BackupSetup, tmp_path: Path) -> None:
    backup_id = backups.upload(gzip.compress(database_bytes(tmp_path)), "obd.db.gz")
    context = strict(backups, base_seconds=60)
    storing.store_waiting(context)

    assert drilling.drill_next(context, drilling.DrillPlan(timedelta(days=7), None))

    assert verdict(backups, backup_id) == ("ok", None)
    assert [run.outcome for run in backups.runs("drill")] == ["ok"]


def test_the_reader_of_a_file_dies_with_the_service(tmp_path: Path) -> None:
    place = tmp_path / "obd.db"
    place.write_bytes(generated_column(LONG_SEARCH)(tmp_path))
    parent = subprocess.Popen([sys.executable, "-c", PARENT, place, tmp_path / "out"])  # noqa: S603 - our own script
    children = Path(f"/proc/{parent.pid}/task/{parent.pid}/children")
    eventually((tmp_path / "out").exists)
    reader = int(children.read_text())

    parent.kill()
    parent.wait()

    eventually(lambda: has_ended(reader))


def eventually(is_so: Callable[[], bool]) -> None:
    until = time.monotonic() + 30
    while not is_so():
        assert time.monotonic() < until
        time.sleep(0.05)


def has_ended(process_id: int) -> bool:
    try:
        return Path(f"/proc/{process_id}/stat").read_text().rpartition(")")[2].split()[0] == "Z"
    except FileNotFoundError:
        return True
