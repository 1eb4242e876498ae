"""Comparing a guess (password, proof of a password, one-time code) with no more guesses than the limit, however parallel.

Each attempt is reserved by its own committed statement before the comparison. Right answers release theirs, so the only
refused ones should follow real failures: who is refused because of checks still in flight waits for them, and within a
process only a few checks of one subject run at once.
"""

import threading
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.core import attempts
from app.core.attempts import Limit
from app.flows.work import Work
from app.kit.errors import AppError, TooManyRequestsException
from app.kit.segments import check_outside_segment
from app.kit.slow import pause

_AT_ONCE = 2
# Waiting is looking again and again; what a flood of guesses at one name may cost the others is bounded by this.
_WAITING = 64
_TURN_SECONDS = 0.01
_TURN_RETRIES = 1_000
_RETRY_SECONDS = 0.03
_RETRIES = 100


@dataclass(frozen=True, slots=True)
class Guess:
    """Whose attempts of which kind are counted, against which lockout."""

    pool_id: str
    subject: str
    kind: str
    limit: Limit = attempts.SIGN_IN


class _Turns:
    """Lets `at_once` holders of the same key go on; the others wait, without a thread or lock of their own."""

    def __init__(self, at_once: int, waiting: int) -> None:
        self._at_once = at_once
        self._limit = waiting
        self._lock = threading.Lock()
        self._holders: Counter[tuple[str, str, str]] = Counter()
        self._waiting: Counter[tuple[str, str, str]] = Counter()

    @contextmanager
    def take(self, key: tuple[str, str, str]) -> Iterator[bool]:
        """Gives whether the turn came; False when it did not for a long time, or too many wait for it already."""
        taken = self._wait(key)
        try:
            yield taken
        finally:
            if taken:
                self._leave(key)

    def _wait(self, key: tuple[str, str, str]) -> bool:
        if not self._enter(key):
            return False
        try:
            return any(self._try(key) for _ in range(_TURN_RETRIES))
        finally:
            self._release(self._waiting, key)

    def _enter(self, key: tuple[str, str, str]) -> bool:
        with self._lock:
            if self._waiting[key] >= self._limit:
                return False
            self._waiting[key] += 1
            return True

    def _try(self, key: tuple[str, str, str]) -> bool:
        with self._lock:
            if self._holders[key] < self._at_once:
                self._holders[key] += 1
                return True
        pause(_TURN_SECONDS)
        return False

    def _leave(self, key: tuple[str, str, str]) -> None:
        self._release(self._holders, key)

    def _release(self, counted: Counter[tuple[str, str, str]], key: tuple[str, str, str]) -> None:
        with self._lock:
            counted[key] -= 1
            if not counted[key]:
                del counted[key]


_turns = _Turns(_AT_ONCE, _WAITING)


@contextmanager
def reserved(work: Work, guess: Guess) -> Iterator[None]:
    """Reserves an attempt; raises the limit's refusal. The block compares and settles with `attempts.release` or
    `attempts.settle_failure`; one that dies before stays counted as a failure."""
    check_outside_segment("a counted check")
    with _turns.take((guess.pool_id, guess.subject, guess.kind)) as is_our_turn:
        if not is_our_turn:
            raise TooManyRequestsException()
        _reserve(work, guess)
        yield


def _reserve(work: Work, guess: Guess) -> None:
    for _ in range(_RETRIES):
        refusal = _try_reserve(work, guess)
        if refusal is None:
            return
        with work.read() as db:
            if not attempts.is_in_flight(db, guess.pool_id, guess.subject, guess.kind, work.now):
                raise refusal
        pause(_RETRY_SECONDS)
    raise guess.limit.refusal()


def _try_reserve(work: Work, guess: Guess) -> AppError | None:
    try:
        with work.write_once() as db:
            attempts.reserve(db, guess.pool_id, guess.subject, guess.kind, work.now, guess.limit)
    except guess.limit.error as refusal:
        return refusal
    return None
