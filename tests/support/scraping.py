"""Reads an operations port as Prometheus and the health checks do."""

import json
from http.client import HTTPConnection
from typing import Any

from prometheus_client.metrics_core import Metric
from prometheus_client.parser import text_string_to_metric_families


def get(port: int, path: str, *, method: str = "GET") -> tuple[int, str]:
    """Return status and body of one request to this machine."""
    connection = HTTPConnection("127.0.0.1", port, timeout=20)
    try:
        connection.request(method, path)
        answer = connection.getresponse()
        return answer.status, answer.read().decode()
    finally:
        connection.close()


def get_json(port: int, path: str) -> tuple[int, dict[str, Any]]:
    """Return status and content of one request for JSON."""
    status, body = get(port, path)
    return status, json.loads(body)


def scrape(port: int) -> dict[str, Metric]:
    """Return the metric families of an operations port by name."""
    status, body = get(port, "/metrics")
    assert status == 200
    return {family.name: family for family in text_string_to_metric_families(body)}


def value(families: dict[str, Metric], name: str, **labels: str) -> float | None:
    """Return one sample's value; None when there is no such sample."""
    for family in families.values():
        for sample in family.samples:
            if sample.name == name and sample.labels == labels:
                return sample.value
    return None
