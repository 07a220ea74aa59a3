"""The files that pages load: our own, and uPlot's two from its wheel, which are checked before they are served."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib import metadata, resources
from pathlib import Path

from fastapi import APIRouter, Request
from fastapi.responses import Response

from obd2_common.errors import ConfigurationError, NotFoundError

router = APIRouter(include_in_schema=False)

PREFIX = "/assets"
_DISTRIBUTION = "youplot"
_SHA256_OF = {
    "vendor/uplot.iife.min.js": "2d27e8ad3d228164525ce213f9dc716f39b4e3aee0cc773fb3491c96cf4921a2",
    "vendor/uplot.min.css": "df630c6a8d6f8eeaff264b50f73ce5b114f646ffd9a0bb74f049b0a00135fa04",
}
"""What uPlot 1.6.31 is, byte by byte: another file under its name is not served."""
_KINDS = {
    ".css": "text/css; charset=utf-8",
    ".js": "text/javascript; charset=utf-8",
    ".svg": "image/svg+xml",
    ".webmanifest": "application/manifest+json",
}


@dataclass(frozen=True, slots=True)
class Asset:
    """One file; its address changes with its content, so that browsers may keep it for ever."""

    name: str
    content: bytes
    kind: str
    digest: str

    @property
    def path(self) -> str:
        """Return its address below the root."""
        return f"{PREFIX}/{self.digest[:16]}/{self.name}"


@cache
def all_assets() -> dict[str, Asset]:
    """Return every file by its name.

    Raises:
        ConfigurationError: uPlot is not installed, or not the one we know.
    """
    own = resources.files("obd2_api.web") / "static"
    found = [_asset(file.name, file.read_bytes()) for file in own.iterdir() if Path(file.name).suffix in _KINDS]
    found += [_asset(Path(name).name, _vendored(name)) for name in _SHA256_OF]
    return {asset.name: asset for asset in found}


@router.get(PREFIX + "/{digest}/{name}")
def read_asset(digest: str, name: str, request: Request) -> Response:
    """Serve a file under the address of its content."""
    asset = all_assets().get(name)
    if asset is None or asset.digest[:16] != digest:
        raise NotFoundError("No such file")
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "ETag": f'"{asset.digest[:32]}"'}
    if request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=304, headers=headers)
    return Response(asset.content, media_type=asset.kind, headers=headers)


def _asset(name: str, content: bytes) -> Asset:
    return Asset(name, content, _KINDS[Path(name).suffix], hashlib.sha256(content).hexdigest())


def _vendored(name: str) -> bytes:
    """Return a file of uPlot's wheel, which is read and never imported."""
    try:
        listed = metadata.files(_DISTRIBUTION) or []
    except metadata.PackageNotFoundError as error:
        raise ConfigurationError(f"{_DISTRIBUTION}, which holds uPlot, is not installed") from error
    place = next((file for file in listed if file.as_posix() == f"{_DISTRIBUTION}/{name}"), None)
    content = b"" if place is None else Path(str(place.locate())).read_bytes()
    if hashlib.sha256(content).hexdigest() != _SHA256_OF[name]:
        raise ConfigurationError(f"{name} of {_DISTRIBUTION} is not the uPlot this version was made with")
    return content
