"""Prometheus and Alertmanager beside the stack, and their going."""

import pytest

from support.ansible_target import Target, left_out_where_impossible
from support.stack_images import require_images

pytestmark = [pytest.mark.ansible, pytest.mark.timeout(1800)]

IMAGES = ("prom/prometheus:v3.5.3", "prom/alertmanager:v0.33.1")
NAMES = "{engine} ps --format '{{{{.Names}}}}' | grep -cE 'prometheus|alertmanager'"


def test_monitoring_is_proven_by_the_play_and_taken_away_again(target: Target) -> None:
    with left_out_where_impossible():
        require_images(target.docker, *IMAGES)
    target.load(*IMAGES)

    target.converge("--tags", "config,monitoring", variables={"obd2_monitoring": True})
    running = target.try_shell(NAMES.format(engine=target.engine)).stdout.strip()
    changed, said = target.converge("--tags", "config,monitoring", variables={"obd2_monitoring": True})
    target.converge("--tags", "config,monitoring")

    assert running == "2"
    assert changed == 0, said
    assert target.try_shell(NAMES.format(engine=target.engine)).stdout.strip() == "0"
