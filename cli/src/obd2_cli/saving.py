"""What a server sends, saved as a file: whole or not at all."""

import os
from collections.abc import Iterable
from pathlib import Path

from obd2_common.errors import ConfigurationError


def save(target: Path, parts: Iterable[bytes]) -> Path:
    """Write parts to a new file and return its path; one that breaks off leaves nothing.

    Raises:
        ConfigurationError: the file is there already, or cannot be written.
    """
    unfinished = target.with_name(f".{target.name}.{os.getpid()}.part")
    try:
        if target.exists():
            raise ConfigurationError(f"{target} is there already; name another with --output")
        with unfinished.open("xb") as file:
            file.writelines(parts)
        unfinished.replace(target)
    except OSError as error:
        raise ConfigurationError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        unfinished.unlink(missing_ok=True)
    return target
