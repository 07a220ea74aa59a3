"""One host for all tests of this folder, made of nothing with the defaults: it builds every image from the checkout."""

from collections.abc import Iterator

import pytest

from support.ansible_target import Target, left_out_where_impossible
from support.bare_target import BareHost, bare_host

LISTENER = "http://listener:8000"


@pytest.fixture(scope="package")
def host(tmp_path_factory: pytest.TempPathFactory) -> Iterator[BareHost]:
    """The host; skips, or fails when one is required, where none can be."""
    with left_out_where_impossible(), bare_host(tmp_path_factory.mktemp("bare"), LISTENER) as host:
        yield host


@pytest.fixture
def bare(host: BareHost) -> Target:
    """The machine, healthy before a test begins."""
    host.target.wait_until_healthy()
    return host.target
