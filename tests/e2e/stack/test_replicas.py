"""Two api and two analyzer containers behind a stock reverse proxy, on one database."""

from collections.abc import Iterator
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families

from support.compose_file import ComposeMissingError
from support.stack_images import require_images
from support.stack_running import FILES, Stack, source_counts

pytestmark = [pytest.mark.stack, pytest.mark.timeout(900)]

SCRAPE = """
import urllib.request
print(urllib.request.urlopen("http://127.0.0.1:9100/metrics", timeout=10).read().decode())
"""
COMPUTED = """
SELECT source_device, COUNT(*) FROM drives WHERE source_device LIKE 'e2e-twin%' AND state = 'computed' GROUP BY 1
"""


@pytest.fixture(scope="module")
def scaled(stack: Stack) -> Iterator[Stack]:
    try:
        require_images(stack.docker, "nginx:latest")
    except ComposeMissingError as error:
        pytest.skip(str(error))
    stack.files = f"{FILES}:compose.scale.yaml"
    stack.compose("up", "--detach", "--wait", "--wait-timeout", "300", "api", "analyzer", "proxy")
    yield stack
    stack.compose("rm", "--stop", "--force", "proxy")
    stack.files = FILES
    stack.compose("up", "--detach", "--wait", "--wait-timeout", "300", "api", "analyzer")


def samples(stack: Stack, service: str, replica: int, name: str) -> float:
    """Return the sum of a metric of one replica."""
    text = stack.compose("exec", "-T", "--index", str(replica), service, "python", "-c", SCRAPE)
    families = text_string_to_metric_families(text)
    return sum(sample.value for family in families for sample in family.samples if sample.name == name)


def test_pushes_at_the_same_time_leave_every_row_once_and_every_replica_works(scaled: Stack) -> None:
    files = {
        f"e2e-twin-{number}": scaled.simulate(
            f"twin-{number}", "--seed", str(20 + number), "--drives", "2", "--kind", "short_hop", "--duration", "300"
        )
        for number in (1, 2, 3)
    }
    first = "e2e-twin-1"

    pushes = {device: scaled.push(file, device) for device, file in files.items()}
    again = scaled.push(files[first], first, state="second-process")
    said = {device: pushing.communicate(timeout=300)[0] for device, pushing in [*pushes.items(), ("again", again)]}

    assert [pushing.returncode for pushing in (*pushes.values(), again)] == [0, 0, 0, 0], said
    for device, file in files.items():
        counts = scaled.counts(device)
        assert counts == source_counts(file, counts)
    assert all(samples(scaled, "api", replica, "obd2_http_requests_total") > 0 for replica in (1, 2))
    scaled.wait_until_idle()
    assert {device: int(count) for device, count in scaled.sql(COMPUTED)} == dict.fromkeys(files, 2)


def test_a_replica_that_dies_during_a_push_is_not_missed(scaled: Stack) -> None:
    device = "e2e-twin-killed"
    file = scaled.simulate(device, "--seed", "30", "--kind", "city", "--duration", "1800")

    pushing = scaled.begin_push(file, device)
    scaled.kill("api", replica=2)
    said: Any = pushing.communicate(timeout=300)[0]

    assert pushing.returncode == 0, said
    counts = scaled.counts(device)
    assert counts == source_counts(file, counts)
