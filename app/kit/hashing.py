"""Password hashing: Argon2id (RFC 9106) behind a bounded, fair queue.

A hash takes about 20 ms of one core and 19 MiB, so only so many run at once, waiting is bounded, and pools take turns: a
flood of sign-ins in one pool delays that pool. Beyond the bound a caller hears TooManyRequestsException at once.
"""

import threading
from collections import OrderedDict, deque
from collections.abc import Iterator
from contextlib import contextmanager

import argon2
from argon2.exceptions import InvalidHashError, VerificationError

from app.kit.errors import TooManyRequestsException
from app.kit.segments import check_outside_segment
from app.kit.slow import run_slow


class FairSlots:
    """`slots` holders at once; waiters are served pool after pool, in order within a pool."""

    def __init__(self, slots: int, waiting: int, waiting_per_pool: int) -> None:
        self._free = slots
        self._waiting_limit = waiting
        self._pool_limit = waiting_per_pool
        self._waiting = 0
        self._lock = threading.Lock()
        self._queues: OrderedDict[str, deque[threading.Event]] = OrderedDict()

    @contextmanager
    def hold(self, pool_id: str) -> Iterator[None]:
        """Waits for a slot; raises TooManyRequestsException when too many wait already."""
        turn = self._enter(pool_id)
        if turn is not None:
            turn.wait()
        try:
            yield
        finally:
            self._leave()

    def _enter(self, pool_id: str) -> threading.Event | None:
        with self._lock:
            if self._free:
                self._free -= 1
                return None
            queue = self._queues.setdefault(pool_id, deque())
            if self._waiting >= self._waiting_limit or len(queue) >= self._pool_limit:
                raise TooManyRequestsException()
            turn = threading.Event()
            queue.append(turn)
            self._waiting += 1
            return turn

    def _leave(self) -> None:
        with self._lock:
            while self._queues:
                pool_id, queue = self._queues.popitem(last=False)
                if not queue:
                    continue
                turn = queue.popleft()
                if queue:
                    self._queues[pool_id] = queue
                self._waiting -= 1
                turn.set()
                return
            self._free += 1


class PasswordHasher:
    """Hashes and checks passwords byte for byte as given; never inside a database segment."""

    def __init__(self, *, memory_kib: int, time_cost: int, parallelism: int, slots: int) -> None:
        self._argon2 = argon2.PasswordHasher(time_cost=time_cost, memory_cost=memory_kib, parallelism=parallelism)
        self._slots = FairSlots(slots, waiting=32 * slots, waiting_per_pool=16 * slots)
        self._decoy = self._argon2.hash("no such user")

    def hash(self, pool_id: str, password: str) -> str:
        """The Argon2id hash in PHC string format."""
        check_outside_segment("password hashing")
        return run_slow(self._hash, pool_id, password)

    def _hash(self, pool_id: str, password: str) -> str:
        with self._slots.hold(pool_id):
            return self._argon2.hash(password)

    def verify(self, pool_id: str, password_hash: str | None, password: str) -> bool:
        """Whether the password fits. With no hash the same work is done on a decoy, so time does not tell users apart."""
        check_outside_segment("password hashing")
        return run_slow(self._verify, pool_id, password_hash, password)

    def _verify(self, pool_id: str, password_hash: str | None, password: str) -> bool:
        with self._slots.hold(pool_id):
            try:
                return self._argon2.verify(password_hash or self._decoy, password) and password_hash is not None
            except (VerificationError, InvalidHashError):
                return False

    def needs_rehash(self, password_hash: str) -> bool:
        """Whether the hash was made with other parameters than those in force."""
        return self._argon2.check_needs_rehash(password_hash)
