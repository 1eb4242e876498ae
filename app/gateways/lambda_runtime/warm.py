"""The warm processes of one function, shared by the threads that call it; and the thread that tidies those of all."""

import threading
import time
from collections.abc import Callable

import structlog

from app.gateways.functions import FunctionUnavailableError
from app.gateways.lambda_runtime.process import HandlerProcess

_TICK_SECONDS = 1.0
_log = structlog.get_logger()


class Tidier:
    """A thread that calls `tidy` every second from `start` on, until `close`."""

    def __init__(self, tidy: Callable[[], None]) -> None:
        self._tidy = tidy
        self._closed = threading.Event()
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Starts the thread, if it does not run; to be called by one thread at a time."""
        if self._thread is None:
            self._thread = threading.Thread(target=self._run, name="local-functions", daemon=True)
            self._thread.start()

    def close(self) -> None:
        """Ends the thread."""
        self._closed.set()
        if self._thread:
            self._thread.join()

    def _run(self) -> None:
        while not self._closed.wait(_TICK_SECONDS):
            try:
                self._tidy()
            except Exception:  # noqa: BLE001 - logged; the next time may go better
                _log.exception("functions_not_tidied")


class _Start:
    """A process that is being started: whether that is over, and what came instead of one."""

    is_over = False
    error: BaseException | None = None


class WarmProcesses:
    """The processes of one revision of a function: `most` at a time, each lent to one thread. `start` makes one.

    Each is started by a thread of its own, which stays as long as the process: the kernel ends a process when the *thread*
    that started it ends. So a start that hangs holds up nobody but who waits for it, and no longer than that one wants.
    """

    def __init__(self, revision: str, most: int, start: Callable[[], HandlerProcess]) -> None:
        self.revision = revision
        self._most, self._start = most, start
        self._changed = threading.Condition()
        self._idle: list[HandlerProcess] = []
        self._lent: set[HandlerProcess] = set()
        self._starting = 0
        self._is_closed = False

    def take(self, until: float) -> HandlerProcess:
        """A process for one call, started if need be; raises FunctionUnavailableError if there is none in time.

        One that comes too late is there for the next call. Raises what `start` raises.
        """
        start: _Start | None = None
        with self._changed:
            while not self._is_closed:
                if self._idle:
                    process = self._idle.pop()
                    self._lent.add(process)
                    return process
                if start and start.error:
                    raise start.error
                if (start is None or start.is_over) and len(self._lent) + self._starting < self._most:
                    start = self._begin()
                left = until - time.monotonic()
                if left <= 0:
                    raise FunctionUnavailableError(self._why_none(start))
                self._changed.wait(left)
        raise FunctionUnavailableError("it was changed, or the server is stopping")

    def _why_none(self, start: _Start | None) -> str:
        if start and not start.is_over:
            return "its process was not started in time"
        return f"all of its {self._most} processes are busy"

    def _begin(self) -> _Start:
        start = _Start()
        threading.Thread(target=self._start_and_stay, args=(start,), name="local-function", daemon=True).start()
        self._starting += 1
        return start

    def _start_and_stay(self, start: _Start) -> None:
        try:
            process = self._start()
        except BaseException as error:  # noqa: BLE001 - raised where it is waited for
            self._note(start, error=error)
            return
        if not self._note(start, process):
            self.give_back(process)
        process.wait_for_end()

    def _note(self, start: _Start, process: HandlerProcess | None = None, error: BaseException | None = None) -> bool:
        """Tells those who wait what came of a start; whether the process is still wanted."""
        with self._changed:
            self._starting -= 1
            start.is_over, start.error = True, error
            if process and self._is_closed:
                self._lent.add(process)
            elif process:
                self._idle.append(process)
            self._changed.notify_all()
            return not self._is_closed

    def give_back(self, process: HandlerProcess) -> None:
        """Takes a process back after a call, and ends it if it cannot take another."""
        with self._changed:
            keep = process.is_usable and not self._is_closed
            if keep:
                self._idle.append(process)
                self._lent.discard(process)
                self._changed.notify()
        if not keep:
            try:
                process.end()
            finally:
                with self._changed:
                    self._lent.discard(process)
                    self._changed.notify_all()

    def tidy(self, idle_seconds: float) -> None:
        """Ends idle processes that were not used for long, have died, or use too much memory."""
        now = time.monotonic()
        with self._changed:
            idle = self._idle
            self._idle = [process for process in idle if _is_good(process, now - idle_seconds)]
            ended = set(idle) - set(self._idle)
        for process in ended:
            process.end()

    def retire(self) -> None:
        """Ends idle processes now, and each of the others after its call."""
        with self._changed:
            self._is_closed = True
            idle, self._idle = self._idle, []
            self._changed.notify_all()
        for process in idle:
            process.end()

    def close(self, until: float) -> None:
        """Ends all processes, also in the middle of a call, and waits for it until then."""
        self.retire()
        with self._changed:
            for process in self._lent:
                process.kill()
            while not self._is_empty() and time.monotonic() < until:
                self._changed.wait(max(until - time.monotonic(), 0))

    def is_over(self) -> bool:
        """Whether it was retired and has no process left."""
        with self._changed:
            return self._is_closed and self._is_empty()

    def _is_empty(self) -> bool:
        return not self._lent and not self._starting


def _is_good(process: HandlerProcess, used_since: float) -> bool:
    return process.used_at >= used_since and process.is_alive() and not process.is_over_memory()
