"""The key an embedded server makes for itself, and the file it keeps it in."""

import os
import secrets
from pathlib import Path

from obd2_common.errors import ConfigurationError

KEY_FILE_NAME = "api_key"
_KEY_BYTES = 32


def key_file(data_dir: Path) -> Path:
    """Return where a data folder keeps the key."""
    return data_dir / KEY_FILE_NAME


def read_key(data_dir: Path) -> str:
    """Return the key a data folder keeps, an empty text when it keeps none.

    Raises:
        ConfigurationError: there is a file, but it cannot be read.
    """
    path = key_file(data_dir)
    try:
        return path.read_text(encoding="utf-8").strip()
    except FileNotFoundError:
        return ""
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"the API key in {path} cannot be read: {error}") from error


def make_key(data_dir: Path) -> str:
    """Make a key and keep it in the data folder, readable by its owner alone from the first moment on.

    Raises:
        ConfigurationError: the file cannot be written.
    """
    key = secrets.token_urlsafe(_KEY_BYTES)
    path = key_file(data_dir)
    unfinished = path.with_name(f".{KEY_FILE_NAME}.{os.getpid()}")
    try:
        descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(key + "\n")
            file.flush()
            os.fsync(descriptor)
        unfinished.replace(path)
    except OSError as error:
        raise ConfigurationError(f"the API key cannot be kept in {path}: {error.strerror}") from error
    return key
