"""Notices: looks for what somebody should be told of, leaves a job for each, and posts it to a webhook or ntfy."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta

import httpx
import structlog
from sqlmodel import Session

from obd2_analyzer.context import Context
from obd2_analyzer.repository import notices as repository
from obd2_analyzer.repository.notices import Notice
from obd2_common.errors import Obd2Error
from obd2_common.jobs import claims
from obd2_common.jobs.claims import Claim
from obd2_common.jobs.queue import NOTICE, JobRequest, enqueue_once
from obd2_common.tables.drives import SEVERITIES

log = structlog.get_logger(__name__)

WEBHOOK, NTFY = "webhook", "ntfy"
LOOK_BACK = timedelta(days=7)
"""Drives that ended earlier are no news: a history that comes late, or is judged anew, tells nobody."""
MAXIMUM_ATTEMPTS = 50
"""With ten minutes between the later ones, a receiver may be away for some eight hours."""
TIMEOUT_SECONDS = 10.0
SENT = range(200, 300)
NTFY_MESSAGE_CHARACTERS = 1000
NTFY_PRIORITIES = {"WATCH": "2", "WARNING": "4", "STOP": "5"}


class NoticeError(Obd2Error):
    """A receiver did not take a notice."""


@dataclass(frozen=True, slots=True)
class NoticePolicy:
    """What is told, and to whom: the receivers' addresses by `WEBHOOK` and `NTFY`, which may hold secrets."""

    receivers: Mapping[str, str] = field(repr=False)
    severity: str
    backup_overdue: timedelta
    silence: timedelta


def look_for_notices(context: Context, policy: NoticePolicy) -> int:
    """Leave a job for each notice and receiver that has none yet; return how many."""
    now = context.clock()

    def find(session: Session) -> list[JobRequest]:
        found = {
            notice.key(receiver): (notice, receiver)
            for notice in _all_notices(context, session, policy)
            for receiver in policy.receivers
        }
        known = repository.known_keys(session, found)
        return [
            JobRequest(NOTICE, notice.event, now, key, payload=_payload(notice, receiver))
            for key, (notice, receiver) in found.items()
            if key not in known
        ]

    requests = context.database.read(find)
    if requests:
        context.database.run(lambda session: enqueue_once(session, requests, now=now))
        log.info("notices_enqueued", count=len(requests))
    return len(requests)


def send_notice(context: Context, claim: Claim, policy: NoticePolicy) -> None:
    """Post one notice.

    Raises:
        NoticeError: the receiver did not take it; it names no address.
        LeaseLostError: another worker has taken the job over.
    """
    receiver = claim.payload["receiver"]
    url = policy.receivers.get(receiver)
    if url is not None:
        _post(receiver, url, claim.payload["notice"])
    result = {"isSent": url is not None}
    now = context.clock()
    context.database.run(lambda session: claims.finish(session, claim, result=result, now=now))


def _all_notices(context: Context, session: Session, policy: NoticePolicy) -> Iterator[Notice]:
    now = context.clock()
    severities = SEVERITIES[SEVERITIES.index(policy.severity) :]
    yield from repository.severe_findings(session, severities, since=now - LOOK_BACK)
    yield from repository.new_codes(session, since=now - LOOK_BACK)
    yield from repository.overdue_backups(session, before=now - policy.backup_overdue)
    yield from repository.silent_devices(session, before=now - policy.silence)


def _payload(notice: Notice, receiver: str) -> dict[str, object]:
    return {
        "receiver": receiver,
        "notice": {
            "event": notice.event,
            "device": notice.source_device,
            "level": notice.level,
            "title": notice.title,
            "message": notice.message,
        },
    }


def _post(receiver: str, url: str, notice: Mapping[str, str | None]) -> None:
    # Neither redirects nor the environment's proxies: a notice goes where the setting says, or nowhere.
    try:
        with httpx.Client(timeout=TIMEOUT_SECONDS, trust_env=False, follow_redirects=False) as client:
            request = _request(client, receiver, url, notice)
            # The answer's body is left unread: it may be of any length.
            status = client.send(request, stream=True).status_code
    except (httpx.HTTPError, httpx.InvalidURL) as error:
        raise NoticeError(f"the {receiver} receiver cannot be reached: {type(error).__name__}") from None
    if status not in SENT:
        raise NoticeError(f"the {receiver} receiver answered {status}")


def _request(client: httpx.Client, receiver: str, url: str, notice: Mapping[str, str | None]) -> httpx.Request:
    if receiver == WEBHOOK:
        return client.build_request("POST", url, json=dict(notice))
    headers = {
        "Title": notice["title"] or "",
        "Priority": NTFY_PRIORITIES.get(notice["level"] or "", "3"),
        "Tags": "car",
        "Content-Type": "text/plain; charset=utf-8",
    }
    message = (notice["message"] or "")[:NTFY_MESSAGE_CHARACTERS]
    return client.build_request("POST", url, content=message.encode(), headers=headers)
