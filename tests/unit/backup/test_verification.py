"""What the check says about whole and about broken files."""

import gzip
import json
from pathlib import Path

import pytest

from obd2_backup.verification import Check, Verdict, verify
from support.backup_samples import (
    config_bytes,
    database_bytes,
    gzip_with_wrong_checksum,
    sha256,
    truncated_gzip,
    with_corrupt_page,
)


def verdict_on(
    folder: Path,
    filename: str,
    content: bytes,
    *,
    max_expanded_bytes: int = 10**9,
    is_thorough: bool = False,
) -> Verdict:
    path = folder / "spooled"
    path.write_bytes(content)
    check = Check(filename, len(content), sha256(content), folder / "scratch", max_expanded_bytes, is_thorough)
    verdict = verify(path, check)
    assert not check.scratch.exists()
    assert path.read_bytes() == content
    return verdict


@pytest.mark.parametrize("filename", ["obd.db", "obd.db.gz"])
def test_a_whole_database_is_ok_packed_or_not(tmp_path: Path, filename: str) -> None:
    content = database_bytes(tmp_path)
    packed = gzip.compress(content) if filename.endswith(".gz") else content

    assert verdict_on(tmp_path, filename, packed) == Verdict("ok")
    assert verdict_on(tmp_path, filename, packed, is_thorough=True) == Verdict("ok")


def test_a_check_leaves_nothing_beside_the_file(tmp_path: Path) -> None:
    verdict_on(tmp_path, "obd.db", database_bytes(tmp_path))

    assert [path.name for path in tmp_path.iterdir()] == ["spooled"]


@pytest.mark.parametrize("filename", ["obd.db", "obd.db.gz"])
def test_a_corrupt_page_is_found(tmp_path: Path, filename: str) -> None:
    content = with_corrupt_page(database_bytes(tmp_path))
    packed = gzip.compress(content) if filename.endswith(".gz") else content

    verdict = verdict_on(tmp_path, filename, packed)

    assert verdict.status == "damaged"
    assert verdict.detail is not None
    assert verdict.detail.startswith("SQLite: ")


@pytest.mark.parametrize("content", [b"not a database", b"SQLite format 3", b"\0" * 8192])
def test_a_wrong_header_is_found(tmp_path: Path, content: bytes) -> None:
    assert verdict_on(tmp_path, "obd.db", content).status == "damaged"
    assert verdict_on(tmp_path, "obd.db.gz", gzip.compress(content)).status == "damaged"


def test_a_database_that_breaks_off_is_found(tmp_path: Path) -> None:
    content = database_bytes(tmp_path)

    assert verdict_on(tmp_path, "obd.db", content[: len(content) // 2]).status == "damaged"


@pytest.mark.parametrize("filename", ["obd.db.gz", "obd.log.gz", "config.json.gz", "logs.tar.gz"])
def test_a_truncated_gzip_is_found_whatever_it_holds(tmp_path: Path, filename: str) -> None:
    verdict = verdict_on(tmp_path, filename, truncated_gzip(database_bytes(tmp_path)))

    assert verdict.status == "damaged"


@pytest.mark.parametrize("filename", ["obd.db.gz", "obd.log.gz", "config.json.gz"])
def test_a_wrong_gzip_checksum_is_found_whatever_it_holds(tmp_path: Path, filename: str) -> None:
    content = config_bytes() if "json" in filename else database_bytes(tmp_path)

    assert verdict_on(tmp_path, filename, gzip_with_wrong_checksum(content)).status == "damaged"


def test_something_else_named_gz_is_found(tmp_path: Path) -> None:
    assert verdict_on(tmp_path, "obd.gz", b"plain text").status == "damaged"


def test_a_gzip_of_several_members_is_ok(tmp_path: Path) -> None:
    content = gzip.compress(b"first\n") + gzip.compress(b"second\n")

    assert verdict_on(tmp_path, "obd.log.gz", content) == Verdict("ok")


@pytest.mark.parametrize("filename", ["obd.db.gz", "obd.log.gz", "lines.json.gz", "x.gz"])
def test_a_gzip_that_unpacks_to_more_than_the_bound_stays_unchecked(tmp_path: Path, filename: str) -> None:
    bomb = gzip.compress(b"\n" * 50_000_000)

    assert verdict_on(tmp_path, filename, bomb, max_expanded_bytes=10_000_000).status == "unchecked"


def test_one_json_document_is_ok(tmp_path: Path) -> None:
    assert verdict_on(tmp_path, "config.json", config_bytes()) == Verdict("ok")


def test_one_json_document_per_line_is_ok_however_long_the_file(tmp_path: Path) -> None:
    line = json.dumps({"event": "tick", "text": "x" * 4000}).encode() + b"\n"

    assert verdict_on(tmp_path, "telemetry.json", line * 3000) == Verdict("ok")


@pytest.mark.parametrize("content", [b'{"a": 1', b"\xff\xfe", b'{"a": 1}\n{"b":', b"[" * 100_000])
def test_broken_json_is_found(tmp_path: Path, content: bytes) -> None:
    assert verdict_on(tmp_path, "config.json", content).status == "damaged"


def test_a_log_is_ok_even_with_zero_bytes_left_by_a_power_cut(tmp_path: Path) -> None:
    assert verdict_on(tmp_path, "obd.log", b"started\n" + b"\0" * 4096) == Verdict("ok")


def test_a_log_of_zero_bytes_only_is_damaged(tmp_path: Path) -> None:
    assert verdict_on(tmp_path, "obd.log", b"\0" * 4096).status == "damaged"


def test_a_file_that_changed_since_its_receipt_is_damaged(tmp_path: Path) -> None:
    content = database_bytes(tmp_path)
    path = tmp_path / "spooled"
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    check = Check("obd.db", len(content), sha256(content), tmp_path / "scratch", 10**9)

    assert verify(path, check).status == "damaged"


def test_a_file_that_shrank_since_its_receipt_is_damaged(tmp_path: Path) -> None:
    content = database_bytes(tmp_path)
    path = tmp_path / "spooled"
    path.write_bytes(content[:-1])
    check = Check("obd.db", len(content), sha256(content), tmp_path / "scratch", 10**9)

    assert "bytes" in (verify(path, check).detail or "")
