"""The warm processes of one function, shared by the threads that call it, and the thread that starts and tidies them all."""

import queue
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

from app.gateways.functions import FunctionUnavailableError
from app.gateways.lambda_runtime.process import HandlerProcess

_TICK_SECONDS = 1.0


class Keeper:
    """A thread that starts processes and calls `tidy` every second. Starts with its first order.

    The kernel ends a process when the *thread* that started it ends, so all are started by this one, which stays.
    """

    def __init__(self, tidy: Callable[[], None]) -> None:
        self._tidy = tidy
        self._orders: queue.SimpleQueue[tuple[Future[HandlerProcess], Callable[[], HandlerProcess]] | None]
        self._orders = queue.SimpleQueue()
        self._lock = threading.Lock()
        self._thread: threading.Thread | None = None
        self._is_closed = False

    def start(self, make: Callable[[], HandlerProcess]) -> HandlerProcess:
        """Runs `make` on the thread; raises what it raises."""
        made: Future[HandlerProcess] = Future()
        with self._lock:
            if self._is_closed:
                raise FunctionUnavailableError("the server is stopping")
            if self._thread is None:
                self._thread = threading.Thread(target=self._run, name="local-functions", daemon=True)
                self._thread.start()
            self._orders.put((made, make))
        return made.result()

    def close(self) -> None:
        """Ends the thread, and so every process that is still there."""
        with self._lock:
            self._is_closed = True
            self._orders.put(None)
        if self._thread:
            self._thread.join()

    def _run(self) -> None:
        tidied_at = time.monotonic()
        while True:
            try:
                order = self._orders.get(timeout=_TICK_SECONDS)
                if order is None:
                    return
                _carry_out(*order)
            except queue.Empty:
                pass
            if time.monotonic() - tidied_at >= _TICK_SECONDS:
                self._tidy()
                tidied_at = time.monotonic()


def _carry_out(made: Future[HandlerProcess], make: Callable[[], HandlerProcess]) -> None:
    try:
        made.set_result(make())
    except BaseException as error:  # noqa: BLE001 - raised where it is waited for
        made.set_exception(error)


class WarmProcesses:
    """The processes of one revision of a function: `most` at a time, each lent to one thread. `start` makes one."""

    def __init__(self, revision: str, most: int, start: Callable[[], HandlerProcess]) -> None:
        self.revision = revision
        self._most, self._start = most, start
        self._changed = threading.Condition()
        self._idle: list[HandlerProcess] = []
        self._lent: set[HandlerProcess] = set()
        self._starting = 0
        self._is_closed = False

    def take(self, until: float) -> HandlerProcess:
        """A process for one call, started if need be; raises FunctionUnavailableError if none gets free in time."""
        with self._changed:
            while not self._is_closed:
                if self._idle:
                    process = self._idle.pop()
                    self._lent.add(process)
                    return process
                if len(self._lent) + self._starting < self._most:
                    self._starting += 1
                    break
                left = until - time.monotonic()
                if left <= 0:
                    raise FunctionUnavailableError(f"all of its {self._most} processes are busy")
                self._changed.wait(left)
            else:
                raise FunctionUnavailableError("it was changed, or the server is stopping")
        return self._started()

    def _started(self) -> HandlerProcess:
        try:
            process = self._start()
        except BaseException:
            with self._changed:
                self._starting -= 1
                self._changed.notify_all()
            raise
        with self._changed:
            self._starting -= 1
            self._lent.add(process)
            if self._is_closed:
                process.kill()  # the call that it was started for finds out
        return process

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
