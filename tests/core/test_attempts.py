"""Limits on attempts: what is counted, when it locks, and that parallel attempts cannot outrun them."""

from concurrent.futures import ThreadPoolExecutor
from uuid import uuid4

import pytest

from app.core import attempts
from app.core.attempts import CHANGE_PASSWORD, CONFIRM_SIGN_UP, SIGN_IN, Limit
from app.flows.work import Resources
from app.kit.clock import HOUR, MINUTE, SECOND
from app.kit.errors import LimitExceededException, NotAuthorizedException, TooManyFailedAttemptsException

_POOL, _NOW = "us-east-1_attempts", 1_800_000_000_000


class _Subject:
    """One subject's attempts of one kind."""

    def __init__(self, resources: Resources, limit: Limit) -> None:
        self._database = resources.database
        self._limit = limit
        self._subject = str(uuid4())

    def reserve(self, now: int) -> bool:
        try:
            with self._database.write() as db:
                attempts.reserve(db, _POOL, self._subject, "kind", now, self._limit)
        except self._limit.error:
            return False
        return True

    def fail(self, now: int) -> bool:
        if not self.reserve(now):
            return False
        with self._database.write() as db:
            attempts.settle_failure(db, _POOL, self._subject, "kind")
        return True

    def release(self) -> None:
        with self._database.write() as db:
            attempts.release(db, _POOL, self._subject, "kind", self._limit)

    def is_in_flight(self, now: int) -> bool:
        with self._database.read() as db:
            return attempts.is_in_flight(db, _POOL, self._subject, "kind", now)


def test_five_failures_then_doubling_locks(resources: Resources) -> None:
    subject, now = _Subject(resources, SIGN_IN), _NOW
    assert [subject.fail(now) for _ in range(5)] == [True] * 5
    for seconds in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 900, 900):
        assert not subject.fail(now)
        assert not subject.fail(now + seconds * SECOND - 1)
        now += seconds * SECOND
        assert seconds == 900 or subject.fail(now)
        if seconds == 900:
            break
    # 15 quiet minutes start anew.
    assert [subject.fail(now) for _ in range(5)] == [True] * 5
    assert not subject.fail(now)


def test_the_longest_lock_is_a_quarter_of_an_hour(resources: Resources) -> None:
    subject, now = _Subject(resources, SIGN_IN), _NOW
    for _ in range(5):
        subject.fail(now)
    for seconds in (1, 2, 4, 8, 16, 32, 64, 128, 256, 512):
        now += seconds * SECOND
        assert subject.fail(now)
    assert not subject.fail(now + 15 * MINUTE - 1)
    assert subject.fail(now + 15 * MINUTE)


def test_a_success_forgets_failures(resources: Resources) -> None:
    subject = _Subject(resources, SIGN_IN)
    for _ in range(4):
        assert subject.fail(_NOW)
    assert subject.reserve(_NOW)
    subject.release()
    assert [subject.fail(_NOW) for _ in range(6)] == [True] * 5 + [False]


def test_a_success_does_not_forget_what_is_in_flight(resources: Resources) -> None:
    subject = _Subject(resources, SIGN_IN)
    assert [subject.reserve(_NOW) for _ in range(5)] == [True] * 5
    assert not subject.reserve(_NOW)
    assert subject.is_in_flight(_NOW)
    subject.release()
    assert [subject.reserve(_NOW) for _ in range(2)] == [True, False]


def test_a_check_that_died_is_a_failure(resources: Resources) -> None:
    subject = _Subject(resources, SIGN_IN)
    for _ in range(5):
        subject.reserve(_NOW)
    assert not subject.is_in_flight(_NOW + 10 * SECOND)


def test_an_hourly_limit(resources: Resources) -> None:
    subject = _Subject(resources, CHANGE_PASSWORD)
    assert [subject.reserve(_NOW + minute * MINUTE) for minute in range(6)] == [True] * 5 + [False]
    subject.release()
    assert [subject.reserve(_NOW + 30 * MINUTE) for _ in range(2)] == [True, False]
    assert not subject.reserve(_NOW + HOUR - 1)
    assert [subject.reserve(_NOW + HOUR) for _ in range(6)] == [True] * 5 + [False]


@pytest.mark.parametrize(
    ("limit", "error"),
    [
        (SIGN_IN, NotAuthorizedException),
        (CONFIRM_SIGN_UP, TooManyFailedAttemptsException),
        (CHANGE_PASSWORD, LimitExceededException),
    ],
)
def test_each_limit_has_its_error(limit: Limit, error: type[Exception]) -> None:
    assert type(limit.refusal()) is error


def test_the_lockout_text() -> None:
    assert SIGN_IN.refusal().message == "Password attempts exceeded"


def test_subjects_of_names_belong_to_a_pool(resources: Resources) -> None:
    with resources.database.write() as db:
        for pool in ("us-east-1_one", "us-east-1_two"):
            resources.keyring.create(db, pool, _NOW)
    one = attempts.subject_of_name(resources.keyring, "us-east-1_one", "nobody")
    assert one == attempts.subject_of_name(resources.keyring, "us-east-1_one", "nobody")
    assert one != attempts.subject_of_name(resources.keyring, "us-east-1_two", "nobody")
    assert "nobody" not in one


@pytest.mark.slow
@pytest.mark.parametrize(("limit", "allowed"), [(SIGN_IN, 5), (CHANGE_PASSWORD, 5), (CONFIRM_SIGN_UP, 15)])
def test_a_thousand_at_once(resources: Resources, limit: Limit, allowed: int) -> None:
    subject = _Subject(resources, limit)
    with ThreadPoolExecutor(32) as threads:
        granted = list(threads.map(subject.reserve, [_NOW] * 1_000))
    assert sum(granted) == allowed
