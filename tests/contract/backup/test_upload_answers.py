"""What `POST /backup` answers to every kind of upload, over a real socket."""

import base64
import hashlib
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import quote

import httpx
import pytest

from obd2_common.backups.vault_marker import mark
from support.api_process import KEY, ApiProcess, running_api
from support.backup_samples import sha256
from support.database_sources import migrate
from support.upload_client import BOUNDARY, END, FIELDS, field, form, send, upload

CONTENT = b"\x1f\x8b" + bytes(range(256)) * 40
LIMIT_MB = 1


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("uploads")


@pytest.fixture(scope="module")
def api(folder: Path) -> Iterator[ApiProcess]:
    url = f"sqlite:///{folder / 'obd2.db'}"
    migrate(url)
    with running_api(folder, url, MAX_BACKUP_SIZE_MB=str(LIMIT_MB)) as running:
        yield running


def spooled(folder: Path) -> set[str]:
    return {path.name for path in (folder / "vault" / ".spool").rglob("*") if path.is_file()}


def refusal(answer: httpx.Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    body = answer.json()
    assert body["status"] == status
    return str(body["detail"])


def test_an_upload_answers_the_keys_of_the_contract(api: ApiProcess) -> None:
    answer = upload(api, CONTENT, "obd.db.gz")

    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert list(body) == [
        "status",
        "filename",
        "storedAt",
        "sizeBytes",
        "path",
        "bytes",
        "rotated",
        "sha256",
        "verification",
    ]
    assert body["status"] == "ok"
    assert body["filename"].startswith("obd-20")
    assert body["filename"].endswith(".db.gz")
    assert body["path"] == f"chi-eclipse-01/database/{body['filename']}"
    assert (body["sizeBytes"], body["bytes"]) == (len(CONTENT), len(CONTENT))
    assert body["sha256"] == sha256(CONTENT)
    assert body["storedAt"].endswith("Z")
    # The backup service is not running here, and an upload works all the same.
    assert (body["verification"], body["rotated"]) == ("pending", 0)


def test_an_acknowledged_upload_lies_whole_in_the_spool(api: ApiProcess, folder: Path) -> None:
    before = spooled(folder)

    upload(api, CONTENT + b"spool", "obd.db.gz")

    (name,) = spooled(folder) - before
    assert (folder / "vault" / ".spool" / "ready" / name).read_bytes() == CONTENT + b"spool"


@pytest.mark.parametrize("is_file_first", [True, False])
def test_fields_may_stand_on_either_side_of_the_file(api: ApiProcess, *, is_file_first: bool) -> None:
    assert upload(api, CONTENT, is_file_first=is_file_first).status_code == 200


def test_a_form_made_by_an_ordinary_client_is_accepted(api: ApiProcess) -> None:
    answer = httpx.post(
        f"{api.url}/backup",
        headers={"X-API-Key": KEY},
        data={"type": "logs", "deviceId": "chi-eclipse-01"},
        files={"file": ("obd.log", b"started\n", "text/plain")},
    )

    assert answer.status_code == 200, answer.text


def test_a_chunked_upload_is_accepted(api: ApiProcess) -> None:
    assert send(api, form([CONTENT[:100], CONTENT[100:]])).status_code == 200


def test_the_sha256_of_the_file_is_verified_wherever_it_is_sent(api: ApiProcess, folder: Path) -> None:
    right, wrong = sha256(CONTENT), sha256(b"another")
    body = b"".join(form([CONTENT]))

    assert upload(api, CONTENT, fields={**FIELDS, "sha256": right.upper()}).status_code == 200
    assert send(api, [body], headers={"X-Content-SHA256": right}).status_code == 200
    before = spooled(folder)
    refusal(upload(api, CONTENT, fields={**FIELDS, "sha256": wrong}), 422)
    refusal(upload(api, CONTENT, fields={**FIELDS, "sha256": "abc"}), 422)
    refusal(send(api, [body], headers={"X-Content-SHA256": wrong}), 422)
    refusal(send(api, [body], headers={"X-Content-SHA256": "abc"}), 422)
    refusal(upload(api, CONTENT, fields={**FIELDS, "sha256": right} | {"sha256": wrong}), 422)
    assert spooled(folder) == before


def test_the_digest_of_the_body_is_verified(api: ApiProcess, folder: Path) -> None:
    body = b"".join(form([CONTENT]))
    right = base64.b64encode(hashlib.sha256(body).digest()).decode()
    of_the_file = base64.b64encode(hashlib.sha256(CONTENT).digest()).decode()

    assert send(api, [body], headers={"Content-Digest": f"sha-256=:{right}:"}).status_code == 200
    before = spooled(folder)
    refusal(send(api, [body], headers={"Content-Digest": f"sha-256=:{of_the_file}:"}), 422)
    refusal(send(api, [body], headers={"Content-Digest": "sha-256"}), 422)
    assert spooled(folder) == before


@pytest.mark.parametrize(
    "filename",
    ["..", "../obd.db", "a/b.db", "..\\obd.db", "C:\\obd.db", "obd.db\x00", "ob\x00d.db", "obd\n.db", "obd.db\n", ".db",
     "x" * 252 + ".db", "obd..db", "con.db", "ob\xe4.db", "obd;.db", "", " ", "%2e%2e%2fobd.db"],
)  # fmt: skip
def test_an_unsafe_file_name_answers_422(api: ApiProcess, folder: Path, filename: str) -> None:
    before = spooled(folder)

    detail = refusal(upload(api, CONTENT, filename), 422)

    assert str(folder) not in detail
    assert spooled(folder) == before


@pytest.mark.parametrize("filename", ["obd.db-wal", "obd.db-shm", "obd", "obd.exe", "obd.tar.xz"])
def test_another_extension_answers_415_and_names_the_allowed_ones(api: ApiProcess, filename: str) -> None:
    detail = refusal(upload(api, CONTENT, filename), 415)

    for extension in (".db", ".log", ".json", ".gz"):
        assert extension in detail


@pytest.mark.parametrize("device_id", ["", "..", "../x", "a/b", "a\x00", "a\nb", ".spool", "x" * 300, "a b", "ä"])
def test_an_unsafe_device_id_answers_422(api: ApiProcess, folder: Path, device_id: str) -> None:
    before = spooled(folder)

    refusal(upload(api, CONTENT, fields={**FIELDS, "deviceId": device_id}), 422)

    assert spooled(folder) == before


@pytest.mark.parametrize("kind", ["", "Database", "pictures", "database\n"])
def test_an_unknown_type_answers_422(api: ApiProcess, kind: str) -> None:
    assert "database, logs, config" in refusal(upload(api, CONTENT, fields={**FIELDS, "type": kind}), 422)


@pytest.mark.parametrize("missing", ["type", "deviceId"])
def test_a_missing_field_answers_422_and_is_named(api: ApiProcess, missing: str) -> None:
    fields = {name: value for name, value in FIELDS.items() if name != missing}

    assert missing in refusal(upload(api, CONTENT, fields=fields), 422)


def test_a_form_without_a_file_answers_422(api: ApiProcess) -> None:
    assert "file" in refusal(send(api, [field("type", "database"), field("deviceId", "x"), END]), 422)


def test_an_empty_file_answers_422(api: ApiProcess, folder: Path) -> None:
    before = spooled(folder)

    assert "empty" in refusal(upload(api, b""), 422)
    assert spooled(folder) == before


@pytest.mark.parametrize("is_declared", [True, False])
def test_a_file_over_the_limit_answers_413_after_the_body_was_read(
    api: ApiProcess,
    folder: Path,
    *,
    is_declared: bool,
) -> None:
    before = spooled(folder)
    body = b"".join(form([b"x" * 20_000_000]))

    answer = send(api, [body], size_bytes=len(body) if is_declared else None)

    refusal(answer, 413)
    assert spooled(folder) == before


def test_a_file_of_exactly_the_limit_is_accepted(api: ApiProcess) -> None:
    assert upload(api, b"x" * LIMIT_MB * 1024 * 1024, "obd.log").status_code == 200
    refusal(upload(api, b"x" * (LIMIT_MB * 1024 * 1024 + 1), "obd.log"), 413)


@pytest.mark.parametrize("cut", [0, 1, 20, 200, -1, -3, -len(END)])
def test_a_body_that_ends_early_answers_422_and_leaves_nothing(api: ApiProcess, folder: Path, cut: int) -> None:
    before = spooled(folder)
    body = b"".join(form([CONTENT]))
    cut_body = body[:cut] if cut >= 0 else body[: len(body.rstrip()) + cut]

    refusal(send(api, [cut_body], size_bytes=len(cut_body)), 422)

    assert spooled(folder) == before


@pytest.mark.parametrize("content_type", ["application/json", "multipart/form-data", "text/plain"])
def test_a_body_that_is_no_form_answers_422(api: ApiProcess, content_type: str) -> None:
    refusal(send(api, [b"{}"], headers={"Content-Type": content_type}), 422)


def test_an_upload_without_the_key_answers_401(api: ApiProcess, folder: Path) -> None:
    before = spooled(folder)

    answer = send(api, form([CONTENT]), headers={"X-API-Key": "wrong"})

    assert refusal(answer, 401) == "Invalid API key"
    assert spooled(folder) == before


def test_a_device_over_its_quota_gets_507_and_what_is_kept_already_counts_once(
    tmp_path: Path,
    folder: Path,
) -> None:
    mega = b"x" * 1024 * 1024
    (tmp_path / "vault").mkdir()
    mark(tmp_path / "vault")
    with running_api(tmp_path, f"sqlite:///{folder / 'obd2.db'}", BACKUP_DEVICE_QUOTA_MB="2") as api:
        fields = {**FIELDS, "deviceId": "quota-car"}
        answers = [upload(api, mega[:-1] + last, "obd.log", fields=fields) for last in (b"1", b"2", b"2", b"3")]
        other = upload(api, mega, "obd.log", fields={**FIELDS, "deviceId": "another-car"})

    assert [answer.status_code for answer in answers] == [200, 200, 200, 507]
    assert "quota" in refusal(answers[3], 507)
    assert other.status_code == 200
    assert len(spooled(tmp_path)) == 4


def test_two_parts_named_file_answer_422(api: ApiProcess, folder: Path) -> None:
    before = spooled(folder)
    first = b"".join(form([CONTENT])).removesuffix(END)
    second = b"".join(form([CONTENT], fields={}))

    refusal(send(api, [first + second]), 422)

    assert spooled(folder) == before


def test_no_field_can_write_outside_the_vault(api: ApiProcess, folder: Path) -> None:
    outside = {path for path in folder.iterdir() if path.name != "vault"}
    attack = "../../../../" + quote(str(folder / "pwned.db"), safe="")

    refusal(upload(api, CONTENT, attack), 422)
    refusal(upload(api, CONTENT, fields={"type": attack, "deviceId": "x"}), 422)
    refusal(upload(api, CONTENT, fields={"type": "database", "deviceId": attack}), 422)

    assert {path for path in folder.iterdir() if path.name != "vault"} == outside
    assert BOUNDARY not in "".join(path.name for path in folder.iterdir())
