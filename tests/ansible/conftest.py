"""One provisioned Debian 13 for all tests of this folder."""

from collections.abc import Iterator

import pytest

from support.ansible_target import Target, booted_target, left_out_where_impossible

ENGINES = ("docker", "podman")


@pytest.fixture(scope="session", params=ENGINES)
def provisioned(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Target]:
    """A host that `site.yml` ran over once; skips, or fails when one is required, where none can be."""
    folder = tmp_path_factory.mktemp("ansible")
    with left_out_where_impossible(), booted_target(folder, request.param) as target:
        target.converge()
        yield target


@pytest.fixture
def target(provisioned: Target) -> Target:
    """The host, healthy before a test begins."""
    provisioned.wait_until_healthy()
    return provisioned
