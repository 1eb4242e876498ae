"""Runs local functions: finds the warm processes of each, and ends those that nobody needs."""

import threading
import time

from app.gateways.functions import FunctionSpec, FunctionUnavailableError, Output
from app.gateways.lambda_runtime.configuration import LocalFunction, changed_at, parse_local
from app.gateways.lambda_runtime.isolation import Isolation, Level, isolation_of, parse_users
from app.gateways.lambda_runtime.process import GoneError, HandlerProcess, StillStartingError
from app.gateways.lambda_runtime.warm import Tidier, WarmProcesses
from app.gateways.lambda_runtime.wire import MOST_BODY_BYTES

_IDLE_SECONDS = 300.0
_CLOSE_SECONDS = 5.0


class LocalRunner:
    """The Runner of functions of the kind "local"; see `check_local` for their configuration. Linux only.

    `isolation` is "none" in development. With "required" each process runs as an unprivileged user of its own (`user`: a name
    or a range as in "200000-200063"; a server that runs as root needs it) or in a bubblewrap namespace, and where neither can
    be, functions are refused. Starts nothing before the first call, so a worker may be forked before.
    """

    def __init__(
        self,
        isolation: Level = "required",
        user: str = "",
        idle_seconds: float = _IDLE_SECONDS,
        *,
        reloads: bool = False,
    ) -> None:
        """With `reloads` a call finds the handler as its files now are. Raises ValueError for a `user` that is none."""
        if user:
            parse_users(user)
        self._level, self._user, self._idle_seconds = isolation, user, idle_seconds
        self._reloads = reloads
        self._lock = threading.Lock()
        self._tidier = Tidier(self._tidy)
        self._functions: dict[str, WarmProcesses] = {}
        self._retired: list[WarmProcesses] = []
        self._isolation: Isolation | None = None
        self._is_closed = False

    def run(self, spec: FunctionSpec, payload: bytes, request_id: str, seconds: float) -> Output:
        """Calls the handler with `payload`; raises FunctionError and FunctionUnavailableError.

        A process that is not ready within `seconds` goes on starting for the next call, ten seconds in all.
        """
        until = time.monotonic() + seconds
        if len(payload) > MOST_BODY_BYTES:
            raise FunctionUnavailableError("the event is larger than 6 MB")
        function = self._function(spec)
        while True:
            process = function.take(until)
            try:
                return process.call(payload, request_id, until)
            except GoneError:
                continue
            except StillStartingError:
                raise FunctionUnavailableError(f"it was not ready within {seconds:g} seconds") from None
            finally:
                function.give_back(process)

    def forget(self, arn: str) -> None:
        """Ends the processes of a function, each after the call that it is busy with."""
        with self._lock:
            function = self._functions.pop(arn, None)
            if function:
                self._retired.append(function)
        if function:
            function.retire()

    def close(self) -> None:
        """Ends all processes at once; calls that wait for one fail, and so do later ones."""
        with self._lock:
            self._is_closed = True
            functions = [*self._functions.values(), *self._retired]
        until = time.monotonic() + _CLOSE_SECONDS
        for function in functions:
            function.close(until)
        self._tidier.close()

    def _function(self, spec: FunctionSpec) -> WarmProcesses:
        revision = f"{spec.revision} {changed_at(spec.configuration)}" if self._reloads else spec.revision
        with self._lock:
            known = self._functions.get(spec.arn)
        if known and known.revision == revision:
            return known
        made = self._made(spec, revision)
        with self._lock:
            if self._is_closed:
                raise FunctionUnavailableError("the server is stopping")
            known = self._functions.get(spec.arn)
            if known and known.revision == revision:  # another thread was first; `made` has no process yet
                return known
            self._tidier.start()
            self._functions[spec.arn] = made
            if known:
                self._retired.append(known)
        if known:
            known.retire()
        return made

    def _made(self, spec: FunctionSpec, revision: str) -> WarmProcesses:
        try:
            function = parse_local(spec.configuration)
        except ValueError as error:
            raise FunctionUnavailableError(str(error)) from error
        if not (spec.arn + spec.name).isascii() or not (spec.arn + spec.name).isprintable():
            raise FunctionUnavailableError("its ARN and name must be printable ASCII")
        return WarmProcesses(revision, function.concurrency, lambda: self._process(spec, function))

    def _process(self, spec: FunctionSpec, function: LocalFunction) -> HandlerProcess:
        """Starts a process, on the thread that it belongs to. The first few may find out at once what isolates them."""
        if self._isolation is None:
            self._isolation = isolation_of(self._level, self._user)
        try:
            return HandlerProcess(spec, function, self._isolation.open(function.reads()))
        except (OSError, ValueError) as error:
            raise FunctionUnavailableError(f"its process cannot be started: {error}") from error

    def _tidy(self) -> None:
        with self._lock:
            self._retired = [function for function in self._retired if not function.is_over()]
            functions = list(self._functions.values())
        for function in functions:
            function.tidy(self._idle_seconds)
