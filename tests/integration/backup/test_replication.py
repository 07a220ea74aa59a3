"""The second copy: complete, read back, and never mistaken for an empty folder; in a folder and in an S3 store."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import boto3
import pytest
from moto.server import ThreadedMotoServer

from obd2_backup import replicating, rotation, storing
from obd2_backup.replica import MARKER, Replica, ReplicaError, StoreAccess, StoreReplica
from obd2_backup.retention import RetentionPolicy
from obd2_common.db.database import Database
from obd2_common.errors import ConfigurationError
from support.backup_setup import BackupSetup

BUCKET = "second-copies"
ACCESS = {"key_id": "test-key", "secret": "test-secret", "region": "us-east-1"}
BIG = bytes(range(256)) * 80_000
"""More than one part of a multipart upload."""


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    endpoint = f"http://{host}:{port}"
    client = boto3.client(
        "s3",
        endpoint_url=endpoint,
        aws_access_key_id=ACCESS["key_id"],
        aws_secret_access_key=ACCESS["secret"],
        region_name=ACCESS["region"],
    )
    client.create_bucket(Bucket=BUCKET)
    client.close()
    yield endpoint
    server.stop()


@pytest.fixture
def backups(tmp_path: Path, database: Database) -> BackupSetup:
    return BackupSetup.at(tmp_path, database)


def folder_replica(folder: Path) -> StoreReplica:
    folder.mkdir(exist_ok=True)
    return StoreReplica(folder.as_uri(), StoreAccess())


@pytest.fixture(params=["folder", "s3"])
def replica(request: pytest.FixtureRequest, tmp_path: Path) -> StoreReplica:
    if request.param == "folder":
        made = folder_replica(tmp_path / "nas")
    else:
        endpoint = request.getfixturevalue("s3_endpoint")
        made = StoreReplica(f"s3://{BUCKET}/{tmp_path.name}", StoreAccess(endpoint=endpoint, **ACCESS))
    made.prepare()
    return made


def sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def test_what_is_stored_is_copied_and_what_is_rotated_goes(backups: BackupSetup, replica: StoreReplica) -> None:
    ids = [backups.upload(BIG + b"%d" % number, "obd.log") for number in range(3)]
    storing.store_waiting(backups.context())

    assert replicating.replicate(backups.context(), replica) == 3
    backups.clock.advance(hours=1)
    assert replicating.replicate(backups.context(), replica) == 0
    backups.clock.advance(hours=1)
    rotation.rotate_all(backups.context(RetentionPolicy(last=1)))
    replicating.replicate(backups.context(), replica)

    rows = [backups.row(backup_id) for backup_id in ids]
    assert [replica.sha256(row.path) for row in rows] == [None, None, sha256(BIG + b"2")]
    assert [row.replicated_at is not None for row in rows] == [False, False, True]
    assert [run.outcome for run in backups.runs("replica")] == ["ok"] * 3
    assert backups.runs("replica")[0].details == {"copied": 3, "removed": 0, "marker": replica.check()}


def test_an_unmarked_place_is_refused_and_stays_untouched(backups: BackupSetup, tmp_path: Path) -> None:
    backups.upload(b"log", "obd.log")
    storing.store_waiting(backups.context())
    unmounted = folder_replica(tmp_path / "mount-point")

    with pytest.raises(ReplicaError, match=MARKER):
        replicating.replicate(backups.context(), unmounted)

    assert list((tmp_path / "mount-point").iterdir()) == []
    assert [run.outcome for run in backups.runs("replica")] == ["failed"]


@pytest.mark.databases("sqlite")
def test_a_place_that_is_not_there_is_told(backups: BackupSetup, tmp_path: Path) -> None:
    gone = StoreReplica((tmp_path / "gone").as_uri(), StoreAccess())

    with pytest.raises(ReplicaError, match="cannot be reached"):
        replicating.replicate(backups.context(), gone)


@pytest.mark.databases("sqlite")
def test_a_share_that_is_lost_midway_is_taken_up_where_it_broke(backups: BackupSetup, tmp_path: Path) -> None:
    for number in range(4):
        backups.upload(b"%d" % number, "obd.log")
    storing.store_waiting(backups.context())
    real = folder_replica(tmp_path / "nas")
    real.prepare()

    with pytest.raises(ReplicaError):
        replicating.replicate(backups.context(), LosingReplica(real, after=2))

    assert sum(row.replicated_at is not None for row in backups.rows()) == 2
    assert replicating.replicate(backups.context(), real) == 2


@pytest.mark.databases("sqlite")
def test_a_copy_that_reads_back_differently_does_not_count(backups: BackupSetup, tmp_path: Path) -> None:
    backup_id = backups.upload(b"log", "obd.log")
    storing.store_waiting(backups.context())
    real = folder_replica(tmp_path / "nas")
    real.prepare()

    with pytest.raises(ReplicaError, match="read back"):
        replicating.replicate(backups.context(), GarblingReplica(real, tmp_path / "nas"))

    assert backups.row(backup_id).replicated_at is None
    assert replicating.replicate(backups.context(), real) == 1


@pytest.mark.databases("sqlite")
@pytest.mark.parametrize("spoil", [Path.unlink, lambda place: place.write_bytes(b"rotten")])
def test_a_file_that_is_gone_or_rotten_holds_up_no_other(
    backups: BackupSetup,
    tmp_path: Path,
    spoil: Callable[[Path], object],
) -> None:
    spoilt, kept = backups.upload(b"one", "obd.log"), backups.upload(b"two", "obd.log")
    storing.store_waiting(backups.context())
    spoil(backups.vault.path(backups.row(spoilt).path))
    real = folder_replica(tmp_path / "nas")
    real.prepare()

    assert replicating.replicate(backups.context(), real) == 1

    assert real.sha256(backups.row(spoilt).path) is None
    assert real.sha256(backups.row(kept).path) == sha256(b"two")


@pytest.mark.databases("sqlite")
def test_a_place_in_use_can_be_marked_again_without_harm(backups: BackupSetup, tmp_path: Path) -> None:
    place = folder_replica(tmp_path / "nas")
    place.prepare()
    backups.upload(b"log", "obd.log")
    storing.store_waiting(backups.context())
    replicating.replicate(backups.context(), place)

    place.prepare()
    backups.clock.advance(hours=1)

    assert replicating.replicate(backups.context(), place) == 0


@pytest.mark.databases("sqlite")
def test_a_new_place_gets_every_backup_again(backups: BackupSetup, tmp_path: Path) -> None:
    old, new = folder_replica(tmp_path / "old"), folder_replica(tmp_path / "new")
    old.prepare()
    (tmp_path / "new" / MARKER).touch()
    for number in range(3):
        backups.upload(b"%d" % number, "obd.log")
    storing.store_waiting(backups.context())
    replicating.replicate(backups.context(), old)
    backups.clock.advance(hours=1)

    with pytest.raises(ReplicaError):
        replicating.replicate(backups.context(), LosingReplica(new, after=2))
    backups.clock.advance(hours=1)

    assert replicating.replicate(backups.context(), new) == 1
    assert [new.sha256(row.path) for row in backups.rows("stored")] == [row.sha256 for row in backups.rows("stored")]


@pytest.mark.parametrize("url", ["/mnt/nas", "ftp://x/y", "s3:///prefix", ""])
def test_another_kind_of_place_is_refused(url: str) -> None:
    with pytest.raises(ConfigurationError, match="BACKUP_REPLICA_URL"):
        StoreReplica(url, StoreAccess())


class LosingReplica:
    """A replica that is gone after some copies."""

    def __init__(self, real: Replica, *, after: int) -> None:
        self._real = real
        self._left = after

    def check(self) -> str:
        return self._real.check()

    def mark(self, text: str) -> None:
        self._real.mark(text)

    def put(self, place: Path, relative: str) -> None:
        if self._left == 0:
            raise OSError("stale file handle")
        self._left -= 1
        self._real.put(place, relative)

    def sha256(self, relative: str) -> str | None:
        return self._real.sha256(relative)

    def remove(self, relative: str) -> None:
        self._real.remove(relative)


class GarblingReplica(LosingReplica):
    """A replica that stores something else than it was given."""

    def __init__(self, real: Replica, folder: Path) -> None:
        super().__init__(real, after=1)
        self._folder = folder

    def put(self, place: Path, relative: str) -> None:
        super().put(place, relative)
        (self._folder / relative).write_bytes(b"garbled")
