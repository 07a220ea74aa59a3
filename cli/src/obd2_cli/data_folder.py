"""The data folder of an embedded server: one server at a time works in it, and says in it where it listens."""

import json
import os
from pathlib import Path
from typing import Self

from obd2_common.errors import ConfigurationError
from obd2_common.file_lock import open_locked

LOCK_FILE_NAME = "serve.lock"
_LONGEST_NOTE_BYTES = 4096


class DataFolder:
    """A data folder that this process holds until the block ends; the operating system frees it when it dies.

    Args:
        path: the folder; it is created when missing.

    Raises:
        ConfigurationError: the folder cannot be used, or another server holds it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None

    def __enter__(self) -> Self:
        """Take the folder."""
        lock = self._path / LOCK_FILE_NAME
        try:
            self._path.mkdir(parents=True, exist_ok=True)
            self._descriptor = open_locked(lock, 0o600)
        except OSError as error:
            raise ConfigurationError(f"DATA_DIR {self._path} cannot be used: {error.strerror}") from error
        if self._descriptor is None:
            raise ConfigurationError(f"DATA_DIR {self._path} is in use by {_holder(self._path)}")
        self._write({"pid": os.getpid()})
        return self

    def __exit__(self, *_: object) -> None:
        """Give the folder back."""
        if self._descriptor is not None:
            os.ftruncate(self._descriptor, 0)
            os.close(self._descriptor)

    def announce(self, url: str) -> None:
        """Note where this server can be reached from this machine."""
        self._write({"pid": os.getpid(), "url": url})

    def _write(self, note: dict[str, object]) -> None:
        if self._descriptor is None:
            raise ConfigurationError(f"DATA_DIR {self._path} is not in use by this process")
        text = json.dumps(note).encode()
        os.ftruncate(self._descriptor, 0)
        os.pwrite(self._descriptor, text, 0)


def announced_url(path: Path) -> str | None:
    """Return where the server of a data folder said it listens; None when it did not, or stopped in good order."""
    url = _note(path).get("url")
    return url if isinstance(url, str) else None


def _holder(path: Path) -> str:
    note = _note(path)
    process = f" (process {note['pid']})" if "pid" in note else ""
    place = f" at {note['url']}" if "url" in note else ""
    return f"another `obd2 serve`{process}{place}: stop that one, or choose another DATA_DIR"


def _note(path: Path) -> dict[str, object]:
    try:
        note = json.loads((path / LOCK_FILE_NAME).read_bytes()[:_LONGEST_NOTE_BYTES])
    except (OSError, ValueError):
        return {}
    return note if isinstance(note, dict) else {}
