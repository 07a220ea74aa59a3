"""Values no car can have, but a column can hold, cost no drive its facts."""

import pytest

from obd2_common.jobs import queue as jobs
from obd2_common.tables.drives import Drive, DriveStatistic
from obd2_common.tables.jobs import Job
from support.analyzer_store import Garage
from support.drive_rows import HEALTHY, Signal, drive_rows

EXTREMES = [1e200, -1e200, 1.7e308, -1.7e308, 5e-324, 1.23456e7]


def flickering(extreme: float, usual: Signal) -> Signal:
    return lambda second: extreme if int(second) % 20 < 10 else usual(second) if callable(usual) else usual


@pytest.mark.parametrize("extreme", EXTREMES)
@pytest.mark.parametrize("name", ["everything", "everything, unknown", *HEALTHY])
def test_a_drive_with_an_extreme_value_gets_its_facts(garage: Garage, name: str, extreme: float) -> None:
    signals = HEALTHY if name.startswith("everything") else {name: HEALTHY[name]}
    unknown = "X_" if name.endswith("unknown") else ""
    rows = drive_rows(120, signals={unknown + each: flickering(extreme, usual) for each, usual in signals.items()})
    garage.receive(rows)

    garage.work()

    (drive,) = garage.all(Drive)
    assert {(job.kind, job.state, job.last_error) for job in garage.all(Job) if job.kind == jobs.DRIVE_FACTS} == {
        (jobs.DRIVE_FACTS, jobs.DONE, None)
    }
    assert drive.row_count == len(rows)
    assert garage.all(DriveStatistic)
