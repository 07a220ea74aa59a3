"""One stack for all tests of this folder."""

from collections.abc import Iterator

import pytest

from support.compose_file import ComposeMissingError
from support.stack_running import Stack, running_stack
from support.suite_settings import SuiteSettings


@pytest.fixture(scope="session")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    """A stack with real MySQL and an Ollama that needs no model; skips where there is no container engine."""
    try:
        with running_stack(tmp_path_factory.mktemp("stack")) as running:
            yield running
    except ComposeMissingError as error:
        if SuiteSettings().require_stack:
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))
