"""`GET /trouble-codes`: which codes the cars have or had, over all drives."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query

from obd2_api.dependencies import DatabaseDep
from obd2_api.repository.trouble_codes import codes_over_drives
from obd2_api.request_parameters import ThisDevice
from obd2_api.schemas.trouble_codes import CodeList
from obd2_api.schemas.wire import problem_responses

router = APIRouter(tags=["drives"])
Status = Literal["stored", "pending", "cleared"]


@router.get("/trouble-codes", summary="List trouble codes", responses=problem_responses(s422="A filter is not valid."))
def list_trouble_codes(
    database: DatabaseDep,
    *,
    device_id: ThisDevice = None,
    status: Annotated[Status | None, Query(description="Only those whose latest drive tells this status.")] = None,
) -> CodeList:
    """Return each trouble code of each device once, the one seen last first."""
    return CodeList(codes=database.read(lambda session: codes_over_drives(session, device_id, status)))
