"""Copies that leave the machine encrypted: only the secret key opens them, and what is damaged does not open."""

import hashlib
from pathlib import Path

import pytest
from pyrage.x25519 import Identity

from obd2_backup.sealing import SealingError, parse_recipients, read_identities, seal, unseal
from obd2_common.errors import ConfigurationError

CONTENT = bytes(range(256)) * 1000
"""More than three of the pieces that age encrypts one by one."""
OURS, ANOTHERS = Identity.generate(), Identity.generate()


@pytest.fixture
def plain(tmp_path: Path) -> Path:
    place = tmp_path / "obd.db"
    place.write_bytes(CONTENT)
    return place


@pytest.fixture
def sealed(plain: Path, tmp_path: Path) -> Path:
    place = tmp_path / "obd.db.age"
    seal(plain, place, [OURS.to_public()])
    return place


def test_a_copy_opens_to_what_it_was_made_of(sealed: Path, tmp_path: Path) -> None:
    sha256 = unseal(sealed, tmp_path / "out.db", [ANOTHERS, OURS])

    assert (tmp_path / "out.db").read_bytes() == CONTENT
    assert sha256 == hashlib.sha256(CONTENT).hexdigest()


def test_the_digests_are_those_of_the_bytes_on_both_sides(plain: Path, tmp_path: Path) -> None:
    done = seal(plain, tmp_path / "copy", [OURS.to_public()])

    assert done.plain_sha256 == hashlib.sha256(CONTENT).hexdigest()
    assert done.sealed_sha256 == hashlib.sha256((tmp_path / "copy").read_bytes()).hexdigest()


def test_nothing_of_the_content_can_be_seen(sealed: Path) -> None:
    assert CONTENT[:32] not in sealed.read_bytes()


def test_every_recipient_can_open_it(plain: Path, tmp_path: Path) -> None:
    copy = tmp_path / "copy"
    seal(plain, copy, parse_recipients(f"{OURS.to_public()}, {ANOTHERS.to_public()}"))

    for name, identity in {"one": OURS, "two": ANOTHERS}.items():
        unseal(copy, tmp_path / name, [identity])
        assert (tmp_path / name).read_bytes() == CONTENT


def test_another_key_does_not_open_it(sealed: Path, tmp_path: Path) -> None:
    with pytest.raises(SealingError, match=r"obd\.db\.age cannot be opened"):
        unseal(sealed, tmp_path / "out.db", [ANOTHERS])

    assert sorted(path.name for path in tmp_path.iterdir()) == ["obd.db", "obd.db.age"]


@pytest.mark.parametrize("cut", [1, 70_000, 256_000])
def test_a_copy_that_is_cut_off_leaves_no_file(sealed: Path, tmp_path: Path, cut: int) -> None:
    sealed.write_bytes(sealed.read_bytes()[:-cut])

    with pytest.raises(SealingError):
        unseal(sealed, tmp_path / "out.db", [OURS])

    assert sorted(path.name for path in tmp_path.iterdir()) == ["obd.db", "obd.db.age"]


def test_a_flipped_bit_is_noticed(sealed: Path, tmp_path: Path) -> None:
    content = bytearray(sealed.read_bytes())
    content[-1000] ^= 1
    sealed.write_bytes(content)

    with pytest.raises(SealingError):
        unseal(sealed, tmp_path / "out.db", [OURS])


def test_nothing_is_overwritten(sealed: Path, plain: Path) -> None:
    with pytest.raises(SealingError, match="exists already"):
        unseal(sealed, plain, [OURS])

    assert plain.read_bytes() == CONTENT


def test_a_key_file_is_read_as_age_writes_it(tmp_path: Path) -> None:
    file = tmp_path / "key.txt"
    file.write_text(f"# created: 2026-07-11\n# public key: {OURS.to_public()}\n{OURS}\n\n")

    assert [str(identity) for identity in read_identities(file)] == [str(OURS)]


@pytest.mark.parametrize("content", ["", "# only a comment\n", "AGE-SECRET-KEY-1NONSENSE\n", "\N{SNOWMAN}"])
def test_a_file_without_a_key_is_named(tmp_path: Path, content: str) -> None:
    file = tmp_path / "key.txt"
    file.write_text(content)

    with pytest.raises(SealingError, match=r"key\.txt"):
        read_identities(file)


@pytest.mark.parametrize(
    "text",
    ["age1nonsense", str(ANOTHERS), f"{OURS.to_public()} {ANOTHERS.to_public()}"],
    ids=["nonsense", "secret key", "two keys"],
)
def test_what_is_no_public_key_is_refused_without_being_told(text: str) -> None:
    with pytest.raises(ConfigurationError, match="BACKUP_REPLICA_RECIPIENTS") as raised:
        parse_recipients(text)

    assert text not in str(raised.value)


def test_no_recipient_is_nobody() -> None:
    assert parse_recipients(" , ") == []
