"""An export as an answer: which drives, in which format, under which name."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from fastapi.responses import StreamingResponse
from sqlmodel import Session

from obd2_api.exports.readings import Column, Export
from obd2_api.exports.texts import csv_text, json_text, msl_text, virtualdyno_text
from obd2_api.exports.workbook import MOST_READINGS, workbook_parts
from obd2_api.repository import exports
from obd2_common.db.database import Database
from obd2_common.errors import InvalidInputError
from obd2_common.tables.drives import Drive

SCRATCH = "exports"
"""The folder of the spool in which a workbook is written."""


class Format(StrEnum):
    """What an export can be."""

    CSV = "csv"
    XLSX = "xlsx"
    MSL = "msl"
    JSON = "json"
    VIRTUALDYNO = "virtualdyno"


MEDIA_TYPES = {
    Format.CSV: "text/csv; charset=utf-8",
    Format.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    Format.MSL: "text/tab-separated-values; charset=us-ascii",
    Format.JSON: "application/json",
    Format.VIRTUALDYNO: "text/csv; charset=utf-8",
}
_ENDINGS = {Format.VIRTUALDYNO: "virtualdyno.csv"}
_TEXTS: dict[Format, Callable[[Export], Iterator[bytes]]] = {
    Format.CSV: csv_text,
    Format.MSL: msl_text,
    Format.JSON: json_text,
    Format.VIRTUALDYNO: virtualdyno_text,
}


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which drives: those named, else those since a time; of one device and epoch, or of any."""

    source_device: str | None = None
    epoch: int | None = None
    drives: Sequence[str] = ()
    since: datetime | None = None
    parameters: Sequence[str] = ()


def export_answer(database: Database, wanted: Wanted, chosen: Format, scratch_dir: Path) -> StreamingResponse:
    """Return the answer that sends an export while it is written.

    Raises:
        InvalidInputError: nothing or both ways were chosen, or the drives do not fit the format.
        NotFoundError: a drive that was named does not exist.
    """
    if bool(wanted.drives) == (wanted.since is not None):
        raise InvalidInputError("Name drives, or give the time since when")
    export = database.read(lambda session: _export(database, session, wanted, chosen))
    parts = workbook_parts(export, scratch_dir) if chosen is Format.XLSX else _TEXTS[chosen](export)
    disposition = f'attachment; filename="{_filename(export.drives, chosen)}"'
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store"}
    return StreamingResponse(parts, media_type=MEDIA_TYPES[chosen], headers=headers)


def _export(database: Database, session: Session, wanted: Wanted, chosen: Format) -> Export:
    if wanted.since is None:
        drives = exports.named_drives(session, wanted.source_device, list(dict.fromkeys(wanted.drives)), wanted.epoch)
    else:
        drives = exports.drives_since(session, wanted.source_device, wanted.since, wanted.epoch)
    if chosen is Format.XLSX and (count := exports.reading_count(session, drives)) > MOST_READINGS:
        raise InvalidInputError(f"{count} readings are too many for a workbook ({MOST_READINGS}); take csv, or fewer")
    columns = [Column(*pair) for pair in exports.columns_of(session, drives, wanted.parameters)]
    return Export(database, drives, columns, wanted.parameters)


def _filename(drives: Sequence[Drive], chosen: Format) -> str:
    named = "drives" if len(drives) != 1 else f"{drives[0].source_device}-drive-{drives[0].drive_key}"
    return f"{re.sub(r'[^A-Za-z0-9._-]', '_', named)[:100]}.{_ENDINGS.get(chosen, chosen.value)}"
