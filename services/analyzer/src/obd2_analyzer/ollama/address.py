"""Ollama's address, as the settings give it."""

from urllib.parse import unquote, urlsplit


def needs_certificates(base_url: str) -> bool:
    """Tell whether certificates matter for an address; reading them takes longer than a whole call over HTTP."""
    return not base_url.lower().startswith("http://")


def credentials(base_url: str) -> tuple[str, str] | None:
    """Return the user name and password in an address, None when there are none."""
    parts = urlsplit(base_url)
    return None if parts.username is None else (unquote(parts.username), unquote(parts.password or ""))
