"""What the api counts while it serves."""

from prometheus_client import CollectorRegistry, Counter, Histogram

from obd2_common.synced_specs import SYNCED_TABLES

UNROUTED = "unrouted"
"""Label of requests that reached no route: refused at the door, or for a path that does not exist."""
OTHER_TABLE = "other"
KEY_KINDS = ("current", "previous", "issued")
"""The shared key, the one before it while it is being exchanged, and those of devices and programs."""
_BUCKETS_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 120)


class ApiMetrics:
    """Counts requests and rows.

    Args:
        registry: takes the metrics.
    """

    def __init__(self, registry: CollectorRegistry) -> None:
        self._requests = Counter(
            "obd2_http_requests_total",
            "Requests answered.",
            ["route", "method", "status"],
            registry=registry,
        )
        self._durations = Histogram(
            "obd2_http_request_duration_seconds",
            "Time from a request's headers to the end of its answer.",
            ["route", "status"],
            buckets=_BUCKETS_SECONDS,
            registry=registry,
        )
        self._rows = Counter(
            "obd2_sync_rows_total",
            "Rows received by table and by what became of them.",
            ["table", "outcome"],
            registry=registry,
        )

        key_uses = Counter(
            "obd2_key_uses_total",
            "Requests let in, by the kind of key they showed.",
            ["key"],
            registry=registry,
        )
        self._key_uses = {kind: key_uses.labels(kind) for kind in KEY_KINDS}

    def count_key_use(self, kind: str) -> None:
        """Count one request that was let in.

        Args:
            kind: of `KEY_KINDS`.
        """
        self._key_uses[kind].inc()

    def count_request(self, route: str, method: str, status: int, duration_seconds: float) -> None:
        """Count one answered request.

        Args:
            route: the route's path template, or `UNROUTED`; never a path as the client wrote it.
            method: the HTTP method.
            status: the answer's status; 0 when the client left before there was one.
            duration_seconds: from headers to the end of the answer.
        """
        label = str(status) if status else "none"
        self._requests.labels(route, method if method in _METHODS else "other", label).inc()
        self._durations.labels(route, label).observe(duration_seconds)

    def count_rows(self, table: str, *, inserted: int, changed: int, unchanged: int, quarantined: int) -> None:
        """Count the rows of one committed batch.

        Args:
            table: as the client named it; one the server does not know counts as `OTHER_TABLE`.
            inserted: rows that were new.
            changed: rows that were stored already and brought something new.
            unchanged: rows that were stored already and brought nothing.
            quarantined: rows that were put aside.
        """
        label = table if table in SYNCED_TABLES else OTHER_TABLE
        outcomes = {"inserted": inserted, "changed": changed, "unchanged": unchanged, "quarantined": quarantined}
        for outcome, count in outcomes.items():
            if count:
                self._rows.labels(label, outcome).inc(count)


_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})
