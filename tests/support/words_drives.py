"""Drives with every sort of fact, zero and negative values among them, and their evidence, for tests."""

from dataclasses import replace
from functools import cache

from obd2_analyzer.advice.adviser import AdviceTask, DriveSubject
from obd2_analyzer.advice.evidence import EvidencePacket
from obd2_analyzer.advice.packet import evidence_packet
from obd2_analyzer.drive_facts import Surroundings, drive_facts
from obd2_analyzer.facts.readings import readings_from_rows
from obd2_analyzer.thresholds import load_thresholds
from support.drive_rows import drive_rows
from support.words_case import healthy_task, troubled_facts, troubled_packet

_ROOM = 10_000


@cache
def packets() -> dict[str, EvidencePacket]:
    """Return the evidence of a troubled, a healthy and a frosty drive, and of two drives together."""
    return {
        "troubled": troubled_packet(),
        "healthy": evidence_packet(healthy_task(), _ROOM),
        "frosty": evidence_packet(_frosty_task(), _ROOM),
        "together": evidence_packet(_two_drives_task(), _ROOM),
    }


def _frosty_task() -> AdviceTask:
    """Return a drive in the cold that mostly stands: many numbers are zero, below it, or pass it."""
    rows = drive_rows(
        900,
        signals={
            "SPEED": 0.0,
            "RPM": lambda second: 790.0 + second % 20,
            "COOLANT_TEMP": lambda second: -18.0 + second / 9,
            "INTAKE_TEMP": lambda second: -5.0 + (second % 100) / 10,
            "ENGINE_LOAD": 0.0,
            "THROTTLE_POS": lambda second: second % 4,
            "LONG_FUEL_TRIM_1": -9.375,
            "TIMING_ADVANCE": 0.0,
            "MAF": 0.5,
            "BATTERY_V": lambda second: 12.0 if second % 2 else 12.25,
            "MIL_ON": 1.0,
            "DTC_COUNT": 3.0,
        },
        drive_id=41,
    )
    facts = drive_facts(readings_from_rows(rows), Surroundings(ambient_celsius=-5.0), load_thresholds())
    return AdviceTask((DriveSubject("41", facts),))


def _two_drives_task() -> AdviceTask:
    other = replace(troubled_facts(), findings=())
    return AdviceTask((DriveSubject("31", other), DriveSubject("33", troubled_facts())))
