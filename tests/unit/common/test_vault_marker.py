"""When a file that came counts as lying in the vault."""

from pathlib import Path

import pytest

from obd2_common.backups.vault_marker import VaultUnavailableError, check_arrival, mark
from obd2_common.db.database import Database


def test_a_file_that_is_not_in_the_vault_has_not_arrived(tmp_path: Path) -> None:
    database, spooled = Database("sqlite://"), tmp_path / ".spool" / "ready" / "b-1"
    mark(tmp_path)

    with pytest.raises(VaultUnavailableError, match="send it again"):
        check_arrival(database, tmp_path, tmp_path / ".spool", spooled)
    spooled.parent.mkdir(parents=True)
    spooled.touch()
    check_arrival(database, tmp_path, tmp_path / ".spool", spooled)
    database.close()
