"""Log lines: JSON under `serve`, readable under `dev`, written by a thread of their own so that no request waits for a pipe.

What is logged never holds a secret, a body or a query string; members with a telling name are hidden all the same.
"""

import logging
import os
import re
import sys
import threading
import time
from collections.abc import Callable, Mapping, MutableMapping
from datetime import UTC, datetime
from functools import partial
from queue import Empty, SimpleQueue
from typing import Any, TextIO

import orjson
import structlog

_ROW = re.compile(r"DETAIL:.*")
_HIDDEN = frozenset({"authorization", "code", "cookie", "password", "secret", "secret_access_key", "token"})
_MAX_QUEUED_LINES = 20_000
_MAX_LINES_AT_ONCE = 1_024
_GATHER_SECONDS = 0.1
_LEVELS = {"debug": logging.DEBUG, "info": logging.INFO, "warning": logging.WARNING, "error": logging.ERROR}
# Below warning these tell nothing that our own lines do not.
_QUIET = ("alembic", "asyncio", "sqlalchemy", "uvicorn.access", "uvicorn.error")
# Below warning these write addresses with their queries, headers or whole bodies.
_TALKATIVE = ("boto3", "botocore", "httpcore", "httpx", "urllib3")

EventDict = MutableMapping[str, Any]
# A line without its end, or what makes one.
Line = str | Callable[[], str]


class LineWriter:
    """Writes lines to a stream: at once, or (between `start` and `stop`) from a thread behind a bounded queue."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._queue: SimpleQueue[Line | None] = SimpleQueue()
        self._thread: threading.Thread | None = None
        self._dropped = 0

    def start(self) -> None:
        """Begins to write from a thread; after a fork, in the child."""
        self._thread = threading.Thread(target=self._run, name="log-writer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Writes what is queued and goes back to writing at once."""
        thread, self._thread = self._thread, None
        if thread:
            self._queue.put(None)
            thread.join(5)

    def write(self, line: Line) -> None:
        """Takes one line, to be made by the thread. When the queue is full the line is dropped, and the next one says how many were."""
        if self._thread is None:
            self._put(_rendered(line) + "\n")
        elif self._queue.qsize() >= _MAX_QUEUED_LINES:
            self._dropped += 1
        else:
            self._queue.put(line)

    # The names that structlog calls on the logger it wraps.
    debug = info = warning = error = critical = exception = msg = write

    def _run(self) -> None:
        while (line := self._queue.get()) is not None:
            # One write for the lines of a moment costs a busy process far less than a write for each.
            time.sleep(_GATHER_SECONDS)
            lines, last = self._take(line)
            self._put("\n".join(lines) + "\n")
            if last:
                return

    def _take(self, line: Line) -> tuple[list[str], bool]:
        """The line and those that wait behind it, and whether the end was among them."""
        lines = [_rendered(line)]
        while len(lines) < _MAX_LINES_AT_ONCE:
            try:
                following = self._queue.get_nowait()
            except Empty:
                break
            if following is None:
                return lines, True
            lines.append(_rendered(following))
        dropped, self._dropped = self._dropped, 0
        if dropped:
            lines.append(f'{{"event":"log_lines_dropped","level":"warning","count":{dropped}}}')
        return lines, False

    def _put(self, text: str) -> None:
        try:
            self._stream.write(text)
            self._stream.flush()
        except (OSError, ValueError):
            return  # whoever read the log is gone; requests go on


def _rendered(line: Line) -> str:
    if isinstance(line, str):
        return line
    try:
        return line()
    except Exception as error:  # noqa: BLE001 - told; the thread that writes all lines must not end with one of them
        return orjson.dumps({"event": "log_line_failed", "level": "error", "error": type(error).__name__}).decode()


class _RecordHandler(logging.Handler):
    """Takes the records of libraries (uvicorn, SQLAlchemy) into the same lines."""

    def emit(self, record: logging.LogRecord) -> None:
        level = record.levelname.lower()
        if record.levelno < logging.WARNING and record.name.startswith(_QUIET):
            level = "debug"
        log = structlog.get_logger()
        details = {"logger": record.name, "exc_info": record.exc_info} if record.exc_info else {"logger": record.name}
        getattr(log, level if level in _LEVELS else "error")(record.getMessage(), **details)


class _Direct:
    """Where `info_line` writes to without structlog's chain of processors: None unless lines are JSON and told at all."""

    writer: LineWriter | None = None


def info_line(event: str, members: Callable[[], Mapping[str, object]]) -> None:
    """The one line that every request writes, at a twentieth of the usual cost to it: the thread that writes asks for its members.

    They are texts and numbers, and nothing is hidden by its name here.
    """
    writer = _Direct.writer
    if writer is None:
        structlog.get_logger().info(event, **members())
    else:
        writer.write(partial(_info_text, time.time(), event, members))


def _info_text(at: float, event: str, members: Callable[[], Mapping[str, object]]) -> str:
    line = {"at": datetime.fromtimestamp(at, UTC), "level": "info", "event": event, **members()}
    return orjson.dumps(line, option=orjson.OPT_UTC_Z).decode()


def configure_logging(level: str, *, readable: bool, stream: TextIO | None = None) -> LineWriter:
    """Sends every log line of the process to standard output (readable ones to standard error); returns the writer."""
    writer = LineWriter(stream or (sys.stderr if readable else sys.stdout))
    renderer: Any = _render_readable() if readable else _render_json
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True, key="at"),
            structlog.processors.format_exc_info,
            hide_secrets,
            hide_rows,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(_LEVELS[level]),
        logger_factory=lambda *_: writer,
        cache_logger_on_first_use=False,
    )
    _Direct.writer = writer if not readable and level in ("debug", "info") else None
    root = logging.getLogger()
    root.handlers = [_RecordHandler()]
    root.setLevel(_LEVELS[level])
    for name in _TALKATIVE:
        logging.getLogger(name).setLevel(max(logging.WARNING, _LEVELS[level]))
    return writer


def hide_secrets(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Blanks members whose name says that they are secret: a second line of defence, not a licence to log them."""
    for name in _HIDDEN.intersection(event):
        event[name] = "[hidden]"
    return event


def hide_rows(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Blanks the line in which PostgreSQL quotes the row that broke a constraint: it may hold somebody's address."""
    if "exception" in event:
        event["exception"] = _ROW.sub("DETAIL:  [hidden]", event["exception"])
    return event


def _render_json(_logger: object, _method: str, event: EventDict) -> str:
    return orjson.dumps(event, default=str).decode("utf-8", "replace")


def _render_readable() -> structlog.dev.ConsoleRenderer:
    colours = sys.stderr.isatty() and "NO_COLOR" not in os.environ
    return structlog.dev.ConsoleRenderer(colors=colours, timestamp_key="at", pad_event_to=0)
