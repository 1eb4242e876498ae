"""Runs the functions that pools name: finds the function, sees who may call it, calls it with limits, keeps a record.

Cognito's rules (Developer Guide, "Customizing user pool workflows with Lambda triggers"): five seconds a call, three tries
in all. Calls run on threads of their own, of which one pool gets only a share, so that a function that hangs holds up
nobody else; further requests of its own pool hear within two seconds that too many calls are under way.
"""

import random
import re
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, InvalidStateError
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from typing import Any

import orjson
import structlog

from app.core.function_calls import FunctionCall
from app.core.functions import Function, unqualified
from app.flows.snapshots import Snapshots
from app.flows.write_behind import WriteBehind
from app.gateways.functions import (
    Checks,
    FunctionError,
    FunctionSpec,
    FunctionUnavailableError,
    Invocation,
    Output,
    Runner,
    Runners,
)
from app.kit import metrics
from app.kit.errors import AppError, ResourceNotFoundException, TooManyRequestsException
from app.kit.ids import new_uuid
from app.kit.lanes import FairThreads
from app.kit.segments import check_outside_segment
from app.kit.slow import pause, wait_for

# How much longer than the shortest pause between two tries the longest is.
SPREAD = 4.0
MOST_LOG = 4_096
MOST_PAYLOAD = 65_536
_SOURCE = re.compile(r"\w{1,128}", re.ASCII)
UNKNOWN = "no function of this server runs it"
DISABLED = "the function is disabled"
NOT_ALLOWED = "the function may not be called by this pool"
BUSY = "too many calls of functions are under way"
LATE = "the function did not answer in time"
CLOSED = "the server is stopping"
NOT_RUN = "this server could not run the function"
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class CallLimits:
    """How long a try may take, how many there are, the pause between them, and the wait for a free thread; in seconds."""

    of_try: float = 5.0
    tries: int = 3
    # A process that is being replaced is there again a moment later.
    between: float = 0.1
    # Whoever waits longer is one of too many.
    queued: float = 2.0

    @property
    def total(self) -> float:
        """For all tries. Runners keep to their own limit; this one is for code that cannot be stopped."""
        return self.tries * (self.of_try + self.tries * self.between) + 1


@dataclass(frozen=True, slots=True)
class Answer:
    """What became of a call, all tries together. `outcome` is `answered`, `failed` (its own error) or `unavailable`.

    `value` is what the function returned (text that is no JSON as it came); `milliseconds` counts the waiting for a thread.
    """

    outcome: str
    tries: int
    value: Any = None
    error: str = ""
    log: str = ""
    milliseconds: int = 0
    call_id: str = ""


@dataclass(frozen=True, slots=True)
class _Call:
    """A call to make: `at` is its moment in epoch ms, `began` on the monotonic clock."""

    function: Function
    invocation: Invocation
    at: int
    began: float = field(default_factory=time.monotonic)
    call_id: str = field(default_factory=new_uuid)


class FunctionTable:
    """The functions of this server as what pools call (`gateways.functions.Functions`).

    `runners` makes the runner of each kind that this server has, at its first use. `lane` holds the threads they run on,
    `calls` takes the records. `checks` is for whoever puts a function.
    """

    def __init__(
        self,
        snapshots: Snapshots,
        runners: Runners,
        checks: Checks,
        lane: FairThreads,
        calls: WriteBehind[FunctionCall],
        clock: Callable[[], int],
        *,
        keeps_payloads: bool,
        limits: CallLimits | None = None,
    ) -> None:
        self._snapshots = snapshots
        self._runners = runners
        self._lane = lane
        self.checks = checks
        self.calls = calls
        self._clock = clock
        self._keeps_payloads = keeps_payloads
        self._limits = limits or CallLimits()
        self._opened: dict[str, Runner] = {}
        # What runners may keep something for: the kind and revision of each ARN.
        self._used: dict[str, tuple[str, str]] = {}
        # Of calls that somebody waits for.
        self._awaited: set[Future[Answer]] = set()
        self._guard = threading.Lock()
        self._is_closed = False
        snapshots.listen_to_functions(self._on_change)

    @property
    def capacity(self) -> int:
        """The most calls that can be under way or waiting."""
        return self._lane.capacity

    def invoke(self, invocation: Invocation) -> Any:
        """What the function returned for an event of a pool; raises FunctionError, FunctionUnavailableError."""
        try:
            function = self._find(unqualified(invocation.arn))
            if not invocation.pool_id:
                raise _refusal(NOT_ALLOWED)
            answer = self.call(function, invocation)
        except FunctionUnavailableError as error:
            metrics.count_function("none", "refused", 0)
            _log.warning("function_refused", arn=invocation.arn, pool_id=invocation.pool_id, reason=error.text)
            raise
        if answer.outcome == "failed":
            raise FunctionError(answer.error, answer.log)
        if answer.outcome == "unavailable":
            raise FunctionUnavailableError(answer.error, answer.log)
        return answer.value

    def call(self, function: Function, invocation: Invocation) -> Answer:
        """Calls a function for a pool (empty: for none) and keeps a record, whatever becomes of it.

        Raises FunctionUnavailableError, and then nothing has run: it is disabled, the pool may not call it, or too many
        calls are under way. Or the server is stopping, and then it may have.
        """
        check_outside_segment("a function")
        self._check(function, invocation.pool_id)
        call = _Call(function, invocation, self._clock())
        with self._awaiting() as answer:
            try:
                job = self._lane.submit(invocation.pool_id, self._run, call)
            except TooManyRequestsException:
                raise _refusal(BUSY) from None
            job.add_done_callback(lambda done: _pass_on(done, answer))
            with suppress(TimeoutError):
                return wait_for(answer, self._limits.queued)
            if job.cancel():
                raise _refusal(BUSY)
            with suppress(TimeoutError):
                return wait_for(answer, self._limits.total)
        _log.error("function_does_not_end", arn=function.arn, request_id=invocation.request_id)
        return Answer("unavailable", 1, error=LATE, call_id=call.call_id)

    def end_calls(self) -> None:
        """Lets go of whoever waits for a function, so that they can answer before the server stops; takes no more calls."""
        with self._guard:
            self._is_closed = True
            awaited = list(self._awaited)
        for answer in awaited:
            with suppress(InvalidStateError):  # it has come meanwhile
                answer.set_exception(_refusal(CLOSED))

    def close(self) -> None:
        """Ends calls and what runners keep, and writes the records."""
        self.end_calls()
        with self._guard:
            opened, self._opened = list(self._opened.values()), {}
        for runner in opened:
            runner.close()
        self.calls.stop()

    @contextmanager
    def _awaiting(self) -> "Iterator[Future[Answer]]":
        """The answer of a call, which `end_calls` may give in the function's place."""
        answer: Future[Answer] = Future()
        with self._guard:
            if self._is_closed:
                raise _refusal(CLOSED)
            self._awaited.add(answer)
        try:
            yield answer
        finally:
            with self._guard:
                self._awaited.discard(answer)

    def _find(self, arn: str) -> Function:
        function = self._snapshots.functions().get(arn)
        if function is None:
            raise _refusal(UNKNOWN)
        return function

    def _check(self, function: Function, pool_id: str) -> None:
        if not function.is_enabled:
            raise _refusal(DISABLED)
        if not pool_id:
            return
        account_id = ""
        with suppress(ResourceNotFoundException):
            account_id = self._snapshots.pool(pool_id).pool.account_id
        if not function.may_be_called_by(account_id, pool_id):
            raise _refusal(NOT_ALLOWED)

    # ---- on a thread of the lane

    def _run(self, call: _Call) -> Answer:
        """All tries, and the record of them: kept here, since nobody may be waiting any more."""
        answer = self._try(call)
        seconds = time.monotonic() - call.began
        if seconds > self._limits.total:
            answer = Answer("unavailable", answer.tries, error=LATE, log=answer.log)
        answer = replace(answer, log=answer.log[-MOST_LOG:], milliseconds=round(seconds * 1_000), call_id=call.call_id)
        metrics.count_function(call.function.kind, answer.outcome, seconds)
        if answer.outcome == "unavailable":
            _log.warning(
                "function_unavailable",
                arn=call.function.arn,
                pool_id=call.invocation.pool_id,
                request_id=call.invocation.request_id,
                call_id=call.call_id,
                tries=answer.tries,
                reason=answer.error,
            )
        self.calls.note(self._record(call, answer))
        return answer

    def _try(self, call: _Call) -> Answer:
        payload = orjson.dumps(call.invocation.event)
        number = 1
        while True:
            try:
                output = self._run_once(call, payload, is_first=number == 1)
                return Answer("answered", number, _parsed(output.payload), log=output.log)
            except FunctionError as error:
                return Answer("failed", number, error=error.text, log=error.log)
            except FunctionUnavailableError as error:
                if number == self._limits.tries:
                    return Answer("unavailable", number, error=error.text, log=error.log)
            except AppError:
                raise
            except Exception:  # noqa: BLE001 - logged; the caller need not know more of a fault of ours
                _log.exception("function_not_run", arn=call.function.arn, request_id=call.invocation.request_id)
                return Answer("unavailable", number, error=NOT_RUN)
            # Calls that began together hang together: their next tries must not come in one moment.
            pause(self._limits.between * number * random.uniform(1, SPREAD))  # noqa: S311 - spreads load, guards nothing
            number += 1

    def _run_once(self, call: _Call, payload: bytes, *, is_first: bool) -> Output:
        """One try. A later one runs the function as it then is: it may have been mended or taken away."""
        function = call.function
        if not is_first:
            function = self._find(function.arn)
            self._check(function, call.invocation.pool_id)
        runner = self._runner(function.kind)
        self._note_use(function)
        spec = FunctionSpec(function.arn, function.name, function.kind, function.revision, function.configuration)
        return runner.run(spec, payload, call.invocation.once_id or call.call_id, self._limits.of_try)

    def _runner(self, kind: str) -> Runner:
        with self._guard:
            if self._is_closed:
                raise _refusal(CLOSED)
            if kind not in self._opened:
                if kind not in self._runners:
                    raise FunctionUnavailableError(f"functions of the kind {kind} do not run on this server")
                self._opened[kind] = self._runners[kind]()
            return self._opened[kind]

    def _note_use(self, function: Function) -> None:
        use = (function.kind, function.revision)
        with self._guard:
            before = self._used.get(function.arn, use)
            self._used[function.arn] = use
        if before[0] != function.kind:  # a new revision of its kind is the runner's to notice
            self._forget(function.arn, before)

    def _forget(self, arn: str, use: tuple[str, str]) -> None:
        with self._guard:
            runner = self._opened.get(use[0])
        if runner:
            runner.forget(arn)

    def _on_change(self) -> None:
        """A function may have changed: what runners keep of old ones is ended, on the lane since that may take a while."""
        if self._used:
            with suppress(TooManyRequestsException):  # then the next call of the function does it
                self._lane.submit("", self._forget_changed)

    def _forget_changed(self) -> None:
        current = self._snapshots.functions()
        with self._guard:
            gone = {arn: use for arn, use in self._used.items() if not _is_current(current.get(arn), use)}
            for arn in gone:
                del self._used[arn]
        for arn, use in gone.items():
            self._forget(arn, use)

    def _record(self, call: _Call, answer: Answer) -> FunctionCall:
        function, invocation = call.function, call.invocation
        details: dict[str, Any] = {"log": answer.log, "error": answer.error}
        if self._keeps_payloads:
            details |= {"event": _bounded(invocation.event), "answer": _bounded(answer.value)}
        return FunctionCall(
            account_id=function.account_id,
            name=function.name,
            kind=function.kind,
            pool_id=invocation.pool_id,
            source=_source(invocation.event),
            request_id=invocation.request_id,
            at=call.at,
            milliseconds=answer.milliseconds,
            outcome=answer.outcome,
            tries=answer.tries,
            details=details,
            call_id=call.call_id,
        )


def _refusal(text: str) -> FunctionUnavailableError:
    """What a caller of the API may read too: it names nothing of the server."""
    return FunctionUnavailableError(text, told=text)


def _pass_on(done: "Future[Answer]", answer: "Future[Answer]") -> None:
    """Gives what came of a call to whoever waits for it, if anybody still does."""
    if done.cancelled():
        return
    with suppress(InvalidStateError):
        if error := done.exception():
            answer.set_exception(error)
        else:
            answer.set_result(done.result())


def _is_current(function: Function | None, use: tuple[str, str]) -> bool:
    return function is not None and function.is_enabled and (function.kind, function.revision) == use


def _source(event: Mapping[str, Any]) -> str:
    """The trigger source; empty for what an operator's own event may have in its place."""
    source = event.get("triggerSource")
    return source if isinstance(source, str) and _SOURCE.fullmatch(source) else ""


def _parsed(payload: bytes) -> Any:
    try:
        value = orjson.loads(payload)
        orjson.dumps(value)  # what is read may be nested too deeply to be written
    except (orjson.JSONDecodeError, orjson.JSONEncodeError):
        return payload.decode(errors="replace")
    return value


def _bounded(value: Any) -> Any:
    """A payload to keep, None for one that is too large."""
    return value if len(orjson.dumps(value)) <= MOST_PAYLOAD else None
