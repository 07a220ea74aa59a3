"""A stand-in for the Pi's sync client, true to what it puts on the wire; see `push_database`."""

from obd2_cli.push.client import BATCH_SIZE, Progress, default_state_path, push_database
from obd2_cli.push.results import PushResult, TableReceipt, TableStatus
from obd2_cli.push.server_state import ServerRefusedError, ask_server
from obd2_cli.push.transport import PushTarget, Verdict
from obd2_cli.push.verify import TableProof, verify_database

__all__ = [
    "BATCH_SIZE",
    "Progress",
    "PushResult",
    "PushTarget",
    "ServerRefusedError",
    "TableProof",
    "TableReceipt",
    "TableStatus",
    "Verdict",
    "ask_server",
    "default_state_path",
    "push_database",
    "verify_database",
]
