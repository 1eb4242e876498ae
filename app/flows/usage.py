"""Usage events (machine tokens, userInfo, refreshes): buffered, and written once a second in one statement.

They tell how much, not what changed, so up to a second of them may be lost when a process is killed; everything else in
the audit trail shares the transaction of what it tells about.
"""

import threading

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.core import audit
from app.core.audit import Event
from app.db.engine import Database
from app.kit import metrics
from app.kit.errors import ServiceUnavailableException

CAPACITY = 20_000
WRITE_SECONDS = 1.0
_log = structlog.get_logger()


class UsageBuffer:
    """A bounded buffer with one writer. Events that find it full are counted and dropped: they never hold a request up."""

    def __init__(self, database: Database, capacity: int = CAPACITY) -> None:
        self._database = database
        self._capacity = capacity
        self._events: list[Event] = []
        self._writing = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    def note(self, event: Event) -> None:
        """Takes one event. Never waits, so it may be called on the event loop."""
        if len(self._events) < self._capacity:
            self._events.append(event)
        else:
            metrics.count_lost_usage(1)

    def flush(self) -> None:
        """Writes what is buffered; the events are kept for the next time when it raises."""
        with self._writing:
            events = self._events[: self._capacity]
            if not events:
                return
            with self._database.write() as db:
                audit.record_many(db, events)
            del self._events[: len(events)]

    def start(self) -> None:
        """Begins to write every second, from a thread of its own."""
        self._thread = threading.Thread(target=self._run, name="usage-writer", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Writes what is left and ends the thread."""
        self._stop.set()
        if self._thread:
            self._thread.join()
            self._thread = None
        self._try_flush()

    def _run(self) -> None:
        while not self._stop.wait(WRITE_SECONDS):
            self._try_flush()

    def _try_flush(self) -> None:
        try:
            self.flush()
        except ServiceUnavailableException:
            return  # the log has heard of it from `db.outages`
        except SQLAlchemyError as error:
            _log.warning("usage_events_not_written", error=type(error).__name__, waiting=len(self._events))
