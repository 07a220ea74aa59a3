"""Times for people and machines, and one log line per event."""

import json
import logging
import sys
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
import structlog

from obd2_common import logging as our_logging
from obd2_common.clock import iso_z, utc_now
from obd2_common.logging import blot_out, configure_logging, hide_in_logs


@pytest.fixture
def _logging_put_back() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = list(root.handlers), root.level
    yield
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def test_the_clock_is_aware_and_in_utc() -> None:
    assert utc_now().utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("moment", "expected"),
    [
        (datetime(2026, 7, 11, 18, 2, 39, tzinfo=UTC), "2026-07-11T18:02:39Z"),
        (datetime(2026, 7, 11, 18, 2, 39, 918204, tzinfo=UTC), "2026-07-11T18:02:39.918204Z"),
        (datetime(2026, 7, 11, 13, 2, 39, tzinfo=timezone(timedelta(hours=-5))), "2026-07-11T18:02:39Z"),
    ],
)
def test_a_time_is_written_in_utc_with_z(moment: datetime, expected: str) -> None:
    assert iso_z(moment) == expected


@pytest.mark.usefixtures("_logging_put_back")
def test_an_event_is_one_line_of_json_with_its_fields(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")

    structlog.get_logger("obd2_api").info("batch_stored", rows=3)
    logging.getLogger("uvicorn.error").warning("port %s is taken", 8000)

    first, second = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert (first["event"], first["rows"], first["level"], first["logger"]) == ("batch_stored", 3, "info", "obd2_api")
    assert (second["event"], second["level"]) == ("port 8000 is taken", "warning")
    assert first["timestamp"].endswith("Z")


@pytest.mark.usefixtures("_logging_put_back")
def test_lines_below_the_level_are_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("WARNING", "console")

    structlog.get_logger("obd2_api").info("batch_stored")
    logging.getLogger("somebody").info("chatter")

    assert capsys.readouterr() == ("", "")


@pytest.mark.usefixtures("_logging_put_back")
def test_an_error_carries_its_traceback_on_the_same_line(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json")

    structlog.get_logger("obd2_api").error("request_failed", exc_info=ValueError("broken"))

    (line,) = capsys.readouterr().out.splitlines()
    assert "ValueError: broken" in json.loads(line)["exception"]


@pytest.mark.usefixtures("_logging_put_back")
def test_for_people_a_line_is_text_without_colours_that_a_file_cannot_show(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "console")

    structlog.get_logger("obd2_api").info("batch_stored", rows=3)

    (line,) = capsys.readouterr().out.splitlines()
    assert "batch_stored" in line
    assert "rows=3" in line
    assert "\x1b" not in line


@pytest.mark.usefixtures("_logging_put_back")
def test_a_program_whose_output_is_for_a_pipe_keeps_its_log_out_of_it(capsys: pytest.CaptureFixture[str]) -> None:
    configure_logging("info", "json", sys.stderr)

    structlog.get_logger("obd2_cli").info("batch_stored", rows=3)

    shown = capsys.readouterr()
    assert shown.out == ""
    assert json.loads(shown.err)["event"] == "batch_stored"


@pytest.fixture
def _nothing_hidden(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(our_logging, "_hidden", set())


@pytest.mark.usefixtures("_nothing_hidden")
def test_a_key_the_operator_issued_is_blotted_out_wherever_it_stands() -> None:
    key = f"obd2_ab2cd3ef_{'A1-_' * 10}xyz"

    assert blot_out(f"GET /drives/{key}?x={key} HTTP") == "GET /drives/[key]?x=[key] HTTP"
    assert blot_out("obd2_ab2cd3ef is its id") == "obd2_ab2cd3ef is its id"


@pytest.mark.usefixtures("_logging_put_back", "_nothing_hidden")
@pytest.mark.parametrize("log_format", ["json", "console"])
@pytest.mark.parametrize("key", ["a plain key", 'quoted "key"', "schlüssel", "back\\slash"])
def test_a_shared_key_is_blotted_out_of_events_fields_errors_and_other_programs_lines(
    capsys: pytest.CaptureFixture[str], key: str, log_format: str
) -> None:
    configure_logging("info", log_format)
    hide_in_logs(key)

    structlog.get_logger("obd2_api").info("request", path=f"/drives/{key}", fields={"of": [key]})
    structlog.get_logger("obd2_api").error("request_failed", exc_info=ValueError(key))
    logging.getLogger("uvicorn.error").warning("bad line %s", key)

    said = capsys.readouterr().out
    assert key not in said
    assert said.count("[key]") == 4


@pytest.mark.usefixtures("_nothing_hidden")
def test_a_word_too_short_to_be_a_key_stays_readable() -> None:
    hide_in_logs("k")

    assert blot_out("a request was kept") == "a request was kept"
