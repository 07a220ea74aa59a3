"""How long a device must have sent nothing of a drive before the drive is analysed."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True, slots=True)
class QuietTimes:
    """How long a drive must stay quiet before it is analysed: while it is open, and once its end was seen."""

    while_open: timedelta
    once_ended: timedelta
