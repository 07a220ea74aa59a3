"""Addresses as they may be shown."""

from urllib.parse import urlsplit, urlunsplit


def without_credentials(url: str) -> str:
    """Return an address without user name and password."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))
