"""Threads of their own for slow work of one sort, shared fairly among pools: password hashing, calls of functions.

Waiting is bounded, and beyond the bound a caller hears TooManyRequestsException at once: never a pile-up.
"""

import threading
from collections import Counter, OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from app.kit.errors import TooManyRequestsException

T = TypeVar("T")
_Job = tuple[Future[Any], Callable[..., Any], tuple[object, ...]]


class FairThreads:
    """A few threads that work for many pools: pool after pool, in order within a pool.

    `running_per_pool` caps how many of them one pool may keep busy at once, which matters where a job can take seconds;
    without it a pool may have all of them while no other waits. They start with the first job, so that none exists when
    worker processes are forked.
    """

    def __init__(
        self, name: str, threads: int, waiting: int, waiting_per_pool: int, running_per_pool: int | None = None
    ) -> None:
        self._name = name
        self._threads = threads
        self._waiting_limit = waiting
        self._pool_limit = waiting_per_pool
        self._running_limit = running_per_pool or threads
        self._waiting = 0
        self._idle = 0
        self._started = 0
        self._changed = threading.Condition()
        self._queues: OrderedDict[str, deque[_Job]] = OrderedDict()
        self._running: Counter[str] = Counter()

    @property
    def capacity(self) -> int:
        """The most jobs that can be under way or waiting."""
        return self._threads + self._waiting_limit

    def submit(self, pool_id: str, function: Callable[..., T], *arguments: object) -> "Future[T]":
        """The future result of `function(*arguments)`; raises TooManyRequestsException when too many wait already."""
        future: Future[T] = Future()
        with self._changed:
            under_way = self._running[pool_id] + len(self._queues.get(pool_id, ()))
            # What its pool's own jobs hold up is no work for another thread.
            if under_way < self._running_limit and self._waiting >= self._idle and self._started < self._threads:
                self._start()
            self._check_room(pool_id)
            self._queues.setdefault(pool_id, deque()).append((future, function, arguments))
            self._waiting += 1
            self._changed.notify()
        return future

    def _check_room(self, pool_id: str) -> None:
        """What a free thread is about to take does not wait."""
        taken_at_once = min(self._idle, self._running_limit - self._running[pool_id])
        waiting_of_pool = len(self._queues.get(pool_id, ())) - taken_at_once
        if self._waiting - self._idle >= self._waiting_limit or waiting_of_pool >= self._pool_limit:
            raise TooManyRequestsException()

    def _start(self) -> None:
        self._started += 1
        self._idle += 1
        threading.Thread(target=self._work, name=f"{self._name}-{self._started}", daemon=True).start()

    def _work(self) -> None:
        while True:
            pool_id, (future, function, arguments) = self._next()
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(function(*arguments))
                except BaseException as error:  # noqa: BLE001 - handed to whoever waits for the result
                    future.set_exception(error)
            del future, function, arguments
            with self._changed:
                self._idle += 1
                self._running[pool_id] -= 1
                if not self._running[pool_id]:
                    del self._running[pool_id]

    def _next(self) -> tuple[str, _Job]:
        """The next job, however long it takes to come, and its pool, which goes to the end of the line."""
        with self._changed:
            self._changed.wait_for(lambda: self._first() is not None)
            pool_id = self._first() or ""
            queue = self._queues.pop(pool_id)
            job = queue.popleft()
            if queue:
                self._queues[pool_id] = queue
            self._running[pool_id] += 1
            self._waiting -= 1
            self._idle -= 1
            return pool_id, job

    def _first(self) -> str | None:
        """The first pool in line that may keep one more thread busy."""
        return next((pool_id for pool_id in self._queues if self._running[pool_id] < self._running_limit), None)
