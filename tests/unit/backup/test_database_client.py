"""Which of the database programs runs, and what it is told."""

from pathlib import Path

import pytest
from sqlalchemy import make_url

from obd2_backup.dumping import sql_text

URL = make_url("mysql+pymysql://backup:secret@db:3306/obd2db")
MYSQL, MARIADB = "mysqldump  Ver 9.7.4 for Linux on x86_64", "mysqldump from 11.8.6-MariaDB, client 10.19"


def install(folder: Path, name: str, version: str) -> None:
    """Put a program on the PATH that tells its name, its options and what its login file holds."""
    program = folder / name
    program.write_text(
        f'#!/bin/sh\n[ "$1" = --version ] && {{ echo "{version}"; exit; }}\n'
        f'echo "{name} $@"; while read -r line; do echo "$line"; done <"${{1#*=}}"\n'
    )
    program.chmod(0o755)


@pytest.fixture
def programs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PATH", str(tmp_path))
    return tmp_path


def said(kind: str) -> list[str]:
    return b"".join(sql_text(URL, kind, lambda: False)).decode().splitlines()


@pytest.mark.parametrize(("kind", "name"), [("mysql", "mysqldump"), ("mariadb", "mariadb-dump")])
def test_a_server_is_dumped_by_its_own_program(programs: Path, kind: str, name: str) -> None:
    install(programs, "mysqldump", MYSQL)
    install(programs, "mariadb-dump", MARIADB)

    assert said(kind)[0].startswith(f"{name} ")


def test_the_others_program_is_better_than_none(programs: Path) -> None:
    install(programs, "mariadb-dump", MARIADB)

    assert said("mysql")[0].startswith("mariadb-dump ")


@pytest.mark.parametrize(("version", "is_told"), [(MYSQL, True), (MARIADB, False)])
def test_options_that_only_mysqls_program_knows_go_to_it_alone(programs: Path, version: str, is_told: bool) -> None:  # noqa: FBT001
    install(programs, "mysqldump", version)

    assert ("--set-gtid-purged=OFF" in said("mysql")[0]) == is_told


def test_the_password_is_in_a_file_and_not_on_the_command_line(programs: Path) -> None:
    install(programs, "mysqldump", MYSQL)

    command, *login = said("mysql")

    assert "secret" not in command
    assert 'password = "secret"' in login
