"""`/drives`: every drive, month by month, and those that meet a filter."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Depends, Query, Request
from fastapi.responses import Response
from sqlmodel import Session

from obd2_api.dependencies import DatabaseDep
from obd2_api.repository import curves, drives
from obd2_api.repository.devices import display_names
from obd2_api.repository.drive_summaries import summaries
from obd2_api.web.gate import VisitorDep, WordingDep
from obd2_api.web.rendering import PageRoute, page
from obd2_api.web.wording import SEVERITIES
from obd2_common.errors import InvalidInputError

router = APIRouter(include_in_schema=False, route_class=PageRoute)

FEW_DRIVES, MOST_DRIVES = 40, 500
"""Up to so many stand on one page, whatever their months; no page has more than the second."""
UNDATED = "undated"
KINDS = {"real": "real drives", "other": "other than real", "held": "held out of baselines"}
_Text = Annotated[str, Query(max_length=255)]


@dataclass(frozen=True, slots=True)
class Asked:
    """What a visitor filters by; an empty text filters nothing."""

    device: str = ""
    first: str = ""
    last: str = ""
    severity: str = ""
    code: str = ""
    era: str = ""
    kind: str = ""

    @property
    def address(self) -> str:
        """Return the query that asks the same again."""
        named = {"from": self.first, "to": self.last}
        rest = {name: getattr(self, name) for name in ("device", "severity", "code", "era", "kind")}
        return urlencode({name: text for name, text in {**rest, **named}.items() if text})


def _asked(
    *,
    device: _Text = "",
    first: Annotated[str, Query(alias="from", max_length=10)] = "",
    last: Annotated[str, Query(alias="to", max_length=10)] = "",
    severity: _Text = "",
    code: _Text = "",
    era: _Text = "",
    kind: _Text = "",
) -> Asked:
    return Asked(device, first, last, severity if severity in SEVERITIES else "", code.strip().upper(), era, kind)


@router.get("/drives")
def show_drives(
    request: Request,
    *,
    visitor: VisitorDep,
    wording: WordingDep,
    database: DatabaseDep,
    asked: Annotated[Asked, Depends(_asked)],
    month: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """Show the drives that meet a filter: all of them where they are few, else those of one month."""

    def load(session: Session) -> dict[str, Any]:
        names = display_names(session)
        device = asked.device or (next(iter(names)) if len(names) == 1 else "")
        eras = [era.name for era in curves.eras_of(session, device) if era.name] if device else []
        wanted = _filter(session, replace(asked, era=asked.era if asked.era in eras else ""), device, wording.zone)
        starts = drives.starts_of(session, wanted)
        months = count_months(starts, wording.zone)
        chosen = None if len(starts) <= FEW_DRIVES else month if month in months else next(iter(months))
        if chosen is not None:
            wanted = _within(wanted, chosen, wording.zone)
        found = drives.list_drives(session, wanted, limit=MOST_DRIVES, cursor=None)
        return {
            "drives": summaries(session, found.rows),
            "months": months,
            "month": chosen,
            "total": len(starts),
            "names": names,
            "eras": eras,
        }

    found = database.read(load)
    by_month: dict[str, list[Any]] = {}
    for drive in found.pop("drives"):
        by_month.setdefault(wording.month(drive.started_at), []).append(drive)
    return page(
        request, "drives.html", visitor, by_month=by_month, asked=asked, severities=SEVERITIES, kinds=KINDS, **found
    )


def count_months(starts: Sequence[datetime | None], zone: ZoneInfo) -> dict[str, int]:
    """Return how many drives began in each month of a zone, such as ``2026-07``, in the order given."""
    return Counter(UNDATED if start is None else f"{start.astimezone(zone):%Y-%m}" for start in starts)


def _filter(session: Session, asked: Asked, device: str, zone: ZoneInfo) -> drives.DriveFilter:
    first, last = _day(asked.first), _day(asked.last)
    return drives.DriveFilter(
        asked.device or None,
        since=None if first is None else _midnight(first, zone),
        until=None if last is None else _midnight(last + timedelta(days=1), zone),
        is_real={"real": True, "other": False}.get(asked.kind),
        is_held_out=True if asked.kind == "held" else None,
        least_severity=asked.severity or None,
        code=asked.code or None,
        era=curves.era_named(session, device, asked.era).bounds if asked.era else None,
    )


def _within(wanted: drives.DriveFilter, month: str, zone: ZoneInfo) -> drives.DriveFilter:
    """Return a filter narrowed to one month."""
    if month == UNDATED:
        return replace(wanted, is_dated=False)
    first = date.fromisoformat(f"{month}-01")
    begin, end = _midnight(first, zone), _midnight((first + timedelta(days=31)).replace(day=1), zone)
    return replace(
        wanted,
        since=begin if wanted.since is None else max(begin, wanted.since),
        until=end if wanted.until is None else min(end, wanted.until),
    )


def _midnight(day: date, zone: ZoneInfo) -> datetime:
    return datetime.combine(day, time(), zone).astimezone(UTC)


def _day(text: str) -> date | None:
    """Return the day a visitor wrote.

    Raises:
        InvalidInputError: it is none between 1990 and 2099.
    """
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise InvalidInputError("Write a day as 2026-07-11") from error
    if not 1990 <= day.year < 2100:  # noqa: PLR2004 - the years a log can be of
        raise InvalidInputError("No drive can be of that year")
    return day
