"""Starts that hang, fail or come too late: who waits for them, for how long, and what becomes of the processes."""

import threading
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from app.gateways.functions import FunctionUnavailableError
from app.gateways.lambda_runtime.configuration import parse_local
from app.gateways.lambda_runtime.isolation import Unisolated
from app.gateways.lambda_runtime.process import HandlerProcess
from app.gateways.lambda_runtime.warm import WarmProcesses
from tests.gateways.handlers.calling import eventually, is_running, spec_of
from tests.timing import within


class Starter:
    """Starts processes of a sample function, each once it may."""

    def __init__(self) -> None:
        self.may_start = threading.Event()
        self.failure: Exception | None = None
        self.made: list[HandlerProcess] = []

    def __call__(self) -> HandlerProcess:
        assert self.may_start.wait(10)
        if self.failure:
            raise self.failure
        spec = spec_of("odd.py")
        self.made.append(HandlerProcess(spec, parse_local(spec.configuration), Unisolated().open([])))
        return self.made[-1]

    def is_running(self) -> bool:
        """Whether a process of those that it has started is there."""
        return any(is_running(process._process.pid) for process in self.made)


@pytest.fixture
def starter() -> Starter:
    return Starter()


@pytest.fixture
def opened() -> Iterator[ExitStack]:
    """Closes what a test has opened."""
    with ExitStack() as stack:
        yield stack


def _warm(opened: ExitStack, starter: Starter, most: int = 1) -> WarmProcesses:
    made = WarmProcesses("1", most, starter)
    opened.callback(lambda: made.close(_in(5)))
    opened.callback(starter.may_start.set)
    return made


def _in(seconds: float) -> float:
    return time.monotonic() + seconds


def _refused(warm: WarmProcesses, seconds: float, text: str) -> None:
    """That there is no process within so many seconds, and that it does not take longer."""
    with within(seconds + 1), pytest.raises(FunctionUnavailableError, match=text):
        warm.take(_in(seconds))


def test_a_start_that_hangs_is_waited_for_no_longer_than_a_call_may_take(opened: ExitStack, starter: Starter) -> None:
    warm = _warm(opened, starter)
    _refused(warm, 0.1, "its process was not started in time")
    _refused(warm, 0.1, "all of its 1 processes are busy")
    starter.may_start.set()
    late = warm.take(_in(5))
    assert [late] == starter.made, "the process that came too late is there for the next call"
    warm.give_back(late)
    warm.close(_in(5))
    assert not starter.is_running()


def test_it_holds_up_no_other_function(opened: ExitStack, starter: Starter) -> None:
    hanging, other = _warm(opened, starter), _warm(opened, quick := Starter())
    quick.may_start.set()
    waiting = threading.Thread(target=_refused, args=(hanging, 3, "not started in time"))
    waiting.start()
    process = other.take(_in(5))
    assert waiting.is_alive()
    other.give_back(process)
    waiting.join()


def test_who_waits_for_a_start_takes_a_process_that_gets_free_before(opened: ExitStack, starter: Starter) -> None:
    starter.may_start.set()
    warm = _warm(opened, starter, most=2)
    first = warm.take(_in(5))
    starter.may_start.clear()
    taken: list[HandlerProcess] = []
    waiting = threading.Thread(target=lambda: taken.append(warm.take(_in(5))))
    waiting.start()
    assert eventually(lambda: warm._starting == 1)
    warm.give_back(first)
    waiting.join()
    assert taken == [first]
    warm.give_back(first)


def test_a_process_that_comes_after_the_end_is_ended(opened: ExitStack, starter: Starter) -> None:
    warm = _warm(opened, starter)
    _refused(warm, 0.1, "not started in time")
    warm.close(_in(0.1))
    starter.may_start.set()
    assert eventually(warm.is_over)
    assert len(starter.made) == 1
    assert not starter.is_running()


def test_why_a_process_cannot_be_started_is_heard_by_who_asked_for_it(opened: ExitStack, starter: Starter) -> None:
    warm = _warm(opened, starter)
    starter.may_start.set()
    starter.failure = FunctionUnavailableError("no user is free")
    for _ in range(2):
        _refused(warm, 5, "no user is free")
    starter.failure = None
    warm.give_back(warm.take(_in(5)))
