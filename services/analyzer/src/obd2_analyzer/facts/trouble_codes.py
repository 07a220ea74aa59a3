"""Trouble codes of one drive: which codes of the log speak about it, with status, times and freeze frame."""

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from obd2_analyzer.facts.code_descriptions import CODE, describe_code
from obd2_analyzer.facts.freeze_frames import FreezeFrame, read_freeze_frame
from obd2_analyzer.facts.parameters import DTC_COUNT, MIL_ON
from obd2_analyzer.facts.readings import Series

STORED, PENDING, CLEARED = "stored", "pending", "cleared"
STATUS_ORDER = (STORED, PENDING, CLEARED)
_OTHER_WORDS = {
    "confirmed": STORED,
    "permanent": STORED,
    "active": STORED,
    "current": STORED,
    "history": CLEARED,
    "historic": CLEARED,
    "erased": CLEARED,
}
LONGEST_CODE = 64
BEFORE_DRIVE = timedelta(seconds=60)
AFTER_DRIVE = timedelta(seconds=120)
"""So far outside a drive its codes may be stamped: read before the Pi counts it, or while it waits for its end."""


@dataclass(frozen=True, slots=True)
class CodeRow:
    """One row of the trouble code log as stored; ``frames`` are its freeze frames: capture time and JSON text."""

    source_id: int
    code: str | None
    description: str | None
    status: str | None
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    drive_id: int | None
    data_source: str | None = None
    frames: tuple[tuple[datetime | None, str | None], ...] = ()


@dataclass(frozen=True, slots=True)
class TroubleCode:
    """One trouble code in one drive.

    Args:
        code: such as ``P0301``; what the log holds, shortened, where that is no code.
        description: the Pi's text, else ours. The Pi's is a text from the car: never part of a prompt.
        status: stored, pending or cleared, as the log says by now.
        first_seen_at: aware UTC, None when unknown.
        last_seen_at: the same; not after the drive.
        is_new: no earlier drive had it.
        freeze_frame: parameter -> value in our unit, a text, or None; None when there is no readable frame.
        freeze_frame_text: a frame that cannot be read, as it came.
    """

    code: str
    description: str
    status: str
    first_seen_at: datetime | None
    last_seen_at: datetime | None
    is_new: bool
    freeze_frame: FreezeFrame | None
    freeze_frame_text: str | None = None


@dataclass(frozen=True, slots=True)
class CodeState:
    """What the engine computer itself said during a drive; None where it was not asked.

    Args:
        is_lamp_on: the warning lamp was commanded on.
        counted: how many stored codes it counted.
    """

    is_lamp_on: bool | None = None
    counted: int | None = None


@dataclass(frozen=True, slots=True)
class DriveWindow:
    """Which drive the codes are asked for: its Pi id if any, and its first and last moment if known."""

    drive_id: int | None
    started_at: datetime | None
    ended_at: datetime | None


def code_state(series: Mapping[str, Series]) -> CodeState:
    """Read the lamp and the count of codes from a drive's readings; one odd sample among others is no answer."""
    lamp, count = _lasting_maximum(series.get(MIL_ON)), _lasting_maximum(series.get(DTC_COUNT))
    return CodeState(None if lamp is None else lamp > 0, None if count is None else int(count))


def trouble_codes(
    rows: Iterable[CodeRow], drive: DriveWindow, state: CodeState, *, source: str | None, default_source: str | None
) -> tuple[TroubleCode, ...]:
    """Return the codes of a drive: stored ones first, then pending, then cleared, each in order of the codes.

    A code belongs to a drive when its row names the drive, when it was seen between the drive's first and last
    moment, or when it was stored before and no later row of the code says otherwise; unless the engine computer
    counted no code at all.

    Args:
        rows: of the drive's device and epoch, in any order.
        drive: which drive.
        state: what the engine computer said.
        source: the data source of the drive's rows; codes of another source are left out, as rows are.
        default_source: what rows without a data source are.
    """
    by_code: dict[str, list[CodeRow]] = {}
    for row in rows:
        code = written_code(row.code)
        if code is not None and _is_of_source(row, source, default_source):
            by_code.setdefault(code, []).append(row)
    found = [_of_drive(code, known, drive, state) for code, known in by_code.items()]
    order = {status: place for place, status in enumerate(STATUS_ORDER)}
    return tuple(sorted((each for each in found if each), key=lambda each: (order[each.status], each.code)))


def written_code(text: str | None) -> str | None:
    """Return a code as the standard writes it, the text itself where it is none, None where there is no text."""
    stripped = (text or "").strip()
    match = CODE.match(stripped.upper())
    # Some tools add the failure type: P0301-00.
    is_whole = match is not None and not stripped[match.end() : match.end() + 1].isalnum()
    return match.group() if match is not None and is_whole else stripped[:LONGEST_CODE].strip() or None


def is_code(text: str) -> bool:
    """Tell whether a text is one code in the standard's form and nothing else."""
    return CODE.fullmatch(text) is not None


def status_of(text: str | None) -> str:
    """Return the status a text stands for; a code with any other text counts as stored until the log says otherwise."""
    word = (text or "").strip().casefold()
    return word if word in STATUS_ORDER else _OTHER_WORDS.get(word, STORED)


def _of_drive(code: str, rows: Sequence[CodeRow], drive: DriveWindow, state: CodeState) -> TroubleCode | None:
    own = [row for row in rows if _is_seen_in(row, drive)]
    known_before = [row for row in rows if _is_before(row, drive)]
    if not own:
        latest = max(known_before, key=lambda row: _age(row, drive), default=None)
        if latest is None or status_of(latest.status) != STORED or state.counted == 0:
            return None
        own = [latest]
    latest = max(own, key=lambda row: _age(row, drive))
    frame, frame_text = _frame(own, drive)
    first_seen = [row.first_seen_at for row in (*own, *known_before) if row.first_seen_at is not None]
    return TroubleCode(
        code=code,
        description=_text(latest.description) or describe_code(code),
        status=status_of(latest.status),
        first_seen_at=min(first_seen, default=None),
        last_seen_at=_until(latest.last_seen_at, drive),
        is_new=not known_before,
        freeze_frame=frame,
        freeze_frame_text=frame_text,
    )


def _is_seen_in(row: CodeRow, drive: DriveWindow) -> bool:
    """Tell whether a row speaks of the drive itself: by its id, or by a moment in which the code was seen."""
    if drive.drive_id is not None and row.drive_id == drive.drive_id:
        return True
    seen = [moment for moment in (row.first_seen_at, row.last_seen_at) if moment is not None]
    if not seen or drive.started_at is None or drive.ended_at is None:
        return False
    if row.drive_id:
        # Another drive found it: seen since, when its times reach into this one.
        return min(seen) <= drive.ended_at and max(seen) >= drive.started_at
    return min(seen) <= drive.ended_at + AFTER_DRIVE and max(seen) >= drive.started_at - BEFORE_DRIVE


def _is_before(row: CodeRow, drive: DriveWindow) -> bool:
    """Tell whether a code was first seen before a drive, by its time, else by the number of the drive it names."""
    is_others = bool(row.drive_id) and row.drive_id != drive.drive_id
    if row.first_seen_at is not None and drive.started_at is not None:
        return row.first_seen_at < drive.started_at - (timedelta(0) if is_others else BEFORE_DRIVE)
    return bool(row.drive_id and drive.drive_id and row.drive_id < drive.drive_id)


def _age(row: CodeRow, drive: DriveWindow) -> tuple[float, int]:
    moment = _until(row.last_seen_at or row.first_seen_at, drive)
    return (-math.inf if moment is None else moment.timestamp(), row.source_id)


def _until(moment: datetime | None, drive: DriveWindow) -> datetime | None:
    """Return a time no later than the drive, so that a drive's facts do not change when the code is seen again."""
    if moment is None or drive.ended_at is None or moment <= drive.ended_at + AFTER_DRIVE:
        return moment
    return drive.ended_at


def _frame(rows: Sequence[CodeRow], drive: DriveWindow) -> tuple[FreezeFrame | None, str | None]:
    """Return the latest frame captured by the end of the drive, the earliest one where all are later."""
    frames = sorted(
        ((captured_at, text) for row in rows for captured_at, text in row.frames),
        key=lambda frame: (frame[0] is not None, frame[0].timestamp() if frame[0] else 0.0, frame[1] or ""),
    )
    if not frames:
        return None, None
    ended_at = drive.ended_at
    by_then = [frame for frame in frames if frame[0] is None or ended_at is None or frame[0] <= ended_at + AFTER_DRIVE]
    text = (by_then[-1] if by_then else frames[0])[1]
    frame = read_freeze_frame(text)
    return frame, text if frame is None else None


def _is_of_source(row: CodeRow, source: str | None, default_source: str | None) -> bool:
    known = row.data_source or default_source
    return known is None or source is None or known == source


def _lasting_maximum(series: Series | None) -> float | None:
    """Return the largest value that two neighbouring samples, or the last one, reach."""
    if series is None or not len(series):
        return None
    values = series.values.tolist()
    return float(max([*map(min, pairwise(values)), values[-1]]))


def _text(text: str | None) -> str:
    return "".join(character for character in text or "" if character.isprintable()).strip()
