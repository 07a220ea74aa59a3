"""`obd2 export`: a file of a running server, whole or not at all."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from obd2_cli.saving import save
from obd2_common.db.database import Database
from obd2_common.errors import ConfigurationError
from support.api_rows import device_row, drive_row, store
from support.curve_rows import curve_row
from support.embedded_server import embedded_server, obd2


def broken() -> Iterator[bytes]:
    yield b"half"
    raise ConnectionResetError(104, "Connection reset by peer")


def test_a_drive_is_saved_once_under_the_servers_name(tmp_path: Path) -> None:
    with embedded_server(tmp_path):
        database = Database(f"sqlite:///{tmp_path / 'data' / 'obd2.db'}")
        store(database, device_row(), drive_row(), curve_row("RPM", [840.0, 850.0], unit="rpm"))
        database.close()

        saved, again, absent = (obd2(tmp_path, "export", key) for key in ("33", "33", "77"))

    assert saved.stdout.startswith("chi-eclipse-01-drive-33.csv: "), saved.stderr
    assert (tmp_path / "chi-eclipse-01-drive-33.csv").read_text().splitlines()[-1].endswith("2.0,850.0")
    assert again.returncode == absent.returncode == 2
    assert "is there already" in again.stderr
    assert "No drive 77" in absent.stderr


def test_an_export_that_breaks_off_leaves_nothing(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be written"):
        save(tmp_path / "drives.csv", broken())

    assert list(tmp_path.iterdir()) == []
