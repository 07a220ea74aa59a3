"""`obd2 backups` where the database is lost: dumps found and written as SQL, files recorded, second copies marked."""

from pathlib import Path

import pytest
import zstandard
from typer.testing import CliRunner

from obd2_backup.replica import MARKER
from obd2_cli.__main__ import build_app
from obd2_common.errors import ConfigurationError, Obd2Error
from support.database_sources import migrate

SQL = b"/*M!999999\\- enable the sandbox mode */\nCREATE TABLE x (id INT);\n-- Dump completed on 2026-07-12\n"
DUMPS = ("obd2-2026-07-11T03-00-00-000000.sql.zst", "obd2-2026-07-12T03-00-00-000000.sql.zst")


@pytest.fixture
def vault(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BACKUP_DIR", str(tmp_path / "vault"))
    monkeypatch.setenv("DATABASE_URL", "mysql://backup@db/cars")
    folder = tmp_path / "vault" / "_server" / "database"
    folder.mkdir(parents=True)
    for name in DUMPS:
        (folder / name).write_bytes(zstandard.compress(SQL))
    return tmp_path / "vault"


def run(*arguments: str) -> str:
    result = CliRunner().invoke(build_app("backups"), ["backups", *arguments])
    if result.exception is not None:
        assert "Dump completed" not in result.stdout
        raise result.exception
    return result.stdout


def test_dumps_are_listed_latest_first(vault: Path) -> None:
    said = run("dumps")

    assert [line.split()[0] for line in said.splitlines()] == [f"_server/database/{name}" for name in reversed(DUMPS)]
    assert (vault / said.split()[0]).exists()


@pytest.mark.usefixtures("vault")
def test_a_dump_becomes_sql_that_replaces_the_database() -> None:
    said = run("sql", f"_server/database/{DUMPS[0]}")

    assert said.splitlines() == [
        "DROP DATABASE IF EXISTS `cars`;",
        "CREATE DATABASE `cars` CHARACTER SET utf8mb4 COLLATE utf8mb4_bin;",
        "USE `cars`;",
        "CREATE TABLE x (id INT);",
        "-- Dump completed on 2026-07-12",
    ]


def test_a_dump_that_is_cut_off_fails_before_its_end(vault: Path) -> None:
    place = vault / "_server" / "database" / DUMPS[0]
    place.write_bytes(place.read_bytes()[:-4])

    with pytest.raises(Obd2Error, match="is damaged"):
        run("sql", f"_server/database/{DUMPS[0]}")


@pytest.mark.usefixtures("vault")
@pytest.mark.parametrize("path", ["_server/database/none.sql.zst", "../obd2.sql.zst", "car/database/obd.db.gz"])
def test_what_is_no_dump_of_the_vault_is_refused_before_anything_is_written(path: str) -> None:
    result = CliRunner().invoke(build_app("backups"), ["backups", "sql", path])

    assert isinstance(result.exception, Obd2Error)
    assert result.stdout == ""


def test_files_the_database_does_not_know_are_recorded_and_named(vault: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    url = f"sqlite:///{vault.parent / 'obd2.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    migrate(url)

    first, again = run("adopt").splitlines()[-3:], run("adopt")

    assert first == [*(f"_server/database/{name}" for name in DUMPS), "2 recorded. The backup service checks them."]
    assert again == "0 recorded. The backup service checks them.\n"


@pytest.mark.usefixtures("vault")
def test_the_place_of_second_copies_is_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nas").mkdir()
    monkeypatch.setenv("BACKUP_REPLICA_URL", (tmp_path / "nas").as_uri())

    assert run("replica", "--init") == "The replica is there.\n"
    assert (tmp_path / "nas" / MARKER).exists()


@pytest.mark.usefixtures("vault")
def test_without_a_place_none_is_marked() -> None:
    with pytest.raises(ConfigurationError, match="BACKUP_REPLICA_URL is not set"):
        run("replica", "--init")
