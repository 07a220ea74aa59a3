"""Reads what operators watch: quarantine, devices, epochs, clocks."""

import re
from collections import Counter
from collections.abc import Sequence
from datetime import UTC, datetime

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.metrics_core import Metric
from sqlalchemy import func
from sqlmodel import Session, col, select

from obd2_api.auth.repository import EXPIRED, IN_FORCE, REVOKED, list_keys, state_of
from obd2_common.clock import utc_now
from obd2_common.shared_id import is_shared_id_suspected
from obd2_common.tables.devices import Device, QuarantinedRow

KEY_STATES = (IN_FORCE, EXPIRED, REVOKED)
MAX_DEVICES = 20
"""Devices that are told one by one, the latest seen first: a label's values stay bounded."""
_BATCH_TIME = re.compile(r"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)Z?\Z")


def read_metrics(session: Session) -> Sequence[Metric]:
    """Return the api's metrics that live in the database."""
    return [_quarantine(session), _keys(session), *_devices(session)]


def clock_skew_seconds(batch_id: str, received_at: datetime) -> float | None:
    """Return by how much the device's clock was ahead when it named a batch; None when the name holds no time.

    A batch that was retried under its old name looks late by the time that took.

    Args:
        batch_id: ends in the device's UTC time, whole seconds, as the Pi writes it.
        received_at: when it was stored, UTC.
    """
    found = _BATCH_TIME.search(batch_id)
    if found is None:
        return None
    try:
        named_at = datetime.fromisoformat(found.group(1)).replace(tzinfo=UTC)
    except ValueError:
        return None
    return (named_at - received_at).total_seconds()


def _quarantine(session: Session) -> Metric:
    family = GaugeMetricFamily("obd2_quarantine_rows", "Rows put aside, by state.", labels=["state"])
    counted = session.exec(select(QuarantinedRow.state, func.count()).group_by(QuarantinedRow.state)).all()
    for state, count in {"open": 0, **dict(counted)}.items():
        family.add_metric([state], count)
    return family


def _keys(session: Session) -> Metric:
    family = GaugeMetricFamily("obd2_issued_keys", "Keys issued to devices and programs, by state.", labels=["state"])
    now = utc_now()
    states = Counter(state_of(key, now) for key in list_keys(session))
    for state in KEY_STATES:
        family.add_metric([state], states[state])
    return family


def _devices(session: Session) -> list[Metric]:
    synced = GaugeMetricFamily(
        "obd2_device_last_sync_timestamp_seconds",
        "When a device's rows were last stored.",
        labels=["device"],
    )
    failed = GaugeMetricFamily(
        "obd2_device_last_failure_timestamp_seconds",
        "When a device's request was last refused or failed.",
        labels=["device"],
    )
    epochs = GaugeMetricFamily(
        "obd2_device_epoch",
        "The open epoch; it rises when the device's database was rebuilt.",
        labels=["device"],
    )
    shared = GaugeMetricFamily(
        "obd2_device_shared_id_suspected",
        "1 when two devices seem to send under this id, else 0.",
        labels=["device"],
    )
    skew = GaugeMetricFamily(
        "obd2_device_clock_skew_seconds",
        "How far the device's clock was ahead of the server's at its last sync.",
        labels=["device"],
    )
    total = GaugeMetricFamily("obd2_devices", "Devices that ever sent.", value=_count(session))
    now = utc_now()
    latest = select(Device).order_by(col(Device.last_seen_at).desc()).limit(MAX_DEVICES)
    for device in session.exec(latest):
        label = [device.source_device]
        epochs.add_metric(label, device.open_epoch)
        shared.add_metric(label, is_shared_id_suspected(device.shared_id_suspected_at, now))
        if device.last_success_at is not None:
            synced.add_metric(label, device.last_success_at.timestamp())
            ahead = clock_skew_seconds(device.last_batch_id or "", device.last_success_at)
            if ahead is not None:
                skew.add_metric(label, ahead)
        if device.last_failure_at is not None:
            failed.add_metric(label, device.last_failure_at.timestamp())
    return [total, synced, failed, epochs, shared, skew]


def _count(session: Session) -> int:
    return session.exec(select(func.count()).select_from(Device)).one()
