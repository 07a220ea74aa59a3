"""Names a backup may bear: what a device may send, and what its file is called in the vault."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import PurePosixPath
from types import MappingProxyType

from obd2_common.errors import InvalidInputError

BACKUP_TYPES = ("database", "logs", "config")
EXTENSIONS = (".db", ".log", ".json", ".gz")
"""What a file name may end in; ``.gz`` may follow one of the others."""
MAX_DEVICE_CHARACTERS = 64
MAX_NAME_CHARACTERS = 200
"""Leaves room for the time stamp within the 255 bytes a file system allows."""

_DEVICE = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,63}")
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,199}")
_WINDOWS_DEVICES = re.compile(r"(con|prn|aux|nul|com\d|lpt\d)", re.IGNORECASE)
_FULL_EXTENSION = re.compile(r"(\.db|\.log|\.json)?\.gz|\.db|\.log|\.json", re.IGNORECASE)
_KEPT_EXTENSION = re.compile(r"(\.db|\.sql)\.zst|" + _FULL_EXTENSION.pattern, re.IGNORECASE)
_STAMP = "%Y-%m-%dT%H-%M-%S-%f"

CONTENT_KINDS: Mapping[str, str] = MappingProxyType(
    {".db": "sqlite", ".log": "log", ".json": "json", ".sql": "dump"},
)
"""What a file holds once it is unpacked, by its extension without that of the packing."""
PACKINGS: Mapping[str, str] = MappingProxyType({".gz": "gzip", ".zst": "zstd"})

SERVER_DEVICE = "_server"
"""The bucket of the server's own data; no device can bear this id, so none can write there."""
SQLITE_DUMP_NAME = "obd2.db.zst"
SQL_DUMP_NAME = "obd2.sql.zst"


class UnsafeNameError(InvalidInputError):
    """A device id or file name that could mean something else to a file system."""


class UnsupportedExtensionError(InvalidInputError):
    """A file name with an extension that is not kept."""


class UnknownBackupTypeError(InvalidInputError):
    """A backup type that does not exist."""


@dataclass(frozen=True)
class BackupName:
    """A file name that was found safe, in its two parts."""

    stem: str
    extension: str
    """The full extension in lower case, e.g. ``.db.gz``."""

    def stamped(self, received_at: datetime) -> str:
        """Return the name under which a file received at a moment is kept."""
        return f"{self.stem}-{received_at.astimezone(UTC).strftime(_STAMP)}{self.extension}"


def parse_type(text: str) -> str:
    """Return the backup type a request names.

    Raises:
        UnknownBackupTypeError: there is no such type.
    """
    if text not in BACKUP_TYPES:
        raise UnknownBackupTypeError(f"type must be one of {', '.join(BACKUP_TYPES)}")
    return text


def parse_device_id(text: str) -> str:
    """Return a device id that can safely name a folder.

    Raises:
        UnsafeNameError: it cannot. The whole text is matched, so a trailing newline does not slip through.
    """
    if not _DEVICE.fullmatch(text) or _is_treacherous(text):
        raise UnsafeNameError(
            f"deviceId must be 1 to {MAX_DEVICE_CHARACTERS} letters, digits, '.', '_' or '-', begin with a letter or "
            "digit, and hold no '..'",
        )
    return text


def parse_file_name(text: str) -> BackupName:
    """Return the parts of a file name that is safe and of a kind that is kept.

    Raises:
        UnsafeNameError: the name holds anything but plain characters, begins with a dot, or is too long.
        UnsupportedExtensionError: the name is safe but its extension is not kept.
    """
    if not _NAME.fullmatch(text) or _is_treacherous(text):
        raise UnsafeNameError(
            f"the file name must be 1 to {MAX_NAME_CHARACTERS} letters, digits, '.', '_', '+' or '-', begin with a "
            "letter, digit or '_', and hold no '..'",
        )
    name = _split(text, _FULL_EXTENSION)
    if name is None:
        raise UnsupportedExtensionError(f"the file's extension must be one of {', '.join(EXTENSIONS)}")
    return name


def kept_name(text: str) -> BackupName:
    """Return the parts of a name that the server chose or has accepted before."""
    name = _split(text, _KEPT_EXTENSION)
    if name is None:
        raise ValueError("not the name of a backup")
    return name


def content_kind(filename: str) -> tuple[str, str]:
    """Tell what a kept file holds (sqlite, log, json, dump or other) and its packing (gzip, zstd or nothing)."""
    plain = PurePosixPath(filename)
    packing = PACKINGS.get(plain.suffix, "")
    if packing:
        plain = plain.with_suffix("")
    return CONTENT_KINDS.get(plain.suffix, "other"), packing


def _is_treacherous(text: str) -> bool:
    """Tell whether a text of harmless characters still means something special to some file system."""
    return ".." in text or text.endswith(".") or bool(_WINDOWS_DEVICES.fullmatch(text.split(".", maxsplit=1)[0]))


def _split(text: str, extension: re.Pattern[str]) -> BackupName | None:
    dots = (position for position, character in enumerate(text) if character == ".")
    found = next((position for position in dots if extension.fullmatch(text, position)), None)
    return None if found is None else BackupName(text[:found], text[found:].lower())
