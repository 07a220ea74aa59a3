"""One provisioned Debian 13 for all tests of this folder."""

from collections.abc import Iterator

import pytest

from ansible_target import Target, booted_target
from compose_file import ComposeMissingError
from suite_settings import SuiteSettings

ENGINES = ("docker", "podman")


@pytest.fixture(scope="session", params=ENGINES)
def provisioned(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A host that `site.yml` ran over once; skips, or fails when one is required, where none can be."""
    try:
        with booted_target(tmp_path_factory.mktemp("ansible"), request.param) as target:
            target.converge()
            yield target
    except ComposeMissingError as error:
        if SuiteSettings().require_ansible:
            pytest.fail(str(error), pytrace=False)
        pytest.skip(str(error))


@pytest.fixture
def target(provisioned: Target) -> Target:
    """The host, healthy before a test begins."""
    provisioned.wait_until_healthy()
    return provisioned
