"""When advice is open: by what was decided, and by what happened since."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest

from obd2_api.decisions import state_of

NOON = datetime(2026, 7, 11, 12, 0, tzinfo=UTC)


@dataclass
class Decided:
    decision: str = "dismissed"
    severity: str | None = "ALERT"
    value: float | None = 107.0
    threshold: float | None = 105.0
    decided_at: datetime = NOON


@dataclass
class Advice:
    severity: str | None = "ALERT"
    drive_started_at: datetime | None = NOON - timedelta(hours=1)


def test_nothing_decided_is_open_and_so_is_what_was_taken_back() -> None:
    assert state_of(Advice(), 107.0, None) == "open"
    assert state_of(Advice(), 107.0, Decided("open")) == "open"


def test_what_is_done_opens_when_a_later_drive_shows_it() -> None:
    later = Advice(drive_started_at=NOON + timedelta(seconds=1))

    assert state_of(Advice(), 107.0, Decided("done")) == "done"
    assert state_of(Advice(drive_started_at=None), 107.0, Decided("done")) == "done"
    assert state_of(later, 107.0, Decided("done")) == "open"


@pytest.mark.parametrize(
    ("advice", "value", "decided", "state"),
    [
        (Advice(), 107.0, Decided(), "dismissed"),
        (Advice(drive_started_at=NOON + timedelta(days=9)), 110.0, Decided(), "dismissed"),
        (Advice(), 110.2, Decided(), "open"),
        (Advice("WARNING"), 107.0, Decided(), "open"),
        (Advice("WATCH"), 107.0, Decided(), "dismissed"),
        (Advice(), 11.5, Decided(value=11.8, threshold=12.2), "dismissed"),
        (Advice(), 11.3, Decided(value=11.8, threshold=12.2), "open"),
        (Advice(), 13.0, Decided(value=11.8, threshold=12.2), "dismissed"),
        (Advice(None), None, Decided(severity=None), "dismissed"),
        (Advice("ALERT"), None, Decided(severity=None), "open"),
        (Advice(), 900.0, Decided(threshold=None), "dismissed"),
        (Advice(), 900.0, Decided(value=None), "dismissed"),
    ],
)
def test_what_is_dismissed_stays_so_until_it_worsens(
    advice: Advice, value: float | None, decided: Decided, state: str
) -> None:
    assert state_of(advice, value, decided) == state
