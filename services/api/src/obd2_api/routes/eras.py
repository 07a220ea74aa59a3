"""`/eras`: from when on a car had another engine computer or tune."""

from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Path, Request, Response

from obd2_api.dependencies import ClockDep, DatabaseDep
from obd2_api.middleware.path_prefix import root_path
from obd2_api.middleware.paths import PREFIX, segments_after
from obd2_api.repository import eras
from obd2_api.request_parameters import DeviceName, ThisDevice
from obd2_api.schemas.operators import EraDocument, EraList, EraRequest, EraStarted, Recomputed
from obd2_api.schemas.wire import problem_responses
from obd2_common.tables.operators import TuneEra

router = APIRouter(prefix="/eras", tags=["drives"])


@router.get("", summary="List eras")
def list_eras(
    database: DatabaseDep,
    device_id: ThisDevice = None,
) -> EraList:
    """Return the eras by device and start. The time before a device's first era has no name."""
    found = database.read(lambda session: eras.list_eras(session, device_id))
    return EraList(eras=[EraDocument.model_validate(row) for row in found])


@router.post(
    "",
    status_code=201,
    summary="Begin an era",
    responses=problem_responses(
        s404="No such device.",
        s409="The device has an era of that name, or one that starts then.",
    ),
)
def start_era(
    request: Request, database: DatabaseDep, clock: ClockDep, response: Response, body: EraRequest
) -> EraStarted:
    """Begin an era; the drives around its start are computed again with earlier drives of their own era only.

    Said again word for word it changes nothing.
    """
    now = clock()

    def begin() -> TuneEra:
        return TuneEra(
            source_device=body.device_id, name=body.name, started_at=body.started_at, note=body.note, created_at=now
        )

    era, recomputed = database.run(lambda session: eras.start_era(session, begin(), now=now))
    place = f"{PREFIX}/eras/{quote(era.source_device, safe='')}/{quote(era.name, safe='')}"
    response.headers["Location"] = root_path(request) + place
    return EraStarted.model_validate({**era.model_dump(), "recomputed": recomputed})


@router.delete("/{device}/{name}", summary="Remove an era", responses=problem_responses(s404="No such era."))
def remove_era(
    request: Request,
    database: DatabaseDep,
    clock: ClockDep,
    device: DeviceName,
    name: Annotated[str, Path(description="The era's name, percent-encoded.")],
) -> Recomputed:
    """Let an era be one with the time before it; the drives concerned are computed again."""
    # Names with an encoded slash are whole only in the raw path.
    device, name = segments_after(request.scope, "eras", 2)
    now = clock()
    return Recomputed(recomputed=database.run(lambda session: eras.remove_era(session, device, name, now=now)))
