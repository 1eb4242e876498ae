"""Keeps worker processes running: forks them from a warm parent, replaces those that die, stops them in order.

The parent has imported everything and holds the listening sockets, but no thread, connection or event loop, so a fork is
safe and quick and the workers share its memory. Workers notice when the parent is gone by a pipe and stop by themselves.
Connections to a process that died wait in its socket, which the parent keeps, for the one that takes its place.
"""

import gc
import os
import select
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from types import FrameType

import structlog

from app.kit import metrics

_QUICK_SECONDS = 5.0
_MOST_QUICK_DEATHS = 5
_log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Role:
    """A process to keep running. `run` returns when it has stopped serving on `listener`, after SIGTERM."""

    name: str
    listener: socket.socket
    run: Callable[[], None]


@dataclass(slots=True)
class _Child:
    role: Role
    started_at: float


class Supervisor:
    """Runs one process for each role until SIGTERM or SIGINT."""

    def __init__(self, roles: Sequence[Role], stop_seconds: float) -> None:
        self._roles = roles
        self._stop_seconds = stop_seconds
        self._children: dict[int, _Child] = {}
        self._stopping = False
        self._quick_deaths = 0
        self._wake_reader, self._wake_writer = os.pipe()
        self._alive_reader, self._alive_writer = os.pipe()

    def run(self) -> int:
        """Supervises; returns the exit code of the parent: 1 when workers died too often to go on."""
        self._listen()
        gc.collect()
        gc.freeze()
        for role in self._roles:
            self._start(role)
        while not self._stopping:
            self._wait(1.0)
            self._reap()
        failed = self._quick_deaths >= _MOST_QUICK_DEATHS
        self._stop()
        return 1 if failed else 0

    def _listen(self) -> None:
        for end in (self._wake_reader, self._wake_writer):
            os.set_blocking(end, False)
        signal.set_wakeup_fd(self._wake_writer, warn_on_full_buffer=False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._asked_to_stop)

    def _asked_to_stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping = True

    def _wait(self, seconds: float) -> None:
        if select.select([self._wake_reader], [], [], seconds)[0]:
            os.read(self._wake_reader, 1_024)

    def _start(self, role: Role) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        pid = os.fork()
        if pid == 0:
            self._become(role)
        self._children[pid] = _Child(role, time.monotonic())
        _log.info("process_started", role=role.name, pid=pid)

    def _become(self, role: Role) -> None:
        """The child: never returns."""
        code = 1
        try:
            signal.set_wakeup_fd(-1)
            signal.signal(signal.SIGCHLD, signal.SIG_DFL)
            # uvicorn puts its own handlers over these while it serves, and raises the signal again when it is done.
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, lambda *_: None)
            for end in (self._alive_writer, self._wake_reader, self._wake_writer):
                os.close(end)
            for other in self._roles:
                if other is not role:
                    other.listener.close()
            threading.Thread(target=_stop_with_parent, args=(self._alive_reader,), daemon=True).start()
            role.run()
            code = 0
        except BaseException as error:  # noqa: BLE001 - the last frame of the process
            _log.error("process_failed", role=role.name, error=f"{type(error).__name__}: {error}", exc_info=True)
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)

    def _reap(self) -> None:
        for pid, child in self._ended():
            metrics.forget_process(pid)
            if self._stopping:
                continue
            is_quick = time.monotonic() - child.started_at < _QUICK_SECONDS
            self._quick_deaths = self._quick_deaths + 1 if is_quick else 0
            _log.error("process_died", role=child.role.name, pid=pid, quick_deaths=self._quick_deaths)
            if self._quick_deaths >= _MOST_QUICK_DEATHS:
                _log.error("giving_up", reason="processes die as soon as they start")
                self._stopping = True
                return
            if is_quick:
                self._wait(0.5)
            if not self._stopping:
                self._start(child.role)

    def _ended(self) -> list[tuple[int, _Child]]:
        ended = []
        while self._children:
            try:
                pid, _ = os.waitpid(-1, os.WNOHANG)
            except ChildProcessError:
                break
            if pid == 0:
                break
            if pid in self._children:
                ended.append((pid, self._children.pop(pid)))
        return ended

    def _stop(self) -> None:
        """Asks every child to finish what it has in hand, and kills those that do not. Nobody connects any more."""
        for role in self._roles:
            role.listener.close()
        self._signal(signal.SIGTERM)
        deadline = time.monotonic() + self._stop_seconds
        while self._children and time.monotonic() < deadline:
            self._wait(0.1)
            self._ended()
        if self._children:
            _log.error("processes_killed", pids=list(self._children))
            self._signal(signal.SIGKILL)
        while self._children:
            self._wait(0.1)
            self._ended()

    def _signal(self, number: signal.Signals) -> None:
        for pid in self._children:
            os.kill(pid, number)


def _stop_with_parent(alive: int) -> None:
    """Ends the process as SIGTERM would once the other end of the pipe is closed, however the parent went."""
    os.read(alive, 1)
    os.kill(os.getpid(), signal.SIGTERM)
