"""A client of the resumable uploads that sends one request at a time, rules kept or broken."""

import base64
from pathlib import Path

import httpx

from support.api_process import KEY, ApiProcess
from support.backup_setup import BackupSetup

METADATA = {"filename": "obd.log", "type": "logs", "deviceId": "chi-eclipse-01"}
PART = {"Content-Type": "application/offset+octet-stream"}


def part_file(backups: BackupSetup, path: str) -> Path:
    """Return the file in the spool that holds what arrived of an upload."""
    return backups.vault.spool_dir / "resumable" / path.rpartition("/")[2]


def encoded(metadata: dict[str, str]) -> str:
    """Return metadata as the header carries it."""
    return ",".join(f"{name} {base64.b64encode(value.encode()).decode()}" for name, value in metadata.items())


def call(api: ApiProcess, method: str, path: str, content: bytes = b"", **headers: str) -> httpx.Response:
    """Send one request with the key; headers as names with underscores."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    base = {"X-API-Key": KEY, "Tus-Resumable": "1.0.0"}
    return httpx.request(method, f"{api.url}{path}", content=content, headers={**base, **named}, timeout=60)


def begin(api: ApiProcess, size_bytes: int, **metadata: str) -> httpx.Response:
    """Ask for a new upload."""
    values = {**METADATA, **metadata}
    return call(api, "POST", "/api/v1/uploads", Upload_Length=str(size_bytes), Upload_Metadata=encoded(values))


def begun(api: ApiProcess, size_bytes: int, **metadata: str) -> str:
    """Begin an upload and return its path."""
    answer = begin(api, size_bytes, **metadata)
    assert answer.status_code == 201, answer.text
    return answer.headers["location"]


def patch(api: ApiProcess, path: str, offset: int, content: bytes, **headers: str) -> httpx.Response:
    """Send a part."""
    return call(api, "PATCH", path, content, Upload_Offset=str(offset), **{**PART, **headers})


def offset_of(api: ApiProcess, path: str) -> int:
    """Return how many bytes the server has."""
    return int(call(api, "HEAD", path).headers["upload-offset"])
