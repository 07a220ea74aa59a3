"""Resumable uploads: every rule of the protocol we promise."""

import base64
import hashlib

import httpx
import pytest

from obd2_backup import storing
from support.api_process import ApiProcess
from support.backup_samples import sha256
from support.backup_setup import BackupSetup
from support.resumable_client import METADATA, PART, begin, begun, call, encoded, offset_of, part_file, patch


def test_a_complete_upload_becomes_a_backup_of_the_same_id(api: ApiProcess, backups: BackupSetup) -> None:
    path = begun(api, 6)

    first = patch(api, path, 0, b"abc")
    second = patch(api, path, 3, b"def")

    assert (first.status_code, first.headers["upload-offset"]) == (204, "3")
    assert (second.status_code, second.headers["upload-offset"]) == (204, "6")
    assert "upload-expires" in first.headers
    storing.store_waiting(backups.context())
    row = backups.row(path.rpartition("/")[2])
    assert backups.vault.path(row.path).read_bytes() == b"abcdef"
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


def test_a_file_that_is_not_what_its_sha256_says_is_refused_for_good(api: ApiProcess, backups: BackupSetup) -> None:
    path = begun(api, 3, sha256=sha256(b"another"))

    assert patch(api, path, 0, b"abc").status_code == 422
    assert call(api, "HEAD", path).status_code == 410
    assert backups.find(path.rpartition("/")[2]) is None
    assert not part_file(backups, path).exists()


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
