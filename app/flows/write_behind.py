"""What is written once a second, many rows in one statement, because it must not hold up what it tells about.

Up to a second of it may be lost when a process is killed.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Generic, TypeVar

import structlog
from sqlalchemy.exc import SQLAlchemyError

from app.kit import metrics
from app.kit.errors import ServiceUnavailableException

T = TypeVar("T")
WRITE_SECONDS = 1.0
_log = structlog.get_logger()


class WriteBehind(ABC, Generic[T]):
    """A bounded buffer with one writer. Items that find it full are counted and dropped: they never hold a request up."""

    def __init__(self, name: str, capacity: int) -> None:
        self._name = name
        self._capacity = capacity
        self._items: list[T] = []
        self._writing = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @abstractmethod
    def write(self, items: Sequence[T]) -> None:
        """Writes items to the database, all or none."""

    def note(self, item: T) -> None:
        """Takes one item. Never waits, so it may be called on the event loop."""
        if len(self._items) < self._capacity:
            self._items.append(item)
        else:
            metrics.count_lost(self._name, 1)

    def flush(self) -> None:
        """Writes what is buffered; the items are kept for the next time when it raises."""
        with self._writing:
            items = self._items[: self._capacity]
            if not items:
                return
            self.write(items)
            del self._items[: len(items)]

    def start(self) -> None:
        """Begins to write every second, from a thread of its own."""
        self._thread = threading.Thread(target=self._run, name=f"{self._name}-writer", daemon=True)
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
            _log.warning("not_written", what=self._name, error=type(error).__name__, waiting=len(self._items))
