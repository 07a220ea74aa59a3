"""What the server says before a push: that it is there, that the key opens, and how far each table is."""

import json
import time
from collections.abc import Mapping
from urllib.parse import urlencode

from obd2_cli.push.transport import PING_TIMEOUT_SECONDS, Answer, PushTarget, Sleep, Verdict, send
from obd2_common.errors import Obd2Error

PING_PATH = "/api/v1/ping"
STATE_PATH = "/api/v1/sync/state"
_REFUSALS = frozenset({401, 403})
_UNKNOWN = 404


class ServerRefusedError(Obd2Error):
    """The server does not answer, or refuses the key; nothing was sent."""


def ask_server(target: PushTarget, *, sleep: Sleep = time.sleep) -> Mapping[str, int] | None:
    """Return table -> largest id the server has of the device, stored or in quarantine.

    Args:
        target: the server and the device.
        sleep: waits between retries.

    Returns:
        Empty for a device the server does not know; None when the server cannot tell.

    Raises:
        ServerRefusedError: it does not answer, or refuses the key.
    """
    ping = send(target, PING_PATH, None, sleep=sleep, timeout_seconds=PING_TIMEOUT_SECONDS)
    if ping.verdict is not Verdict.OK:
        raise _refusal(target, ping)
    question = urlencode({"deviceId": target.device_id, "digests": "false"})
    state = send(target, f"{STATE_PATH}?{question}", None, sleep=sleep)
    if state.status == _UNKNOWN:
        return {}
    if state.verdict is not Verdict.OK:
        raise _refusal(target, state)
    try:
        return {name: _largest_id(table) for name, table in json.loads(state.body)["tables"].items()}
    except (ValueError, TypeError, KeyError, AttributeError):
        return None


def _largest_id(table: Mapping[str, object]) -> int:
    quarantined = table["quarantinedIds"]
    ids = [table["highWaterId"] or 0, *(quarantined if isinstance(quarantined, list) else ())]
    return max(int(str(each)) for each in ids if str(each).lstrip("-").isdigit())


def _refusal(target: PushTarget, answer: Answer) -> ServerRefusedError:
    if answer.status in _REFUSALS:
        return ServerRefusedError(f"{target.url} refuses this key for {target.device_id}: {answer.detail}")
    return ServerRefusedError(f"no server answers at {target.url}: {answer.detail}")
