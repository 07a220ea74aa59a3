"""What an operator asks of the backup image: dumps found and written as SQL, the place of second copies marked."""

import io
from pathlib import Path

import pytest
import zstandard

from obd2_backup.command import main
from obd2_backup.replica import MARKER
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


def run(*arguments: str) -> tuple[int, str]:
    output = io.BytesIO()
    status = main(list(arguments), output)
    return status, output.getvalue().decode()


def test_dumps_are_listed_latest_first(vault: Path) -> None:
    status, said = run("dumps")

    assert status == 0
    assert [line.split()[0] for line in said.splitlines()] == [f"_server/database/{name}" for name in reversed(DUMPS)]
    assert (vault / said.split()[0]).exists()


@pytest.mark.usefixtures("vault")
def test_a_dump_becomes_sql_that_replaces_the_database() -> None:
    status, said = run("sql", f"_server/database/{DUMPS[0]}")

    assert status == 0
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

    status, said = run("sql", f"_server/database/{DUMPS[0]}")

    assert status == 3
    assert "Dump completed" not in said


@pytest.mark.usefixtures("vault")
@pytest.mark.parametrize("path", ["_server/database/none.sql.zst", "../obd2.sql.zst", "car/database/obd.db.gz"])
def test_what_is_no_dump_of_the_vault_is_refused_before_anything_is_written(
    path: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("sql", path) == (3, "")
    assert capsys.readouterr().err


def test_files_the_database_does_not_know_are_recorded_and_named(
    vault: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    url = f"sqlite:///{vault.parent / 'obd2.db'}"
    monkeypatch.setenv("DATABASE_URL", url)
    migrate(url)

    status, said = run("adopt")

    assert (status, said.split()) == (0, [f"_server/database/{name}" for name in DUMPS])
    assert capfd.readouterr().out == ""
    assert run("adopt") == (0, "")


@pytest.mark.usefixtures("vault")
def test_the_place_of_second_copies_is_marked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "nas").mkdir()
    monkeypatch.setenv("BACKUP_REPLICA_URL", (tmp_path / "nas").as_uri())

    assert run("mark-replica") == (0, "marked\n")
    assert (tmp_path / "nas" / MARKER).exists()


@pytest.mark.usefixtures("vault")
def test_without_a_place_none_is_marked(capsys: pytest.CaptureFixture[str]) -> None:
    assert run("mark-replica") == (3, "")
    assert "BACKUP_REPLICA_URL is not set" in capsys.readouterr().err
