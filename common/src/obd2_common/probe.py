"""Asks a URL for a sign of life: ``python -m obd2_common.probe URL`` is the health check of images without curl.

Imports nothing but the standard library, because it runs every few seconds.
"""

import sys
import urllib.request
from http.client import HTTPException

TIMEOUT_SECONDS = 5


def is_ready(url: str, timeout_seconds: float = TIMEOUT_SECONDS) -> bool:
    """Tell whether an http URL answers with a 2xx in time."""
    if not url.startswith(("http://", "https://")):
        return False
    try:
        with urllib.request.urlopen(url, timeout=timeout_seconds):  # noqa: S310 - the scheme was just looked at
            return True
    except (OSError, HTTPException):  # HTTP and URL errors are OSErrors
        return False


if __name__ == "__main__":
    sys.exit(0 if len(sys.argv) > 1 and is_ready(sys.argv[1]) else 1)
