"""Judges simulated drives with the analyzer's own functions, from the rows the Pi would have sent."""

from dataclasses import dataclass
from datetime import datetime

import numpy as np

from bench.evaluation.cases import PROFILES, Case, past_plans
from obd2_analyzer.drive_facts import DriveFacts, Surroundings, drive_facts
from obd2_analyzer.facts.derivation import derive_drives
from obd2_analyzer.facts.history import History, PastDrive, PastStatistic
from obd2_analyzer.facts.quality import OVERLAP_SECONDS
from obd2_analyzer.facts.readings import Readings, readings_from_rows
from obd2_analyzer.facts.trouble_codes import CodeRow
from obd2_analyzer.profiles.effective import AppliedProfile, limits_of
from obd2_cli.simulate import DrivePlan, FaultName
from obd2_cli.simulate.pi_clock import clock_error
from obd2_cli.simulate.plan import second_emitter
from obd2_cli.simulate.records import DriveRecord, record_drive
from obd2_cli.simulate.sensors import PARAMETERS

CAR_WITH_REFERENCE = 0
DEVICE = "evaluated-car"


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the analyzer makes of a case."""

    case: Case
    facts: DriveFacts
    premint_row_count: int
    overlaps: bool


def judge_case(case: Case, history: History) -> Verdict:
    """Simulate a case's drive and judge it by the limits for its car."""
    thresholds, profile = limits_of(DEVICE, PROFILES[case.plan.car])
    record = record_drive(case.plan)
    readings = pi_rows(record)
    (drive,) = (found for found in derive_drives(readings) if found.drive_id == case.plan.drive_id)
    own = readings.take(drive.rows)
    return Verdict(
        case,
        drive_facts(own, _surroundings(record, history, profile), thresholds),
        len(drive.premint_rows),
        _overlaps(case.plan, own),
    )


def history_of(car: int) -> History:
    """Return what is known of a car's earlier drives, each judged with those before it."""
    drives: list[PastDrive] = []
    for plan in past_plans(car):
        facts = judge_case(Case(plan, car), History(tuple(drives))).facts
        kept = {
            (statistic.parameter, statistic.scope): PastStatistic(
                statistic.mean, statistic.sigma, statistic.sample_count
            )
            for statistic in facts.statistics.of
        }
        drives.append(PastDrive(str(plan.drive_id), plan.started_at.timestamp(), kept))
    # One of the cars has an operator who chose a reference drive, the others do without.
    return History(tuple(drives), drives[1] if car == CAR_WITH_REFERENCE else None)


def pi_rows(record: DriveRecord) -> Readings:
    """Return a drive's rows as they come out of the Pi's database: whole seconds, units as text."""
    plan, readings = record.plan, record.readings
    error = clock_error(plan, readings.at_seconds)
    times = np.floor(plan.started_at.timestamp() + readings.at_seconds + error)
    owners = np.where(readings.at_seconds >= 0.0, plan.drive_id, 0)
    columns = zip(times.tolist(), readings.parameter.tolist(), readings.value.tolist(), owners.tolist(), strict=True)
    return readings_from_rows(
        (
            source_id,
            seconds,
            PARAMETERS[index].name,
            value,
            PARAMETERS[index].unit_of(value),
            plan.profile_id,
            plan.data_source,
            owner,
        )
        for source_id, (seconds, index, value, owner) in enumerate(columns, start=1)
    )


def _surroundings(record: DriveRecord, history: History, profile: AppliedProfile) -> Surroundings:
    return Surroundings(
        ambient_celsius=_ambient(record),
        history=history,
        drive_id=record.plan.drive_id,
        code_rows=_codes(record),
        profile=profile,
    )


def _codes(record: DriveRecord) -> tuple[CodeRow, ...]:
    return tuple(
        CodeRow(
            source_id=number,
            code=str(row["dtc_code"]),
            description=None,
            status=str(row["status"]),
            first_seen_at=datetime.fromisoformat(str(row["first_seen_timestamp"])),
            last_seen_at=datetime.fromisoformat(str(row["last_seen_timestamp"])),
            drive_id=record.plan.drive_id,
        )
        for number, (_, row) in enumerate(record.rows["dtc_log"], start=1)
    )


def _ambient(record: DriveRecord) -> float | None:
    noted = record.rows["drive_summary"][0][1]["ambient_temp_at_start_c"]
    return None if noted is None else float(str(noted))


def _overlaps(plan: DrivePlan, own: Readings) -> bool:
    """Tell whether the drive is seen to share its time with the other one of its database."""
    if not plan.severity(FaultName.OVERLAPPING_DRIVES) or own.window is None:
        return False
    second = second_emitter(plan)
    begins = second.started_at.timestamp()
    shared = min(own.window[1], begins + second.seconds) - max(own.window[0], begins)
    return shared >= OVERLAP_SECONDS
