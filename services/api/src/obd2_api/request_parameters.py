"""What several routes take from path and query: a device, a page of a list, and the drive a path names."""

from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Path, Query, Request

from obd2_api.middleware.paths import segments_after

ThisDevice = Annotated[str | None, Query(alias="deviceId", description="Only this device's.")]
PageSize = Annotated[int, Query(ge=1, le=500, description="How many at most.")]
PageCursor = Annotated[str | None, Query(max_length=1000, description="`nextCursor` of the page before.")]
DeviceName = Annotated[str, Path(description="The device's id, percent-encoded.")]


@dataclass(frozen=True, slots=True)
class NamedDrive:
    """The drive a path names; without an epoch the latest that has it."""

    source_device: str
    drive_key: str
    source_epoch: int | None


async def _named_device(request: Request, device: DeviceName) -> str:  # noqa: ARG001 - documented; read from the raw path
    (source_device,) = segments_after(request.scope, "devices", 1)
    return source_device


async def _named_drive(
    request: Request,
    device: DeviceName,  # noqa: ARG001 - documented; read from the raw path
    drive: Annotated[str, Path(description="The drive's key: the Pi's drive id or `derived-N`.")],  # noqa: ARG001
    epoch: Annotated[int | None, Query(ge=1, le=2**63 - 1, description="Else the latest that has the drive.")] = None,
) -> NamedDrive:
    # Names with an encoded slash are whole only in the raw path.
    source_device, drive_key = segments_after(request.scope, "drives", 2)
    return NamedDrive(source_device, drive_key, epoch)


NamedDeviceDep = Annotated[str, Depends(_named_device)]
NamedDriveDep = Annotated[NamedDrive, Depends(_named_drive)]
