"""Exports that are text: CSV for spreadsheets and scripts, `.msl` for MegaLogViewer, CSV for VirtualDyno, JSON."""

import csv
import io
from collections.abc import Iterable, Iterator
from itertools import islice

import orjson

from obd2_api.exports.readings import Column, Export, harmless, rows, stamp
from obd2_common import __version__
from obd2_common.errors import InvalidInputError
from obd2_common.plain_names import plain_name
from obd2_common.series import iterate_series
from obd2_common.tables.curves import DriveSeries

PART_CHARACTERS = 64 * 1024
PART_SAMPLES = 4096
HELD_INTERVALS = 3
SHORTEST_HOLD_SECONDS, LONGEST_HOLD_SECONDS = 2.0, 30.0
"""In `.msl` a value stands for so many of its parameter's own intervals; then nothing is known, and NaN is written."""
SLOWEST_DYNO_SECONDS = 0.2
"""Power is computed from how fast the engine speed rises: with fewer than five readings a second it means nothing."""
_RPM = "RPM"
_NOTHING = "NaN"


def csv_text(export: Export) -> Iterator[bytes]:
    """Write a line per moment under two lines of head: names, and units. Nothing is filled in: a cell was read then."""
    return _in_parts(_csv_lines(export))


def _csv_lines(export: Export) -> Iterator[str]:
    names = [harmless(column.parameter) for column in export.columns]
    yield _csv_line(["device", "epoch", "drive", "time", "seconds", *names])
    yield _csv_line(["", "", "", "UTC", "s", *(harmless(column.unit) for column in export.columns)])
    places = range(len(export.columns))
    for drive in export.drives:
        named = [harmless(drive.source_device), drive.source_epoch, harmless(drive.drive_key)]
        for row in rows(drive, export.numbered(drive)):
            yield _csv_line(
                [*named, stamp(row.at), round(row.seconds, 6), *(row.values.get(place, "") for place in places)]
            )


def _csv_line(cells: Iterable[object]) -> str:
    line = io.StringIO()
    csv.writer(line, lineterminator="\n").writerow(cells)
    return line.getvalue()


def msl_text(export: Export) -> Iterator[bytes]:
    """Write what MegaLogViewer reads: two lines about the log, names, units, and tab-separated rows without holes.

    Times count from the start of the first drive; each further one begins with a MARK.
    """
    return _in_parts(_msl_lines(export))


def _msl_lines(export: Export) -> Iterator[str]:
    timed = [drive for drive in export.drives if drive.started_at is not None]
    begun = timed[0].started_at if timed else None
    yield f'"OBD2-Server {__version__}"\n'
    yield f'"Capture Date: {begun:%a %b %d %H:%M:%S UTC %Y}"\n' if begun else '"Capture Date: unknown"\n'
    yield "\t".join(["Time", *_titles(export.columns)]) + "\n"
    yield "\t".join(["s", *(_plain(column.unit) for column in export.columns)]) + "\n"
    for number, drive in enumerate(timed):
        if number:
            yield f"MARK {number:03d} - drive {_plain(drive.drive_key)} of {_plain(drive.source_device)}\n"
        numbered = export.numbered(drive)
        holds = {place: _hold_seconds(curve) for place, curve in numbered.items()}
        before = (drive.started_at - begun).total_seconds() if drive.started_at and begun else 0.0
        last: dict[int, tuple[float, float]] = {}
        for row in rows(drive, numbered):
            last.update({place: (row.seconds, value) for place, value in row.values.items()})
            cells = [
                repr(last[place][1]) if place in last and row.seconds - last[place][0] <= holds[place] else _NOTHING
                for place in range(len(export.columns))
            ]
            yield "\t".join([f"{before + row.seconds:.3f}", *cells]) + "\n"


def _titles(columns: Iterable[Column]) -> Iterator[str]:
    """Return names that tell columns apart: a parameter that came in two units has two."""
    seen: set[str] = set()
    for column in columns:
        name = _plain(column.parameter)
        yield f"{name} {_plain(column.unit)}" if name in seen else name
        seen.add(name)


def _plain(text: str) -> str:
    """Return a text in ASCII and without what separates columns and lines."""
    spoken = text.replace("°", "deg ").replace('"', "'").strip()
    return "".join(sign if sign.isprintable() and sign.isascii() else "_" for sign in spoken)


def _hold_seconds(curve: DriveSeries) -> float:
    own = HELD_INTERVALS * (curve.median_interval_seconds or 0.0)
    return min(max(own, SHORTEST_HOLD_SECONDS), LONGEST_HOLD_SECONDS)


def virtualdyno_text(export: Export) -> Iterator[bytes]:
    """Write time and engine speed of one drive.

    Raises:
        InvalidInputError: VirtualDyno could not compute anything meaningful from it.
    """
    if len(export.drives) != 1:
        raise InvalidInputError("VirtualDyno takes one drive at a time; name one")
    (drive,) = export.drives
    speed = next((curve for curve in export.curves(drive) if curve.parameter_name == _RPM), None)
    if speed is None:
        raise InvalidInputError("VirtualDyno needs the engine speed (RPM), which this drive or choice has not")
    interval = speed.median_interval_seconds
    if interval is None or interval > SLOWEST_DYNO_SECONDS:
        every = "too seldom" if interval is None else f"every {interval:.1f} s"
        raise InvalidInputError(
            f"RPM was read {every}; for VirtualDyno it has to be read every {SLOWEST_DYNO_SECONDS} s or more often, "
            "or the power it shows would mean nothing. Log RPM and speed alone during a pull."
        )
    return _in_parts(_dyno_lines(speed))


def _dyno_lines(speed: DriveSeries) -> Iterator[str]:
    yield "Time,RPM\n"
    for offset, value in iterate_series(speed.packed, speed.sample_count):
        yield f"{offset / 1_000_000:.3f},{value!r}\n"


def json_text(export: Export) -> Iterator[bytes]:
    """Write one document: drives, each with its statistics and its curves as seconds and values."""
    return _in_parts(_json_pieces(export))


def _json_pieces(export: Export) -> Iterator[str]:
    yield '{"drives":['
    for number, drive in enumerate(export.drives):
        about = {
            "deviceId": drive.source_device,
            "epoch": drive.source_epoch,
            "driveKey": drive.drive_key,
            "startedAt": stamp(drive.started_at) or None,
            "endedAt": stamp(drive.ended_at) or None,
            "durationSeconds": drive.duration_seconds,
            "distanceKm": drive.distance_km,
            "isReal": drive.is_real,
            "grade": drive.grade,
            "statistics": [
                {
                    "parameter": each.parameter_name,
                    "unit": each.unit,
                    "samples": each.sample_count,
                    "mean": each.avg_value,
                    "minimum": each.min_value,
                    "maximum": each.max_value,
                    "deviation": each.std_value,
                }
                for each in export.statistics(drive)
            ],
        }
        yield ("," if number else "") + _json(about)[:-1] + ',"curves":['
        for place, curve in enumerate(export.curves(drive)):
            yield "," if place else ""
            yield from _json_curve(curve)
        yield "]}"
    yield "]}\n"


def _json_curve(curve: DriveSeries) -> Iterator[str]:
    head = {
        "parameter": curve.parameter_name,
        "name": plain_name(curve.parameter_name),
        "unit": curve.unit,
        "startedAt": stamp(curve.started_at),
        "samples": curve.sample_count,
    }
    yield _json(head)[:-1] + ',"seconds":['
    offsets = (offset / 1_000_000 for offset, _ in iterate_series(curve.packed, curve.sample_count))
    yield from _json_numbers(offsets)
    yield '],"values":['
    yield from _json_numbers(value for _, value in iterate_series(curve.packed, curve.sample_count))
    yield "]}"


def _json_numbers(numbers: Iterator[float]) -> Iterator[str]:
    separator = ""
    while part := list(islice(numbers, PART_SAMPLES)):
        yield separator + _json(part)[1:-1]
        separator = ","


def _json(value: object) -> str:
    return orjson.dumps(value).decode()


def _in_parts(pieces: Iterable[str]) -> Iterator[bytes]:
    """Join small pieces to parts worth sending."""
    waiting: list[str] = []
    size = 0
    for piece in pieces:
        waiting.append(piece)
        size += len(piece)
        if size >= PART_CHARACTERS:
            yield "".join(waiting).encode()
            waiting, size = [], 0
    if waiting:
        yield "".join(waiting).encode()
