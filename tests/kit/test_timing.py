"""The bound that tests put on time holds, for sleep and for work."""

import time
from collections.abc import Callable

import pytest

from tests.timing import within


def _work(seconds: float) -> None:
    until = time.thread_time() + seconds
    while time.thread_time() < until:
        pass


@pytest.mark.parametrize("spend", [time.sleep, _work])
def test_a_bound(spend: Callable[[float], None]) -> None:
    with within(0.6):
        spend(0.2)
    with pytest.raises(AssertionError), within(0.1):
        spend(0.2)


def test_what_is_raised_within_comes_out() -> None:
    with pytest.raises(ValueError, match="within"), within(0):
        raise ValueError("within")
