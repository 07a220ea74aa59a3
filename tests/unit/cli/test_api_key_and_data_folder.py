"""The key an embedded server makes, the folder it holds, and where clients look for both."""

import stat
from pathlib import Path

import pytest

from obd2_cli.api_key import key_file, make_key, read_key
from obd2_cli.client_settings import ClientSettings, find_key, find_url
from obd2_cli.data_folder import DataFolder, announced_url
from obd2_common.errors import ConfigurationError


def test_a_key_that_was_made_can_be_read_again_and_by_nobody_else(tmp_path: Path) -> None:
    key = make_key(tmp_path)

    assert read_key(tmp_path) == key
    assert stat.S_IMODE(key_file(tmp_path).stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["api_key"]


def test_two_keys_are_never_the_same(tmp_path: Path) -> None:
    assert make_key(tmp_path) != make_key(tmp_path)


def test_a_folder_without_a_key_says_so_and_one_whose_key_is_no_file_complains(tmp_path: Path) -> None:
    assert read_key(tmp_path) == ""

    key_file(tmp_path).mkdir()

    with pytest.raises(ConfigurationError, match="cannot be read"):
        read_key(tmp_path)
    with pytest.raises(ConfigurationError, match="cannot be kept"):
        make_key(tmp_path)


def test_a_folder_that_is_held_is_refused_until_it_is_given_back(tmp_path: Path) -> None:
    with DataFolder(tmp_path / "new" / "data") as folder:
        folder.announce("http://127.0.0.1:1234")
        with pytest.raises(ConfigurationError, match=r"process \d+\) at http://127.0.0.1:1234"):
            DataFolder(tmp_path / "new" / "data").__enter__()

    with DataFolder(tmp_path / "new" / "data"):
        assert announced_url(tmp_path / "new" / "data") is None


def test_a_folder_that_cannot_be_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()

    with pytest.raises(ConfigurationError, match=r"DATA_DIR .*file"), DataFolder(tmp_path / "file"):
        pass


def test_clients_find_the_server_of_the_folder_and_else_the_port(tmp_path: Path) -> None:
    settings = ClientSettings(data_dir=tmp_path, port=8123)

    with DataFolder(tmp_path) as folder:
        folder.announce("http://127.0.0.1:1234")
        announced = find_url(settings)

    assert announced == "http://127.0.0.1:1234"
    assert find_url(settings) == "http://127.0.0.1:8123"


@pytest.mark.parametrize("note", [b"", b"not json", b"[1]", b'{"url": 3}', b"\xff"])
def test_a_note_that_cannot_be_read_says_nothing(tmp_path: Path, note: bytes) -> None:
    (tmp_path / "serve.lock").write_bytes(note)

    assert announced_url(tmp_path) is None


def test_the_key_of_the_pi_goes_before_the_servers_and_that_before_the_kept_one(tmp_path: Path) -> None:
    key_file(tmp_path).write_text("kept\n", encoding="utf-8")

    keys = [
        find_key(ClientSettings(companion_api_key=pi, api_key=server, data_dir=folder))
        for pi, server, folder in (
            ("pi", "own", tmp_path),
            ("", "own", tmp_path),
            ("", "", tmp_path),
            ("", "", tmp_path / "x"),
        )
    ]

    assert keys == ["pi", "own", "kept", ""]
