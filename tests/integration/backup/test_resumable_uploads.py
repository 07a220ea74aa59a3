"""Resumable uploads: an ordinary tus client over a line that breaks, and every rule of the protocol we promise."""

import base64
import hashlib
import io
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path

import httpx
import pytest
from tusclient.client import TusClient
from tusclient.exceptions import TusCommunicationError, TusUploadFailed

from api_process import KEY, ApiProcess, running_api
from backup_samples import sha256
from backup_workshop import Bench
from cutting_proxy import cutting_proxy
from obd2_backup import expiry, storing
from obd2_common.database import Database
from obd2_common.migrate import upgrade
from upload_client import open_connection

SIZE_BYTES = 120_000_000
CUTS = 100
METADATA = {"filename": "obd.log", "type": "logs", "deviceId": "chi-eclipse-01"}
PART = {"Content-Type": "application/offset+octet-stream"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("resumable")


@pytest.fixture(scope="module")
def database(folder: Path) -> Iterator[Database]:
    opened = Database(f"sqlite:///{folder / 'obd2.db'}")
    upgrade(opened)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def api(folder: Path, database: Database) -> Iterator[ApiProcess]:
    with running_api(folder, str(database.url), MAX_BACKUP_SIZE_MB="128") as running:
        yield running


@pytest.fixture
def bench(folder: Path, database: Database) -> Bench:
    bench = Bench.at(folder, database)
    bench.clock.now = datetime.now(UTC)
    return bench


def part_file(bench: Bench, path: str) -> Path:
    return bench.vault.spool_dir / "resumable" / path.rpartition("/")[2]


def encoded(metadata: dict[str, str]) -> str:
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in metadata.items())


def call(api: ApiProcess, method: str, path: str, content: bytes = b"", **headers: str) -> httpx.Response:
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    base = {"X-API-Key": KEY, "Tus-Resumable": "1.0.0"}
    return httpx.request(method, f"{api.url}{path}", content=content, headers={**base, **named}, timeout=60)


def begin(api: ApiProcess, size_bytes: int, **metadata: str) -> httpx.Response:
    values = {**METADATA, **metadata}
    return call(api, "POST", "/api/v1/uploads", Upload_Length=str(size_bytes), Upload_Metadata=encoded(values))


def begun(api: ApiProcess, size_bytes: int, **metadata: str) -> str:
    answer = begin(api, size_bytes, **metadata)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


def patch(api: ApiProcess, path: str, offset: int, content: bytes, **headers: str) -> httpx.Response:
    return call(api, "PATCH", path, content, Upload_Offset=str(offset), **{**PART, **headers})


def offset_of(api: ApiProcess, path: str) -> int:
    return int(call(api, "HEAD", path).headers["upload-offset"])


def test_a_line_that_breaks_a_hundred_times_costs_little_and_spoils_nothing(api: ApiProcess, bench: Bench) -> None:
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
        assert proxy.forwarded_bytes <= 1.1 * SIZE_BYTES
    storing.store_waiting(bench.shop())
    row = bench.row(str(uploader.url).rpartition("/")[2])
    assert row.sha256 == sha256(content)
    assert hashlib.sha256(bench.vault.path(row.path).read_bytes()).hexdigest() == sha256(content)
    assert not part_file(bench, str(uploader.url)).exists()


def offset_after_break(uploader: object) -> int:
    while True:
        try:
            return int(uploader.get_offset())  # type: ignore[attr-defined]
        except TusCommunicationError:
            continue


def test_a_complete_upload_becomes_a_backup_of_the_same_id(api: ApiProcess, bench: Bench) -> None:
    path = begun(api, 6)

    first = patch(api, path, 0, b"abc")
    second = patch(api, path, 3, b"def")

    assert (first.status_code, first.headers["upload-offset"]) == (204, "3")
    assert (second.status_code, second.headers["upload-offset"]) == (204, "6")
    assert "upload-expires" in first.headers
    storing.store_waiting(bench.shop())
    row = bench.row(path.rpartition("/")[2])
    assert bench.vault.path(row.path).read_bytes() == b"abcdef"
    assert row.sha256 == sha256(b"abcdef")
    assert offset_of(api, path) == 6
    assert patch(api, path, 6, b"").status_code == 204


def test_the_server_tells_what_it_can(api: ApiProcess) -> None:
    answer = call(api, "OPTIONS", "/api/v1/uploads")

    assert answer.status_code == 204
    assert answer.headers["tus-version"] == "1.0.0"
    assert answer.headers["tus-extension"] == "creation,expiration,checksum"
    assert answer.headers["tus-max-size"] == str(128 * 1024 * 1024)
    assert "sha1" in answer.headers["tus-checksum-algorithm"]


def test_the_state_of_an_upload_is_told_in_headers_and_in_a_body(api: ApiProcess) -> None:
    path = begun(api, 6)
    patch(api, path, 0, b"abc")

    head, got = call(api, "HEAD", path), call(api, "GET", path)

    assert head.status_code == 200
    assert head.headers["cache-control"] == "no-store"
    assert head.headers["upload-length"] == "6"
    assert head.headers["upload-metadata"] == encoded(METADATA)
    assert head.headers["tus-resumable"] == "1.0.0"
    assert (got.json()["state"], got.json()["offset"], got.json()["length"]) == ("open", 3, 6)


def test_a_part_that_begins_elsewhere_answers_409(api: ApiProcess) -> None:
    path = begun(api, 6)
    patch(api, path, 0, b"abc")

    assert patch(api, path, 0, b"abc").status_code == 409
    assert patch(api, path, 4, b"ef").status_code == 409
    assert offset_of(api, path) == 3


@pytest.mark.parametrize("name", ["sha1", "sha256", "md5"])
def test_a_part_with_a_wrong_checksum_is_not_kept(api: ApiProcess, name: str) -> None:
    path = begun(api, 6)
    right = base64.b64encode(hashlib.new(name, b"abc").digest()).decode()

    wrong = patch(api, path, 0, b"abX", Upload_Checksum=f"{name} {right}")

    assert wrong.status_code == 460
    assert offset_of(api, path) == 0
    assert patch(api, path, 0, b"abc", Upload_Checksum=f"{name} {right}").status_code == 204
    assert offset_of(api, path) == 3


@pytest.mark.parametrize("value", ["crc32 AAAA", "sha1", "sha1 !!!", ""])
def test_a_checksum_that_cannot_be_checked_answers_422(api: ApiProcess, value: str) -> None:
    path = begun(api, 6)

    assert patch(api, path, 0, b"abc", Upload_Checksum=value).status_code == 422
    assert offset_of(api, path) == 0


def test_a_file_that_is_not_what_its_sha256_says_is_refused_for_good(api: ApiProcess, bench: Bench) -> None:
    path = begun(api, 3, sha256=sha256(b"another"))

    assert patch(api, path, 0, b"abc").status_code == 422
    assert call(api, "HEAD", path).status_code == 410
    assert bench.find(path.rpartition("/")[2]) is None
    assert not part_file(bench, path).exists()


def test_more_than_was_declared_is_refused_and_not_kept(api: ApiProcess) -> None:
    path = begun(api, 6)

    assert patch(api, path, 0, b"abcdefg").status_code == 413
    assert offset_of(api, path) == 0


def test_an_upload_cannot_be_deleted(api: ApiProcess) -> None:
    path = begun(api, 6)

    assert call(api, "DELETE", path).status_code == 405
    assert call(api, "POST", path, X_HTTP_Method_Override="DELETE").status_code == 405
    assert offset_of(api, path) == 0


def test_a_part_can_be_sent_as_a_post_by_clients_that_know_no_patch(api: ApiProcess) -> None:
    path = begun(api, 6)

    answer = call(api, "POST", path, b"abc", Upload_Offset="0", X_HTTP_Method_Override="PATCH", **PART)

    assert answer.status_code == 204
    assert offset_of(api, path) == 3


@pytest.mark.parametrize("version", ["0.2.2", "", "1.0"])
def test_another_version_of_the_protocol_answers_412(api: ApiProcess, version: str) -> None:
    path = begun(api, 6)

    answer = patch(api, path, 0, b"abc", Tus_Resumable=version)

    assert answer.status_code == 412
    assert answer.headers["tus-version"] == "1.0.0"


def test_a_part_of_another_content_type_answers_415(api: ApiProcess) -> None:
    path = begun(api, 6)

    assert call(api, "PATCH", path, b"abc", Upload_Offset="0", Content_Type="text/plain").status_code == 415


@pytest.mark.parametrize(
    ("changed", "status"),
    [
        ({"filename": "../obd.log"}, 422),
        ({"filename": "obd.log\n"}, 422),
        ({"filename": "obd.db-wal"}, 415),
        ({"type": "pictures"}, 422),
        ({"deviceId": "../x"}, 422),
        ({"deviceId": "_server"}, 422),
        ({"sha256": "abc"}, 422),
    ],
)
def test_the_rules_for_names_hold_here_too(api: ApiProcess, changed: dict[str, str], status: int) -> None:
    assert begin(api, 6, **changed).status_code == status


def test_size_and_metadata_are_checked_before_anything_is_sent(api: ApiProcess) -> None:
    assert begin(api, 0).status_code == 422
    assert begin(api, 128 * 1024 * 1024 + 1).status_code == 413
    assert call(api, "POST", "/api/v1/uploads", Upload_Metadata=encoded(METADATA)).status_code == 422
    assert call(api, "POST", "/api/v1/uploads", Upload_Length="6").status_code == 422
    assert call(api, "POST", "/api/v1/uploads", Upload_Length="6", Upload_Metadata="filename !").status_code == 422
    assert call(api, "POST", "/api/v1/uploads", Upload_Length="-1").status_code == 422
    assert call(api, "POST", "/api/v1/uploads", Upload_Defer_Length="1").status_code == 422


@pytest.mark.parametrize("upload_id", ["unknown", "..", "%2e%2e"])
def test_an_unknown_upload_answers_404(api: ApiProcess, upload_id: str) -> None:
    assert call(api, "HEAD", f"/api/v1/uploads/{upload_id}").status_code in {404, 405}


def test_uploads_need_the_key(api: ApiProcess) -> None:
    path = begun(api, 6)

    for method in ("HEAD", "PATCH", "POST"):
        assert httpx.request(method, f"{api.url}{path}", headers={"Tus-Resumable": "1.0.0"}).status_code == 401


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


def test_an_upload_goes_on_after_the_server_was_killed(folder: Path, database: Database, bench: Bench) -> None:
    with running_api(folder, str(database.url)) as first:
        path = begun(first, 9)
        patch(first, path, 0, b"abc")
        first.kill()
    with running_api(folder, str(database.url)) as second:
        offset = offset_of(second, path)
        answer = patch(second, path, offset, b"abcdefghi"[offset:])

    assert (offset, answer.status_code) == (3, 204)
    storing.store_waiting(bench.shop())
    assert bench.row(path.rpartition("/")[2]).sha256 == sha256(b"abcdefghi")


def test_an_upload_that_was_published_but_not_recorded_is_finished_by_an_empty_part(
    api: ApiProcess,
    bench: Bench,
    database: Database,
) -> None:
    path = begun(api, 3)
    patch(api, path, 0, b"abc")
    with database.engine.begin() as connection:
        upload_id = path.rpartition("/")[2]
        connection.exec_driver_sql("DELETE FROM backups WHERE backup_id = ?", (upload_id,))
        connection.exec_driver_sql("UPDATE resumable_uploads SET state = 'open' WHERE upload_id = ?", (upload_id,))

    assert patch(api, path, 3, b"").status_code == 204

    storing.store_waiting(bench.shop())
    assert bench.row(upload_id).sha256 == sha256(b"abc")


def test_an_upload_that_rests_for_too_long_expires_and_leaves_nothing(api: ApiProcess, bench: Bench) -> None:
    path = begun(api, 6)
    answer = patch(api, path, 0, b"abc")
    expires_at = parsedate_to_datetime(answer.headers["upload-expires"])

    bench.clock.now = expires_at - timedelta(minutes=1)
    assert expiry.expire_resting(bench.shop()) == 0
    bench.clock.now = expires_at + timedelta(minutes=1)
    assert expiry.expire_resting(bench.shop()) >= 1

    assert call(api, "HEAD", path).status_code == 410
    assert patch(api, path, 3, b"def").status_code == 410
    assert not part_file(bench, path).exists()


def test_bytes_that_vanished_from_the_spool_are_asked_for_again(api: ApiProcess, bench: Bench) -> None:
    path = begun(api, 6)
    patch(api, path, 0, b"abc")
    part_file(bench, path).unlink()

    assert patch(api, path, 3, b"def").status_code == 409
    assert offset_of(api, path) == 0
    assert patch(api, path, 0, b"abcdef").status_code == 204
