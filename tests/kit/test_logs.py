"""Log lines: JSON, complete, without secrets, and written without making anybody wait."""

import io
import json
import logging
import time
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest
import structlog

from app.kit.logs import LineWriter, configure_logging, info_line
from tests.timing import within


@pytest.fixture
def out() -> io.StringIO:
    """What is written at level info."""
    stream = io.StringIO()
    configure_logging("info", readable=False, stream=stream)
    return stream


def _lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_lines_are_json(out: io.StringIO) -> None:
    log = structlog.get_logger()
    log.info("request", status=200, text="two\nlines – ü")
    log.debug("not told")
    (line,) = _lines(out)
    assert line.pop("at").endswith("Z")
    assert line == {"event": "request", "level": "info", "status": 200, "text": "two\nlines – ü"}


def test_rows_that_broke_a_constraint_are_hidden(out: io.StringIO) -> None:
    try:
        raise ValueError("duplicate key\nDETAIL:  Key (folded)=(ana@example.com) already exists.\nHINT: none")
    except ValueError:
        structlog.get_logger().exception("request_failed")
    (line,) = _lines(out)
    assert "ana@example.com" not in out.getvalue()
    assert "duplicate key" in line["exception"]
    assert "HINT: none" in line["exception"]


def test_telling_names_are_hidden(out: io.StringIO) -> None:
    structlog.get_logger().warning("x", password="p1", token="t1", code="c1", secret="s1", authorization="a1", user="u")
    assert not {"p1", "t1", "c1", "s1", "a1"} & set(_lines(out)[0].values())
    assert _lines(out)[0]["user"] == "u"


def test_exceptions_keep_their_traceback(out: io.StringIO) -> None:
    try:
        raise RuntimeError("broken")
    except RuntimeError:
        structlog.get_logger().exception("failed", request_id="r")
    (line,) = _lines(out)
    assert (line["level"], line["request_id"]) == ("error", "r")
    assert "RuntimeError: broken" in line["exception"]


def test_libraries_write_the_same_lines_and_little_of_them(out: io.StringIO) -> None:
    logging.getLogger("uvicorn.error").info("Started server process [%d]", 1)
    logging.getLogger("uvicorn.error").warning("Invalid HTTP request received.")
    (line,) = _lines(out)
    assert (line["event"], line["logger"], line["level"]) == (
        "Invalid HTTP request received.",
        "uvicorn.error",
        "warning",
    )


@pytest.mark.parametrize("name", ["httpx", "httpcore.http11", "botocore.auth", "urllib3.connectionpool"])
def test_http_clients_do_not_tell_where_they_send_what(name: str) -> None:
    stream = io.StringIO()
    configure_logging("debug", readable=False, stream=stream)
    logging.getLogger(name).info("HTTP Request: POST https://hooks.example/?token=4711")
    assert stream.getvalue() == ""
    logging.getLogger(name).warning("connection pool is full")
    assert [line["event"] for line in _lines(stream)] == ["connection pool is full"]


def test_the_line_of_a_request_is_as_the_others(out: io.StringIO) -> None:
    info_line("request", lambda: {"status": 200, "text": "two\nlines – ü"})
    structlog.get_logger().info("request", status=200, text="two\nlines – ü")
    direct, usual = _lines(out)
    assert direct.pop("at")[:16] == usual.pop("at")[:16]
    assert direct == usual


def test_a_line_tells_when_it_was_said_and_not_when_it_was_written() -> None:
    stream = io.StringIO()
    writer = configure_logging("info", readable=False, stream=stream)
    writer.start()
    before = datetime.now(UTC)
    info_line("request", lambda: {"status": 200})
    after = datetime.now(UTC)
    writer.stop()
    (line,) = _lines(stream)
    rounding = timedelta(microseconds=1)
    assert before - rounding <= datetime.fromisoformat(line["at"]) <= after + rounding
    assert line["status"] == 200


def test_a_line_that_cannot_be_written_takes_no_other_with_it() -> None:
    stream = io.StringIO()
    writer = configure_logging("info", readable=False, stream=stream)
    writer.start()
    for text in ("one", "\ud800", "three"):
        info_line("request", partial(dict, text=text))
    writer.stop()
    assert [(line["event"], line.get("text")) for line in _lines(stream)] == [
        ("request", "one"),
        ("log_line_failed", None),
        ("request", "three"),
    ]


def test_below_its_level_no_request_is_told() -> None:
    stream = io.StringIO()
    configure_logging("warning", readable=False, stream=stream)
    info_line("request", lambda: {"status": 200})
    assert stream.getvalue() == ""


class _Slow(io.StringIO):
    def write(self, text: str) -> int:
        time.sleep(0.05)
        return super().write(text)


def test_nobody_waits_for_a_slow_pipe() -> None:
    stream = _Slow()
    writer = LineWriter(stream)
    writer.start()
    with within(0.5):
        for number in range(2_000):
            writer.write(f"line {number}")
    writer.stop()
    assert stream.getvalue().splitlines() == [f"line {number}" for number in range(2_000)]


def test_a_reader_that_is_gone_harms_nobody() -> None:
    stream = io.StringIO()
    stream.close()
    LineWriter(stream).write("nobody reads this")
