"""One event per line: JSON for machines, colours for people."""

import json
import logging
import re
import sys
from typing import Any, TextIO
from urllib.parse import quote

import structlog

BLOT = "[key]"
_ISSUED_KEY = re.compile(r"obd2_[a-z2-9]{8}_[A-Za-z0-9_-]{43}")
_SHORTEST_HIDDEN = 6
_hidden: set[str] = set()


def hide_in_logs(secret: str) -> None:
    """Blot a text out of every later line, however it got there. What is shorter than six characters stays."""
    if len(secret) >= _SHORTEST_HIDDEN:
        _hidden.update({secret, json.dumps(secret)[1:-1], quote(secret, safe=""), repr(secret)[1:-1]})


def blot_out(line: str) -> str:
    """Return a line of the log without keys: those the operator issued show what they are, others were named."""
    for secret in _hidden:
        if secret in line:
            line = line.replace(secret, BLOT)
    return _ISSUED_KEY.sub(BLOT, line)


def _blot_out(_logger: object, _method: str, line: Any) -> str:  # noqa: ANN401 - the renderer's text
    return blot_out(line)


def configure_logging(level: str, log_format: str, stream: TextIO | None = None) -> None:
    """Send every log line of the process to one stream, third-party ones included.

    Args:
        level: name of the lowest level to show.
        log_format: ``json`` or ``console``.
        stream: standard output when it is None, as a container's log is read. A program whose output is for people or
            for a pipe gives standard error.
    """
    stream = sys.stdout if stream is None else stream
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.add_logger_name,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        structlog.processors.format_exc_info,
    ]
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=stream.isatty(), exception_formatter=structlog.dev.plain_traceback)
        if log_format == "console"
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[structlog.stdlib.filter_by_level, *shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer, _blot_out],
        ),
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for noisy in ("uvicorn.access", "alembic", "apscheduler", "httpx"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
