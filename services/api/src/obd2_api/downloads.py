"""Serves a kept backup as a file: in ranges, with its SHA-256 as entity tag."""

import base64
import re
from pathlib import Path

from fastapi.responses import FileResponse
from starlette.requests import Request
from starlette.responses import Response

from obd2_api.errors import EntityChangedError, RangeNotSatisfiableError
from obd2_common.errors import NotFoundError
from obd2_common.tables.backups import Backup

_RANGES = re.compile(r"bytes=[ \t]*(\d+-\d*|-\d+)([ \t]*,[ \t]*(\d+-\d*|-\d+))*[ \t]*")
_EDGES = re.compile(r"[=,][ \t]*(\d*)-(\d*)")


def find_file(backup_dir: Path, backup: Backup | None) -> tuple[Backup, Path]:
    """Return a stored backup and its file.

    Raises:
        NotFoundError: there is no such backup, or its file is not in the vault.
    """
    if backup is None:
        raise NotFoundError("there is no such backup")
    if backup.state != "stored":
        raise NotFoundError(f"the backup is {backup.state}; only stored ones can be fetched")
    place = backup_dir / backup.path
    is_inside = place.parent.resolve().is_relative_to(backup_dir.resolve())
    if not is_inside or place.is_symlink() or not place.is_file():
        raise NotFoundError("the backup's file is not in the vault")
    return backup, place


def file_answer(backup: Backup, place: Path, request: Request) -> Response:
    """Return the answer that sends a file, or what is asked of it.

    A range that cannot be understood is ignored, as RFC 9110 (section 14.2) allows: the request loses it.

    Raises:
        EntityChangedError: the request is for another file than this one.
        RangeNotSatisfiableError: none of the ranges lies in the file.
    """
    entity_tag = f'"{backup.sha256}"'
    digest = base64.b64encode(bytes.fromhex(backup.sha256)).decode()
    headers = {"ETag": entity_tag, "Repr-Digest": f"sha-256=:{digest}:", "Cache-Control": "private, no-cache"}
    wanted = request.headers.get("if-match")
    if wanted is not None and not _names(wanted, entity_tag):
        raise EntityChangedError("the file is not the one that If-Match names")
    if _names(request.headers.get("if-none-match"), entity_tag):
        return Response(status_code=304, headers=headers)
    status = place.stat()
    asked = request.headers.get("range")
    if asked is not None and not _is_understood(asked):
        request.scope["headers"] = [pair for pair in request.scope["headers"] if pair[0] != b"range"]
    elif asked is not None and not _is_any_inside(asked, status.st_size):
        raise RangeNotSatisfiableError(status.st_size)
    return FileResponse(
        place,
        headers=headers,
        media_type="application/octet-stream",
        filename=backup.filename,
        stat_result=status,
    )


def _names(header: str | None, entity_tag: str) -> bool:
    tags = [tag.strip().removeprefix("W/") for tag in (header or "").split(",")]
    return entity_tag in tags or "*" in tags


def _is_understood(asked: str) -> bool:
    """Tell whether a range is one; one that ends before it begins is none (RFC 9110, section 14.1.1)."""
    edges = _EDGES.findall(asked)
    return bool(_RANGES.fullmatch(asked)) and not any(a and b and int(a) > int(b) for a, b in edges)


def _is_any_inside(asked: str, size_bytes: int) -> bool:
    edges: list[tuple[str, str]] = _EDGES.findall(asked)
    return any(int(first) < size_bytes if first else int(last) > 0 for first, last in edges)
