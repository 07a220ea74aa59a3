"""A season of healthy drives, for tests of what looks back on earlier ones."""

from support.analyzer_store import Garage
from support.drive_rows import NOON, drive_rows

DAY = 86_400


def season(garage: Garage, count: int) -> None:
    """Receive and compute a number of healthy drives, one a day; the first day's is drive 1."""
    for day in range(count):
        garage.receive(
            drive_rows(
                300,
                signals={"COOLANT_TEMP": 88.0 + day % 3},
                started_at=NOON + day * DAY,
                first_id=1 + day * 10_000,
                drive_id=day + 1,
            )
        )
    garage.work()
