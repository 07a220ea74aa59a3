"""Small things every service does alike: locks on files, their SHA-256, addresses that may be shown."""

import hashlib
import os
from pathlib import Path

import pytest

from obd2_common.addresses import without_credentials
from obd2_common.file_hash import sha256_of
from obd2_common.file_lock import open_locked


def test_a_file_is_locked_for_one_until_it_is_closed(tmp_path: Path) -> None:
    first = open_locked(tmp_path / "lock", 0o600)
    assert first is not None

    meanwhile = open_locked(tmp_path / "lock", 0o600)
    os.close(first)
    afterwards = open_locked(tmp_path / "lock", 0o600)

    assert meanwhile is None
    assert afterwards is not None
    os.close(afterwards)
    assert (tmp_path / "lock").stat().st_mode & 0o777 == 0o600


def test_a_file_is_hashed_whole_and_the_work_can_be_broken_off(tmp_path: Path) -> None:
    class StopError(Exception):
        pass

    asked: list[int] = []

    def before_read() -> None:
        asked.append(1)
        if len(asked) > 2:
            raise StopError

    file = tmp_path / "file"
    file.write_bytes(os.urandom(3_000_000))

    assert sha256_of(file) == hashlib.sha256(file.read_bytes()).hexdigest()
    with pytest.raises(StopError):
        sha256_of(file, before_read)


def test_an_address_is_shown_without_its_credentials() -> None:
    assert without_credentials("https://me:secret@ollama.local:11434/behind") == "https://ollama.local:11434/behind"
    assert without_credentials("http://ollama:11434") == "http://ollama:11434"
