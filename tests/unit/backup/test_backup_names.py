"""Which device ids and file names may reach the disk."""

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from obd2_common.backups.names import (
    UnknownBackupTypeError,
    UnsafeNameError,
    UnsupportedExtensionError,
    content_kind,
    parse_device_id,
    parse_file_name,
    parse_type,
)
from obd2_common.errors import InvalidInputError


@pytest.mark.parametrize(
    ("name", "stem", "extension"),
    [
        ("obd.db", "obd", ".db"),
        ("obd.db.gz", "obd", ".db.gz"),
        ("OBD.DB.GZ", "OBD", ".db.gz"),
        ("obd_backup_20260711_030000_123456.db.gz", "obd_backup_20260711_030000_123456", ".db.gz"),
        ("obd.v2.db.gz", "obd.v2", ".db.gz"),
        ("telemetry.json", "telemetry", ".json"),
        ("telemetry.log.1.gz", "telemetry.log.1", ".gz"),
        ("logs.tar.gz", "logs.tar", ".gz"),
        ("a.log.json", "a.log", ".json"),
    ],
)
def test_the_full_extension_survives(name: str, stem: str, extension: str) -> None:
    parsed = parse_file_name(name)

    assert (parsed.stem, parsed.extension) == (stem, extension)


def test_the_kept_name_carries_the_receipt_time_in_utc() -> None:
    received_at = datetime(2026, 7, 11, 13, 20, 5, 118204, tzinfo=timezone(-timedelta(hours=5)))

    assert parse_file_name("obd.db.gz").stamped(received_at) == "obd-2026-07-11T18-20-05-118204.db.gz"


@pytest.mark.parametrize(
    "name",
    [
        "",
        "..",
        ".",
        ".db",
        ".hidden.db",
        "-rf.db",
        "../obd.db",
        "..\\obd.db",
        "a/b.db",
        "/etc/obd.db",
        "a\\b.db",
        "C:\\obd.db",
        "C:obd.db",
        "obd..db",
        "obd.db\n",
        "obd.db\r\n",
        "ob\nd.db",
        "obd\x00.db",
        "obd.db\x00",
        "obd\x7f.db",
        "obd .db",
        "obd%2f.db",
        "obd:stream.db",
        "obd*.db",
        'obd".db',
        "con.db",
        "NUL.db.gz",
        "com1.log",
        "\uff4fbd.db",
        "obd\u2215x.db",
        "obd\u202edb.db",
        "obd\u2024db.db",
        "ob\u0301d.db",
        "\u017f.db",
        "x" * 198 + ".db",
        "obd.db.",
    ],
)
def test_an_unsafe_file_name_is_refused(name: str) -> None:
    with pytest.raises(UnsafeNameError):
        parse_file_name(name)


@pytest.mark.parametrize(
    "name", ["obd.db-wal", "obd.db-shm", "obd", "obd.exe", "obd.db.zip", "obd.gz.db.xz", "obd.dbx"]
)
def test_another_extension_is_refused_and_the_allowed_ones_are_named(name: str) -> None:
    with pytest.raises(UnsupportedExtensionError, match=r"\.db, \.log, \.json, \.gz"):
        parse_file_name(name)


@pytest.mark.parametrize(
    "device_id", ["chi-eclipse-01", "unknown-device", "sim-eclipse-gst-multi", "a", "A" * 64, "10.27"]
)
def test_a_plain_device_id_is_accepted(device_id: str) -> None:
    assert parse_device_id(device_id) == device_id


@pytest.mark.parametrize(
    "device_id",
    ["", ".", "..", ".spool", "a/b", "a\\b", "a\n", "a\x00", "a b", "A" * 65, "a..b", "a.", "con", "-a", "ä", "nul.x"],
)
def test_an_unsafe_device_id_is_refused(device_id: str) -> None:
    with pytest.raises(UnsafeNameError):
        parse_device_id(device_id)


@pytest.mark.parametrize("text", ["", "Database", "database\n", "db", "logs,config"])
def test_an_unknown_type_is_refused_and_the_known_ones_are_named(text: str) -> None:
    with pytest.raises(UnknownBackupTypeError, match="database, logs, config"):
        parse_type(text)


@given(st.text(max_size=300))
def test_whatever_is_accepted_is_one_plain_step_of_a_path(text: str) -> None:
    try:
        kept = parse_file_name(text).stamped(datetime(2026, 7, 11, tzinfo=UTC))
    except InvalidInputError:
        return

    assert kept.isascii()
    assert kept.isprintable()
    assert "/" not in kept
    assert not kept.startswith(".")
    assert len(kept) <= 255


@pytest.mark.parametrize(
    ("filename", "expected"),
    [
        ("obd-2026.db", ("sqlite", "")),
        ("obd-2026.db.gz", ("sqlite", "gzip")),
        ("obd-2026.log.gz", ("log", "gzip")),
        ("config-2026.json", ("json", "")),
        ("obd2-2026.db.zst", ("sqlite", "zstd")),
        ("obd2-2026.sql.zst", ("dump", "zstd")),
        ("logs.tar-2026.gz", ("other", "gzip")),
    ],
)
def test_the_name_tells_what_a_backup_must_hold(filename: str, expected: tuple[str, str]) -> None:
    assert content_kind(filename) == expected
