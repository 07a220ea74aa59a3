"""Which build of the program this is, as its image was told."""

import sys
from pathlib import Path

PLACE = Path(sys.prefix) / "obd2-build"


def read_build(place: Path = PLACE) -> str | None:
    """Return the image's tag and source revision, such as ``0.1.0-d2f463f d2f463f``; None outside of an image."""
    try:
        return place.read_text(encoding="utf-8").strip() or None
    except OSError:
        return None
