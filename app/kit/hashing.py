"""Password hashing: Argon2id (RFC 9106) behind a bounded, fair queue.

A hash takes about 20 ms of one core and 19 MiB, so only so many run at once, waiting is bounded, and pools take turns: a
flood of sign-ins in one pool delays that pool. Beyond the bound a caller hears TooManyRequestsException at once.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from app.kit.errors import TooManyRequestsException
from app.kit.segments import check_outside_segment
from app.kit.slow import wait_for

T = TypeVar("T")
_Job = tuple[Future[Any], Callable[..., Any], tuple[object, ...]]


class FairThreads:
    """A few threads that work for many pools: pool after pool, in order within a pool.

    Threads of their own, because each keeps the 19 MiB of its last hash and uses them again: asking the system for fresh
    pages costs a hash half its time again, and threads that do other things too would each keep as much. They start with
    the first job, so that none exists when worker processes are forked.
    """

    def __init__(self, threads: int, waiting: int, waiting_per_pool: int) -> None:
        self._threads = threads
        self._waiting_limit = waiting
        self._pool_limit = waiting_per_pool
        self._waiting = 0
        self._idle = 0
        self._started = 0
        self._changed = threading.Condition()
        self._queues: OrderedDict[str, deque[_Job]] = OrderedDict()

    def submit(self, pool_id: str, function: Callable[..., T], *arguments: object) -> "Future[T]":
        """The future result of `function(*arguments)`; raises TooManyRequestsException when too many wait already."""
        future: Future[T] = Future()
        with self._changed:
            if self._waiting >= self._idle and self._started < self._threads:
                self._start()
            queue = self._queues.setdefault(pool_id, deque())
            beyond_threads = self._waiting - self._idle
            if beyond_threads >= self._waiting_limit or len(queue) - self._idle >= self._pool_limit:
                raise TooManyRequestsException()
            queue.append((future, function, arguments))
            self._waiting += 1
            self._changed.notify()
        return future

    def _start(self) -> None:
        self._started += 1
        self._idle += 1
        threading.Thread(target=self._work, name=f"hashing-{self._started}", daemon=True).start()

    def _work(self) -> None:
        while True:
            future, function, arguments = self._next()
            if future.set_running_or_notify_cancel():
                try:
                    future.set_result(function(*arguments))
                except BaseException as error:  # noqa: BLE001 - handed to whoever waits for the result
                    future.set_exception(error)
            del future
            with self._changed:
                self._idle += 1

    def _next(self) -> _Job:
        """The next job, however long it takes to come; the pool it was of goes to the end of the line."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting)
            pool_id, queue = self._queues.popitem(last=False)
            while not queue:
                pool_id, queue = self._queues.popitem(last=False)
            job = queue.popleft()
            if queue:
                self._queues[pool_id] = queue
            self._waiting -= 1
            self._idle -= 1
            return job


class PasswordHasher:
    """Hashes and checks passwords byte for byte as given; never inside a database segment."""

    def __init__(self, *, memory_kib: int, time_cost: int, parallelism: int, slots: int) -> None:
        self._argon2 = argon2.PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism)
        self._threads = FairThreads(slots, waiting=32 * slots, waiting_per_pool=16 * slots)
        self._decoy = self._argon2.hash("no such user")

    def hash(self, pool_id: str, password: str) -> str:
        """The Argon2id hash in PHC string format."""
        check_outside_segment("password hashing")
        return wait_for(self._threads.submit(pool_id, self._argon2.hash, password))

    def verify(self, pool_id: str, password_hash: str | None, password: str) -> bool:
        """Whether the password fits. With no hash the same work is done on a decoy, so time does not tell users apart."""
        check_outside_segment("password hashing")
        return wait_for(self._threads.submit(pool_id, self._verify, password_hash, password))

    def _verify(self, password_hash: str | None, password: str) -> bool:
        try:
            return self._argon2.verify(password_hash or self._decoy, password) and password_hash is not None
        except (VerificationError, InvalidHashError):
            return False

    def needs_rehash(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than those in force."""
        return self._argon2.check_needs_rehash(password_hash)
