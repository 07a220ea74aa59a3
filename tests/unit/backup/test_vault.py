"""The vault on the disk: whole moves, no way out, no overwriting."""

import os
from pathlib import Path

import pytest

from obd2_backup.lock import VaultLock
from obd2_backup.vault import OutsideVaultError, Vault
from obd2_common.backups.spool import SpoolWriter
from obd2_common.errors import ConfigurationError


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    opened = Vault(tmp_path / "vault", tmp_path / "vault" / ".spool")
    opened.prepare()
    return opened


def spool(vault: Vault, backup_id: str, content: bytes) -> None:
    writer = SpoolWriter(vault.spool_dir, backup_id)
    writer.write(content)
    writer.publish()


def test_a_file_moves_from_the_spool_to_its_place(vault: Vault) -> None:
    spool(vault, "id-1", b"content")

    vault.take_in("id-1", "car/database/obd-1.db")

    assert vault.path("car/database/obd-1.db").read_bytes() == b"content"
    assert not vault.has_ready()


def test_a_place_that_is_taken_is_never_overwritten(vault: Vault) -> None:
    spool(vault, "id-1", b"new")
    place = vault.path("car/database/obd-1.db")
    place.parent.mkdir(parents=True)
    place.write_bytes(b"old")

    with pytest.raises(FileExistsError):
        vault.take_in("id-1", "car/database/obd-1.db")

    assert place.read_bytes() == b"old"
    assert vault.spooled("id-1").read_bytes() == b"new"


def test_a_dangling_link_takes_a_place_as_well(vault: Vault) -> None:
    spool(vault, "id-1", b"new")
    place = vault.path("car/database/obd-1.db")
    place.parent.mkdir(parents=True)
    place.symlink_to("nowhere")

    with pytest.raises(FileExistsError):
        vault.take_in("id-1", "car/database/obd-1.db")


def test_a_device_folder_that_links_out_of_the_vault_is_refused(vault: Vault, tmp_path: Path) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (vault.root / "car").symlink_to(outside)
    spool(vault, "id-1", b"new")

    with pytest.raises(OutsideVaultError):
        vault.take_in("id-1", "car/database/obd-1.db")

    assert list(outside.iterdir()) == []


@pytest.mark.parametrize("relative", ["../x.db", "car/../../x.db", "/etc/x.db", "car/..", ""])
def test_a_path_out_of_the_vault_is_refused(vault: Vault, relative: str) -> None:
    with pytest.raises(OutsideVaultError):
        vault.path(relative)


def test_deleting_what_is_gone_already_is_no_error(vault: Vault) -> None:
    vault.remove("car/database/obd-1.db")

    assert not vault.holds("car/database/obd-1.db")


def test_a_link_is_not_a_kept_file(vault: Vault, tmp_path: Path) -> None:
    (tmp_path / "elsewhere.db").write_bytes(b"x")
    (vault.root / "obd-1.db").symlink_to(tmp_path / "elsewhere.db")

    assert not vault.holds("obd-1.db")


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_vault_that_cannot_be_written_is_refused_at_start(tmp_path: Path) -> None:
    root = tmp_path / "vault"
    root.mkdir(mode=0o500)

    with pytest.raises(ConfigurationError, match="BACKUP_DIR"):
        Vault(root, root / ".spool").prepare()


def test_a_vault_that_is_a_file_is_refused_at_start(tmp_path: Path) -> None:
    (tmp_path / "vault").write_bytes(b"")

    with pytest.raises(ConfigurationError, match="BACKUP_DIR"):
        Vault(tmp_path / "vault", tmp_path / "vault" / ".spool").prepare()


def test_an_upload_is_invisible_until_it_is_published(vault: Vault) -> None:
    writer = SpoolWriter(vault.spool_dir, "id-1")
    writer.write(b"con")
    assert not vault.has_ready()

    writer.write(b"tent")
    spooled = writer.publish()

    assert vault.has_ready()
    assert spooled.size_bytes == 7
    assert spooled.sha256 == "ed7002b439e9ac845f22357d822bac1444730fbdb6016d3ec9432297b9ec9f73"


def test_a_discarded_upload_leaves_nothing(vault: Vault) -> None:
    writer = SpoolWriter(vault.spool_dir, "id-1")
    writer.write(b"con")

    writer.discard()

    assert vault.expired_uploads(2**40) == []


def test_discarding_after_publishing_keeps_the_file(vault: Vault) -> None:
    writer = SpoolWriter(vault.spool_dir, "id-1")
    writer.write(b"content")
    writer.publish()

    writer.discard()

    assert vault.spooled("id-1").read_bytes() == b"content"


def test_one_process_at_a_time_holds_the_vault(tmp_path: Path) -> None:
    first, second = VaultLock(tmp_path / ".lock"), VaultLock(tmp_path / ".lock")

    assert first.try_acquire()
    assert not second.try_acquire()

    first.release()
    assert second.try_acquire()
    second.release()
