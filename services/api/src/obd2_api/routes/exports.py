"""`GET /export`: drives as a file for other programs."""

from typing import Annotated, Any

from fastapi import APIRouter, Query
from fastapi.responses import StreamingResponse

from obd2_api.dependencies import DatabaseDep, SettingsDep
from obd2_api.exports.answer import MEDIA_TYPES, SCRATCH, Format, Wanted, export_answer
from obd2_api.request_parameters import ThisDevice
from obd2_api.schemas.wire import UtcBound, problem_responses

router = APIRouter(tags=["drives"])

_CSV = """\
device,epoch,drive,time,seconds,COOLANT_TEMP,RPM
,,,UTC,s,°C,rpm
chi-eclipse-01,1,33,2026-07-11T12:00:00.250000Z,0.0,81.0,
chi-eclipse-01,1,33,2026-07-11T12:00:00.410000Z,0.16,,840.0
"""
_MSL = """\
"OBD2-Server 0.1.0"
"Capture Date: Sat Jul 11 12:00:00 UTC 2026"
Time\tCOOLANT_TEMP\tRPM
s\tdeg C\trpm
0.000\t81.0\tNaN
0.160\t81.0\t840.0
"""
_JSON = {
    "drives": [
        {
            "deviceId": "chi-eclipse-01",
            "epoch": 1,
            "driveKey": "33",
            "startedAt": "2026-07-11T12:00:00.250000Z",
            "endedAt": "2026-07-11T12:20:00.250000Z",
            "durationSeconds": 1200,
            "distanceKm": 14.2,
            "isReal": True,
            "grade": "A-",
            "statistics": [
                {
                    "parameter": "RPM",
                    "unit": "rpm",
                    "samples": 2,
                    "mean": 850.0,
                    "minimum": 840.0,
                    "maximum": 860.0,
                    "deviation": 10.0,
                }
            ],
            "curves": [
                {
                    "parameter": "RPM",
                    "name": "engine speed",
                    "unit": "rpm",
                    "startedAt": "2026-07-11T12:00:00.410000Z",
                    "samples": 2,
                    "seconds": [0.0, 2.0],
                    "values": [840.0, 860.0],
                }
            ],
        }
    ]
}
_TEXT: dict[str, Any] = {"type": "string"}
_CONTENT = {
    "text/csv": {
        "schema": _TEXT,
        "examples": {"csv": {"value": _CSV}, "virtualdyno": {"value": "Time,RPM\n0.0,2100.0\n"}},
    },
    MEDIA_TYPES[Format.XLSX]: {"schema": {"type": "string", "format": "binary"}},
    "text/tab-separated-values": {"schema": _TEXT, "examples": {"msl": {"value": _MSL}}},
    "application/json": {"schema": {"type": "object"}, "examples": {"json": {"value": _JSON}}},
}


@router.get(
    "/export",
    summary="Export drives",
    response_class=StreamingResponse,
    responses={
        200: {"description": "The file, sent while it is written.", "content": _CONTENT},
        **problem_responses(
            s404="No such drive.",
            s422="Name drives or a time, not both; or the drives do not fit the format, as `detail` explains.",
        ),
    },
)
def export_drives(
    database: DatabaseDep,
    settings: SettingsDep,
    *,
    drives: Annotated[
        list[str] | None, Query(description="Keys of drives; repeated or separated by commas.", examples=[["33"]])
    ] = None,
    since: Annotated[UtcBound | None, Query(description="Every drive that began then or later instead.")] = None,
    file_format: Annotated[Format, Query(alias="format", description="What to write.")] = Format.CSV,
    device_id: ThisDevice = None,
    epoch: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="Only of this life of the database.")] = None,
    parameter: Annotated[list[str] | None, Query(description="Only these; may be repeated.")] = None,
) -> StreamingResponse:
    """Send the readings of drives as `csv`, `xlsx`, `msl` (MegaLogViewer), `json` or `virtualdyno`, however many.

    Values are in the server's units, times in UTC. In `csv` and `xlsx` the second line names the units, and a text that
    a spreadsheet would take for a formula begins with an apostrophe. In `msl` a value stands for three of its
    parameter's own intervals (2 to 30 s), then NaN. Named drives without `deviceId` are of the device that sent last.
    """
    keys = [key for text in drives or () for key in text.split(",") if key]
    wanted = Wanted(device_id, epoch, keys, since, parameter or ())
    return export_answer(database, wanted, file_format, settings.spool_dir / SCRATCH)
