"""How many files a process may have open is raised as far as it goes, or the start is refused."""

import resource
from collections.abc import Iterator

import pytest

from obd2_common.errors import ConfigurationError
from obd2_common.open_files import allow_open_files


@pytest.fixture
def limits() -> Iterator[tuple[int, int]]:
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    yield before
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_a_low_limit_is_raised(limits: tuple[int, int]) -> None:
    _, hard = limits
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, hard))

    allowed = allow_open_files(257)

    assert resource.getrlimit(resource.RLIMIT_NOFILE) == (allowed, hard)


def test_a_limit_that_cannot_be_raised_enough_is_said_with_what_to_do(limits: tuple[int, int]) -> None:
    _, hard = limits

    with pytest.raises(ConfigurationError, match=rf"{hard + 1 if hard > 0 else 2**31} are needed: raise the limit"):
        allow_open_files(hard + 1 if hard > 0 else 2**31)
