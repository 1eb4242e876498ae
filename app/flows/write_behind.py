"""What is written once a second, many rows in one statement, because it must not hold up what it tells about.

Up to a second of it may be lost when a process is killed.
"""

import threading
from abc import ABC, abstractmethod
from collections.abc import Sequence
from contextlib import suppress
from typing import Generic, TypeVar

import structlog

from app.kit import metrics
from app.kit.errors import ServiceUnavailableException

T = TypeVar("T")
WRITE_SECONDS = 1.0
# After so many attempts something is taken to be wrong with an item, and not with the moment.
_MOST_ATTEMPTS = 3
_log = structlog.get_logger()


class WriteBehind(ABC, Generic[T]):
    """A bounded buffer with one writer. Items that find it full are counted and dropped: they never hold a request up."""

    def __init__(self, name: str, capacity: int) -> None:
        self._name = name
        self._capacity = capacity
        self._items: list[T] = []
        self._failed = 0
        self._writing = threading.Lock()
        self._stop = threading.Event()
        self._thread: threading.Thread | None = None

    @abstractmethod
    def write(self, items: Sequence[T]) -> None:
        """Writes items to the database, all or none; raises ServiceUnavailableException if that is away."""

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
        self._failed = _MOST_ATTEMPTS  # there is no other
        self._try_flush()

    def _run(self) -> None:
        while not self._stop.wait(WRITE_SECONDS):
            self._try_flush()

    def _try_flush(self) -> None:
        try:
            self.flush()
            self._failed = 0
        except ServiceUnavailableException:
            return  # the log has heard of it from `db.outages`
        except Exception as error:  # noqa: BLE001 - logged by its type: its text may hold what was to be written
            _log.warning("not_written", what=self._name, error=type(error).__name__, waiting=len(self._items))
            self._failed += 1
            if self._failed >= _MOST_ATTEMPTS:
                self._flush_apart()

    def _flush_apart(self) -> None:
        """Writes what can be written and drops the rest, which would keep all others waiting for ever."""
        dropped: list[str] = []
        with self._writing, suppress(ServiceUnavailableException):
            self._write_apart(self._items[: self._capacity], dropped)
            self._failed = 0
        if dropped:
            metrics.count_lost(self._name, len(dropped))
            _log.error("dropped", what=self._name, number=len(dropped), errors=sorted(set(dropped)))

    def _write_apart(self, items: Sequence[T], dropped: list[str]) -> None:
        """Writes the first of what is buffered, in halves where that fails; notes the errors of those that cannot be."""
        try:
            self.write(items)
        except ServiceUnavailableException:
            raise
        except Exception as error:  # noqa: BLE001 - told by `_flush_apart`
            if len(items) > 1:
                middle = len(items) // 2
                self._write_apart(items[:middle], dropped)
                self._write_apart(items[middle:], dropped)
                return
            dropped.append(type(error).__name__)
        del self._items[: len(items)]
