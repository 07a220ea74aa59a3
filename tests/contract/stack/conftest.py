"""What compose makes of compose.yaml."""

from typing import Any

import pytest

from support.compose_file import read_compose


@pytest.fixture(scope="session")
def stack() -> dict[str, Any]:
    """The whole file."""
    return read_compose()


@pytest.fixture
def service(stack: dict[str, Any], name: str) -> dict[str, Any]:
    """The service a test is about."""
    found: dict[str, Any] = stack["services"][name]
    return found
