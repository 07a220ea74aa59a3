"""One request the way the Pi's client makes it, and how it judges the answer."""

import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from email.message import Message
from enum import Enum
from http.client import HTTPException
from typing import IO, NoReturn
from urllib.error import HTTPError, URLError
from urllib.parse import urlsplit

from obd2_common.errors import InvalidInputError, Obd2Error

BACKOFF_SECONDS = (1.0, 2.0, 4.0)
SYNC_TIMEOUT_SECONDS = 30.0
PING_TIMEOUT_SECONDS = 3.0
_TOO_MANY_REQUESTS = 429
_FIRST_SERVER_ERROR = 500

Sleep = Callable[[float], None]


class Verdict(Enum):
    """What an answer means to the client."""

    OK = "ok"
    FAILED = "failed"
    REDIRECTED = "redirected"
    ABORTED = "aborted"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True)
class Answer:
    """The outcome of a request after its retries.

    Args:
        verdict: OK is any 2xx; FAILED a refusal or an error that outlived the retries; UNREACHABLE the same without
            any answer; ABORTED a connection cut in mid-answer, which ends a whole sweep; REDIRECTED a redirect that
            this client refused to follow.
        status: HTTP status, absent when there was none.
        body: what came back, possibly empty.
        detail: one line for people.
        tries: how often the request was sent.
    """

    verdict: Verdict
    status: int | None = None
    body: bytes = b""
    detail: str = ""
    tries: int = 1


@dataclass(frozen=True, slots=True)
class PushTarget:
    """The server and how the client presents itself.

    Args:
        url: base URL; a trailing slash is dropped.
        device_id: name of the device, not empty.
        api_key: value of X-API-Key, not empty: a Pi without a key never sends.
        is_faithful: follow redirects as the Pi does, which loses rows, instead of reporting them.
    """

    url: str
    device_id: str
    api_key: str = field(repr=False)
    is_faithful: bool = False

    def __post_init__(self) -> None:
        """Refuse what could not be sent at all."""
        if urlsplit(self.url).scheme not in {"http", "https"}:
            raise InvalidInputError(f"{self.url!r} is no http URL")
        if not self.device_id:
            raise InvalidInputError("the device needs a name")
        if not self.api_key:
            raise InvalidInputError("an API key is needed: give --api-key or set COMPANION_API_KEY")

    def address(self, path: str) -> str:
        """Return the URL of an API path such as ``/api/v1/ping``."""
        return self.url.rstrip("/") + path


class _RedirectRefusedError(Obd2Error):
    """The server redirected; the Pi would repeat the request as a GET and take that for success."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(f"redirect {status} {reason}: the Pi would follow it without its rows and lose them")
        self.status = status


class _RefuseRedirects(urllib.request.HTTPRedirectHandler):
    """Turn the redirects urllib would follow into an error."""

    def redirect_request(  # noqa: PLR0917 - the signature is urllib's
        self,
        req: urllib.request.Request,
        fp: IO[bytes],
        code: int,
        msg: str,
        headers: Message,  # noqa: ARG002
        newurl: str,
    ) -> NoReturn:
        """Refuse."""
        fp.close()
        raise _RedirectRefusedError(code, f"{msg}: {req.full_url} now at {newurl}")


def send(
    target: PushTarget,
    path: str,
    body: bytes | None,
    *,
    sleep: Sleep,
    timeout_seconds: float = SYNC_TIMEOUT_SECONDS,
) -> Answer:
    """Send a request, again after 1, 2 and 4 seconds as long as the answer is 429, 5xx or none at all.

    Args:
        target: the server.
        path: API path.
        body: what to POST; without one the request is a GET and is not repeated, like the Pi's ping.
        sleep: waits between the tries.
        timeout_seconds: of every socket operation.
    """
    pauses = BACKOFF_SECONDS if body is not None else ()
    answer, is_worth_a_retry = _send_once(target, path, body, timeout_seconds)
    for tries, pause in enumerate(pauses, start=2):
        if not is_worth_a_retry:
            break
        sleep(pause)
        answer, is_worth_a_retry = _send_once(target, path, body, timeout_seconds)
        answer = replace(answer, tries=tries)
    return answer


def _send_once(target: PushTarget, path: str, body: bytes | None, timeout_seconds: float) -> tuple[Answer, bool]:
    """Send once; return the answer and whether the client would try again."""
    headers = {"X-API-Key": target.api_key}
    if body is not None:
        headers["Content-Type"] = "application/json"
    request = urllib.request.Request(target.address(path), data=body, headers=headers)  # noqa: S310 - scheme was checked
    try:
        with _opener(is_faithful=target.is_faithful).open(request, timeout=timeout_seconds) as response:
            return Answer(Verdict.OK, response.status, response.read()), False
    except _RedirectRefusedError as error:
        return Answer(Verdict.REDIRECTED, error.status, detail=str(error)), False
    except HTTPError as error:
        with error:
            detail = f"HTTP {error.code} {error.reason}"
            is_worth_a_retry = error.code == _TOO_MANY_REQUESTS or error.code >= _FIRST_SERVER_ERROR
            return Answer(Verdict.FAILED, error.code, detail=detail), is_worth_a_retry
    except (URLError, TimeoutError) as error:
        return Answer(Verdict.UNREACHABLE, detail=f"no answer: {getattr(error, 'reason', error)}"), True
    except (HTTPException, ConnectionError) as error:
        return Answer(Verdict.ABORTED, detail=f"connection cut: {error!r}"), False


def _opener(*, is_faithful: bool) -> urllib.request.OpenerDirector:
    """Build an opener that knows no proxy, as in a car."""
    direct = urllib.request.ProxyHandler({})
    return urllib.request.build_opener(direct) if is_faithful else urllib.request.build_opener(direct, _RefuseRedirects)
