"""`obd2 keys`, run as an operator does."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from obd2_api.auth.credentials import id_of
from obd2_cli.__main__ import build_app
from obd2_common.db.database import Database
from obd2_common.errors import ConflictError, InvalidInputError, NotFoundError
from support.api_client import api_client
from support.embedded_server import embedded_database

DEVICE = "chi-eclipse-01"


@pytest.fixture(autouse=True)
def database(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Database]:
    monkeypatch.setenv("COLUMNS", "160")
    with embedded_database(tmp_path, monkeypatch) as opened:
        yield opened


def run(*arguments: str) -> Result:
    return CliRunner().invoke(build_app(arguments[0]), arguments)


def ping(database: Database, key: str) -> int:
    return api_client(database).call("GET", "/api/v1/ping", headers={"X-API-Key": key}).status_code


def test_a_key_is_shown_once_listed_without_its_secret_exchanged_and_revoked(database: Database) -> None:
    key = run("keys", "create", "pi", "--device", DEVICE).stdout.strip()
    key_id = id_of(key.encode())
    assert key_id is not None
    listed = run("keys", "list").stdout
    new = run("keys", "rotate", "pi").stdout.strip()
    both = [ping(database, key), ping(database, new)]

    revoked = run("keys", "revoke", key_id).stdout

    assert (both, ping(database, key), ping(database, new)) == ([200, 200], 401, 200)
    assert revoked == f"The key {key_id} is revoked.\n"
    assert all(word in listed for word in (key_id, "pi", DEVICE, "push", "in force", "never"))
    assert key.rpartition("_")[2] not in listed
    assert "revoked" in run("keys", "list").stdout


def test_without_keys_the_list_says_so() -> None:
    assert run("keys", "list").stdout == "No key was issued. Everybody uses the shared one.\n"


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        (["create", "x"], InvalidInputError, "say what the key opens: push, read, admin"),
        (["create", "x", "--scope", "write"], InvalidInputError, "there is no scope write"),
        (["create", "x", "--device", DEVICE, "--scope", "read"], InvalidInputError, "push and no other"),
        (["create", "", "--scope", "read"], InvalidInputError, "1 to 64 printable characters"),
        (["create", "x", "--device", "d" * 256], InvalidInputError, "1 to 255 characters"),
        (["revoke", "nobody"], NotFoundError, "no key in force"),
        (["rotate", "nobody"], NotFoundError, "no key in force"),
    ],
)
def test_what_cannot_be_meant_is_refused(arguments: list[str], error: type[Exception], words: str) -> None:
    result = run("keys", *arguments)

    assert isinstance(result.exception, error)
    assert words in str(result.exception)


def test_a_name_is_used_by_one_key_in_force_at_a_time() -> None:
    run("keys", "create", "pi", "--device", DEVICE)
    again = run("keys", "create", "pi", "--device", DEVICE)
    run("keys", "rotate", "pi")
    which = run("keys", "revoke", "pi")

    assert isinstance(again.exception, ConflictError)
    assert isinstance(which.exception, ConflictError)
    assert "several keys have the name 'pi'; say which" in str(which.exception)


def test_a_key_that_is_exchanged_without_grace_is_dead_at_once(database: Database) -> None:
    key = run("keys", "create", "script", "--scope", "read", "--scope", "admin", "--days", "7").stdout.strip()

    new = run("keys", "rotate", "script", "--grace-days", "0").stdout.strip()

    assert (ping(database, key), ping(database, new)) == (401, 200)
    assert "admin,read" in run("keys", "list").stdout
