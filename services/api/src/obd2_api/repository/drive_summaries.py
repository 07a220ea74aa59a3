"""Drives in a line each: what the drive's own row says, with its codes and the worst of its findings."""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, func, tuple_
from sqlalchemy import select as select_columns
from sqlmodel import Session, col, select

from obd2_api.repository.drives import NOT_LISTED
from obd2_api.schemas.drives import DriveSummary
from obd2_common.tables.drives import SEVERITIES, Drive, DriveTroubleCode, Finding

Key = tuple[str, int, str]
_SHOWN = [name for name in Drive.model_fields if name not in NOT_LISTED]


def summaries(session: Session, drives: Sequence[Drive]) -> list[DriveSummary]:
    """Return the summary of each drive, in the order given."""
    codes, found = _codes(session, drives), _findings(session, drives)
    return [
        DriveSummary.model_validate(
            {
                **{name: getattr(drive, name) for name in _SHOWN},
                "trouble_codes": codes.get(_key(drive), []),
                "finding_count": sum(found.get(_key(drive), {}).values()),
                "worst_severity": max(found.get(_key(drive), {}), key=SEVERITIES.index, default=None),
            }
        )
        for drive in drives
    ]


def codes_of(session: Session, drive: Drive) -> list[DriveTroubleCode]:
    """Return a drive's trouble codes, stored ones first, then pending, then cleared."""
    return _codes(session, [drive]).get(_key(drive), [])


def _codes(session: Session, drives: Sequence[Drive]) -> dict[Key, list[DriveTroubleCode]]:
    found: dict[Key, list[DriveTroubleCode]] = {}
    for code in session.exec(select(DriveTroubleCode).where(_is_one_of(DriveTroubleCode, drives))):
        found.setdefault((code.source_device, code.source_epoch, code.drive_key), []).append(code)
    order = {"stored": 0, "pending": 1}
    return {key: sorted(each, key=lambda code: (order.get(code.status, 2), code.code)) for key, each in found.items()}


def _findings(session: Session, drives: Sequence[Drive]) -> dict[Key, dict[str, int]]:
    """Return how many findings of each severity the drives have."""
    columns = (col(Finding.source_device), col(Finding.source_epoch), col(Finding.drive_key), col(Finding.severity))
    query = select_columns(*columns, func.count()).where(_is_one_of(Finding, drives)).group_by(*columns)
    found: dict[Key, dict[str, int]] = {}
    for device, epoch, drive_key, severity, count in session.connection().execute(query):
        found.setdefault((device, epoch, drive_key), {})[severity] = count
    return found


def _key(drive: Drive) -> Key:
    return drive.source_device, drive.source_epoch, drive.drive_key


def _is_one_of(table: type[DriveTroubleCode | Finding], drives: Sequence[Drive]) -> ColumnElement[bool]:
    key = tuple_(col(table.source_device), col(table.source_epoch), col(table.drive_key))
    return key.in_([_key(drive) for drive in drives])
