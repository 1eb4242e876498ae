"""Comparing a guess (password, proof of a password, one-time code) with no more guesses than the limit, however parallel.

Each attempt is reserved by its own committed statement before the comparison. Right answers release theirs, so the only
refused ones should follow real failures: who is refused because of checks still in flight waits for them, and within a
process only a few checks of one subject run at once.
"""

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from app.core import attempts
from app.core.attempts import Limit
from app.flows.work import Work
from app.kit.errors import AppError
from app.kit.segments import check_outside_segment

_AT_ONCE = 2
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
    """Lets `at_once` holders of the same key go on; the others wait."""

    def __init__(self, at_once: int) -> None:
        self._at_once = at_once
        self._lock = threading.Lock()
        self._places: dict[tuple[str, str, str], tuple[threading.Semaphore, int]] = {}

    @contextmanager
    def take(self, key: tuple[str, str, str]) -> Iterator[None]:
        with self._lock:
            semaphore, users = self._places.get(key) or (threading.Semaphore(self._at_once), 0)
            self._places[key] = (semaphore, users + 1)
        try:
            with semaphore:
                yield
        finally:
            with self._lock:
                users = self._places[key][1] - 1
                if users:
                    self._places[key] = (semaphore, users)
                else:
                    del self._places[key]


_turns = _Turns(_AT_ONCE)


@contextmanager
def reserved(work: Work, guess: Guess) -> Iterator[None]:
    """Reserves an attempt; raises the limit's refusal. The block compares and settles with `attempts.release` or
    `attempts.settle_failure`; one that dies before stays counted as a failure."""
    check_outside_segment("a counted check")
    with _turns.take((guess.pool_id, guess.subject, guess.kind)):
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
        time.sleep(_RETRY_SECONDS)
    raise guess.limit.refusal()


def _try_reserve(work: Work, guess: Guess) -> AppError | None:
    try:
        with work.write() as db:
            attempts.reserve(db, guess.pool_id, guess.subject, guess.kind, work.now, guess.limit)
    except guess.limit.error as refusal:
        return refusal
    return None
