"""Resumable uploads that break off, rest, lose their server or their bytes, and go on."""

import hashlib
import io
import random
from datetime import timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed

from obd2_backup import expiry, storing
from obd2_common.db.database import Database
from support.api_process import KEY, ApiProcess, running_api
from support.backup_samples import sha256
from support.backup_setup import BackupSetup
from support.cutting_proxy import cutting_proxy
from support.resumable_client import METADATA, PART, begun, call, offset_of, part_file, patch
from support.upload_client import open_connection

SIZE_BYTES = 120_000_000
CUTS = 100


def test_a_line_that_breaks_a_hundred_times_costs_little_and_spoils_nothing(
    api: ApiProcess, backups: BackupSetup
) -> None:
    generator = random.Random(20260711)  # noqa: S311 - reproducible cuts
    content = generator.randbytes(SIZE_BYTES)
    marks = sorted(generator.randrange(1, SIZE_BYTES) for _ in range(CUTS))
    gaps = [later - earlier for earlier, later in zip([0, *marks], marks, strict=False)]
    with cutting_proxy(api.port, gaps) as proxy:
        client = TusClient(f"http://127.0.0.1:{proxy.port}/api/v1/uploads", headers={"X-API-Key": KEY})
        uploader = client.uploader(
            file_stream=io.BytesIO(content),
            chunk_size=4_000_000,
            metadata={**METADATA, "sha256": sha256(content)},
            retries=0,
        )
        while uploader.offset < SIZE_BYTES:
            try:
                uploader.upload()
            except (TusUploadFailed, TusCommunicationError):
                uploader.offset = offset_after_break(uploader)

        assert proxy.cuts == CUTS
        # What lies in the sockets is lost with each break, more of it on a busy machine; whole pieces would be 200 MB.
        assert proxy.forwarded_bytes <= 1.3 * SIZE_BYTES
    storing.store_waiting(backups.context())
    row = backups.row(str(uploader.url).rpartition("/")[2])
    assert row.sha256 == sha256(content)
    assert hashlib.sha256(backups.vault.path(row.path).read_bytes()).hexdigest() == sha256(content)
    assert not part_file(backups, str(uploader.url)).exists()


def offset_after_break(uploader: object) -> int:
    while True:
        try:
            return int(uploader.get_offset())  # type: ignore[attr-defined]
        except TusCommunicationError:
            continue


def test_a_newer_connection_takes_over_from_one_that_hangs(api: ApiProcess) -> None:
    path = begun(api, 1000)
    hanging = open_connection(
        api,
        f"PATCH {path} HTTP/1.1",
        {"Content-Length": "1000", "Upload-Offset": "0", "Tus-Resumable": "1.0.0", **PART},
    )
    hanging.sendall(b"x" * 400)

    offset = 0
    while offset == 0:
        offset = offset_of(api, path)

    assert offset == 400
    assert patch(api, path, 400, b"y" * 600).status_code == 204
    hanging.close()


def test_an_upload_goes_on_after_the_server_was_killed(folder: Path, database: Database, backups: BackupSetup) -> None:
    with running_api(folder, str(database.url)) as first:
        path = begun(first, 9)
        patch(first, path, 0, b"abc")
        first.kill()
    with running_api(folder, str(database.url)) as second:
        offset = offset_of(second, path)
        answer = patch(second, path, offset, b"abcdefghi"[offset:])

    assert (offset, answer.status_code) == (3, 204)
    storing.store_waiting(backups.context())
    assert backups.row(path.rpartition("/")[2]).sha256 == sha256(b"abcdefghi")


def test_an_upload_that_was_published_but_not_recorded_is_finished_by_an_empty_part(
    api: ApiProcess,
    backups: BackupSetup,
    database: Database,
) -> None:
    path = begun(api, 3)
    patch(api, path, 0, b"abc")
    with database.engine.begin() as connection:
        upload_id = path.rpartition("/")[2]
        connection.exec_driver_sql("DELETE FROM backups WHERE backup_id = ?", (upload_id,))
        connection.exec_driver_sql("UPDATE resumable_uploads SET state = 'open' WHERE upload_id = ?", (upload_id,))

    assert patch(api, path, 3, b"").status_code == 204

    storing.store_waiting(backups.context())
    assert backups.row(upload_id).sha256 == sha256(b"abc")


def test_an_upload_that_rests_for_too_long_expires_and_leaves_nothing(api: ApiProcess, backups: BackupSetup) -> None:
    path = begun(api, 6)
    answer = patch(api, path, 0, b"abc")
    expires_at = parsedate_to_datetime(answer.headers["upload-expires"])

    backups.clock.now = expires_at - timedelta(minutes=1)
    assert expiry.expire_resting(backups.context()) == 0
    backups.clock.now = expires_at + timedelta(minutes=1)
    assert expiry.expire_resting(backups.context()) >= 1

    assert call(api, "HEAD", path).status_code == 410
    assert patch(api, path, 3, b"def").status_code == 410
    assert not part_file(backups, path).exists()


def test_bytes_that_vanished_from_the_spool_are_asked_for_again(api: ApiProcess, backups: BackupSetup) -> None:
    path = begun(api, 6)
    patch(api, path, 0, b"abc")
    part_file(backups, path).unlink()

    assert patch(api, path, 3, b"def").status_code == 409
    assert offset_of(api, path) == 0
    assert patch(api, path, 0, b"abcdef").status_code == 204
