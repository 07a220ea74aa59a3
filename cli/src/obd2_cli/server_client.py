"""A running server as its HTTP interface shows it, for commands that look at it."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self, TypeVar
from urllib.parse import quote

import httpx
from pydantic import BaseModel, ValidationError

from obd2_api.schemas.analyses import AnalyzeAnswer
from obd2_api.schemas.backups import BackupItem, BackupList
from obd2_api.schemas.curves import TrendDocument
from obd2_api.schemas.devices import DeviceDocument, DeviceList
from obd2_api.schemas.drives import DriveDetail, DriveList, DriveSummary
from obd2_api.schemas.health import Health
from obd2_api.schemas.uploads import BackupReceipt
from obd2_cli.saving import save
from obd2_common.errors import ConfigurationError, NotFoundError, Obd2Error

API = "/api/v1"
TIMEOUT_SECONDS = 30.0
ANALYZE_TIMEOUT_SECONDS = 180.0
EXPORT_TIMEOUT_SECONDS = 600.0
"""A workbook is written whole before its first byte is sent."""
PAGE_LENGTH = 500
Document = TypeVar("Document", bound=BaseModel)


class ServerUnavailableError(Obd2Error):
    """The server cannot be reached or answered with something else than what was asked for."""


class ServerClient:
    """A server to talk to, until the block ends.

    Args:
        url: base address.
        api_key: the key; an empty one is refused by the server.

    Raises:
        ConfigurationError: the address is no HTTP address, or the key cannot be sent.
    """

    def __init__(self, url: str, api_key: str) -> None:
        self.url = url.rstrip("/")
        try:
            self._http = httpx.Client(
                base_url=self.url,
                headers={"X-API-Key": api_key},
                timeout=TIMEOUT_SECONDS,
                # A kept connection that the server closes meanwhile would fail the next request.
                limits=httpx.Limits(max_keepalive_connections=0),
                trust_env=False,
            )
        except (ValueError, httpx.InvalidURL) as error:
            raise ConfigurationError(f"{url!r} is no address of a server, or the API key cannot be sent") from error

    def __enter__(self) -> Self:
        """Use the server."""
        return self

    def __exit__(self, *_: object) -> None:
        """Close the connections."""
        self._http.close()

    def health(self) -> Health:
        """Return the server's state."""
        return self._read(Health, f"{API}/health")

    def drives(self, *, device: str | None = None, epoch: int | None = None, limit: int) -> list[DriveSummary]:
        """Return the latest drives, latest first, page after page."""
        found: list[DriveSummary] = []
        cursor: str | None = None
        while len(found) < limit:
            asked = {"deviceId": device, "epoch": epoch, "cursor": cursor, "limit": min(limit, PAGE_LENGTH)}
            page = self._read(DriveList, f"{API}/drives", asked)
            found += page.drives
            cursor = page.next_cursor
            if cursor is None:
                break
        return found[:limit]

    def drive(self, device: str, drive_key: str, *, epoch: int | None = None) -> DriveDetail:
        """Return one drive with its facts.

        Raises:
            NotFoundError: the server does not know it.
        """
        path = f"{API}/drives/{quote(device, safe='')}/{quote(drive_key, safe='')}"
        return self._read(DriveDetail, path, {"epoch": epoch})

    def trend(self, device: str, parameter: str, scope: str) -> TrendDocument:
        """Return one parameter over the real drives of a device, by start."""
        return self._read(TrendDocument, f"{API}/trends", {"deviceId": device, "parameter": parameter, "scope": scope})

    def devices(self) -> list[DeviceDocument]:
        """Return every device that has sent something, page after page."""
        found: list[DeviceDocument] = []
        cursor: str | None = None
        while True:
            page = self._read(DeviceList, f"{API}/devices", {"cursor": cursor, "limit": PAGE_LENGTH})
            found += page.devices
            cursor = page.next_cursor
            if cursor is None:
                return found

    def display_names(self) -> dict[str, str]:
        """Return what people call each device."""
        return {device.device_id: device.display_name for device in self.devices()}

    def backups(self, *, device: str) -> list[BackupItem]:
        """Return the latest backups of a device, latest first."""
        return self._read(BackupList, f"{API}/backups", {"deviceId": device}).backups

    def analyze(self, drive_id: int) -> AnalyzeAnswer:
        """Ask for recommendations for a drive; the answer is kept by the server."""
        asked = {"drive_id": drive_id, "parameters": {}}
        return self._ask(AnalyzeAnswer, "POST", f"{API}/analyze", json=asked, timeout=ANALYZE_TIMEOUT_SECONDS)

    def upload_backup(self, path: Path, *, device: str, kind: str, sha256: str) -> BackupReceipt:
        """Send a file for safe keeping, with its SHA-256, which the server compares."""
        fields = {"type": kind, "deviceId": device, "sha256": sha256}
        with path.open("rb") as file:
            return self._ask(BackupReceipt, "POST", f"{API}/backup", data=fields, files={"file": (path.name, file)})

    def export(self, asked: Sequence[tuple[str, str]], place: Path | None) -> Path:
        """Save an export and return where: in a place, else under the server's name for it in this folder.

        Raises:
            ConfigurationError: there is a file already, or it cannot be written.
        """
        try:
            with self._http.stream(
                "GET", f"{API}/export", params=list(asked), timeout=EXPORT_TIMEOUT_SECONDS
            ) as answer:
                if not answer.is_success:
                    answer.read()
                self._refuse_problems(answer)
                target = place or Path(_filename(answer.headers.get("content-disposition", "")))
                return save(target, answer.iter_bytes())
        except httpx.HTTPError as error:
            raise ServerUnavailableError(f"the export broke off ({error}); nothing was saved") from error

    def has_documentation(self) -> bool:
        """Tell whether the page that describes the interface can be read."""
        return self._http.get("/docs").is_success

    def _read(self, kind: type[Document], path: str, asked: Mapping[str, object] | None = None) -> Document:
        given = {name: str(value) for name, value in (asked or {}).items() if value is not None}
        return self._ask(kind, "GET", path, params=given)

    def _ask(self, kind: type[Document], method: str, path: str, **request: Any) -> Document:  # noqa: ANN401 - httpx's
        try:
            answer = self._http.request(method, path, **request)
        except httpx.HTTPError as error:
            raise ServerUnavailableError(
                f"no server answers at {self.url} ({error}): start one with `obd2 serve`, or name another with --url"
            ) from error
        self._refuse_problems(answer)
        try:
            return kind.model_validate_json(answer.content)
        except ValidationError as error:
            raise ServerUnavailableError(f"what answers at {self.url} is no OBD2-Server of this version") from error

    def _refuse_problems(self, answer: httpx.Response) -> None:
        if answer.is_success:
            return
        try:
            detail = str(answer.json()["detail"])
        except (ValueError, KeyError, TypeError):
            detail = f"{answer.status_code} {answer.reason_phrase}"
        if answer.status_code == httpx.codes.UNAUTHORIZED:
            raise ConfigurationError(
                f"{self.url} says: {detail}. Give --api-key, set API_KEY, or run this beside the server's data folder"
            )
        if answer.status_code == httpx.codes.NOT_FOUND:
            raise NotFoundError(f"{self.url} says: {detail}")
        raise ServerUnavailableError(f"{self.url} says: {detail}")


def _filename(disposition: str) -> str:
    """Return the name a server gives a file, without any folder."""
    _, _, name = disposition.partition('filename="')
    return Path(name.rstrip('"')).name or "export"
