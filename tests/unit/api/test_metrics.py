"""What the api counts, and how far it believes what clients say."""

from datetime import UTC, datetime

import pytest
from prometheus_client import CollectorRegistry

from obd2_api.metrics import ApiMetrics
from obd2_api.repository.operations import clock_skew_seconds

RECEIVED_AT = datetime(2026, 7, 11, 18, 2, 50, tzinfo=UTC)


@pytest.fixture
def registry() -> CollectorRegistry:
    return CollectorRegistry()


def test_rows_are_counted_by_table_and_outcome(registry: CollectorRegistry) -> None:
    ApiMetrics(registry).count_rows("realtime_data", inserted=4, changed=0, unchanged=2, quarantined=1)

    def rows(outcome: str) -> float | None:
        return registry.get_sample_value("obd2_sync_rows_total", {"table": "realtime_data", "outcome": outcome})

    assert [rows(outcome) for outcome in ("inserted", "changed", "unchanged", "quarantined")] == [4, None, 2, 1]


def test_names_that_clients_invent_make_no_labels(registry: CollectorRegistry) -> None:
    metrics = ApiMetrics(registry)
    for number in range(3):
        metrics.count_rows(f"invented_{number}", inserted=0, changed=0, unchanged=0, quarantined=1)
        metrics.count_request("unrouted", f"VERB{number}", 401, 0.1)

    assert registry.get_sample_value("obd2_sync_rows_total", {"table": "other", "outcome": "quarantined"}) == 3
    requests = {"route": "unrouted", "method": "other", "status": "401"}
    assert registry.get_sample_value("obd2_http_requests_total", requests) == 3


def test_a_client_that_leaves_before_its_answer_is_counted_without_a_status(registry: CollectorRegistry) -> None:
    ApiMetrics(registry).count_request("/api/v1/sync", "POST", 0, 0.1)

    requests = {"route": "/api/v1/sync", "method": "POST", "status": "none"}
    assert registry.get_sample_value("obd2_http_requests_total", requests) == 1


@pytest.mark.parametrize(
    ("batch_id", "expected_seconds"),
    [
        ("chi-eclipse-01-2026-07-11T18:02:44Z", -6),
        ("sync-2026-07-11T18:02:44", -6),
        ("chi-eclipse-01-2026-07-11T19:02:50Z", 3600),
        ("chi-eclipse-01-2026-07-11T18:02:44Z-seed-vin", None),
        ("chi-eclipse-01-2026-13-11T18:02:44Z", None),
        ("anything", None),
        ("", None),
    ],
)
def test_the_batch_name_tells_how_far_the_devices_clock_is_off(batch_id: str, expected_seconds: float | None) -> None:
    assert clock_skew_seconds(batch_id, RECEIVED_AT) == expected_seconds
