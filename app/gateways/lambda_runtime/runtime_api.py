"""The Lambda Runtime API of one process: a port of its own on loopback, which answers that process and nobody else.

Driven by the thread that calls the function, one at a time: while nobody calls, nobody reads.
"""

import os
import selectors
import socket
import time
from collections.abc import Callable, Mapping
from contextlib import suppress

from app.gateways.lambda_runtime.peers import is_held_by, uses_more_than
from app.gateways.lambda_runtime.wire import Request, RequestReader, response

_CONNECTIONS = 8
_CHUNK = 65_536
_LOG_BYTES = 4096
_LOOK_SECONDS = 0.05


class EndedError(Exception):
    """The process is gone."""


class OverMemoryError(Exception):
    """The process and what it started use more memory than they may."""


class _Connection:
    """A connection of the process's runtime client."""

    def __init__(self, taken: socket.socket) -> None:
        self.socket = taken
        self.reader = RequestReader()


class RuntimeApi:
    """Listens for one process, and reads what it prints. Not safe among threads."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=16)
        self._listener.setblocking(False)
        self._selector = selectors.DefaultSelector()
        self._connections: list[_Connection] = []
        self._asking: _Connection | None = None
        self._log = bytearray()
        # `output` is what the process prints into; it is the process's alone once it is attached.
        self._log_handle, self.output = os.pipe()
        os.set_blocking(self._log_handle, False)
        self._handles = [self._log_handle, self.output]
        self._is_ended = False
        self._looked_at = 0.0

    @property
    def address(self) -> str:
        """What AWS_LAMBDA_RUNTIME_API says: host:port."""
        host, port = self._listener.getsockname()
        return f"{host}:{port}"

    def attach(self, pid: int, uid: int, memory_bytes: int) -> None:
        """Answers the process `pid` of the user `uid` from now on."""
        self._pid, self._uid, self._memory_bytes = pid, uid, memory_bytes
        self._handles.remove(self.output)
        os.close(self.output)
        ended = os.pidfd_open(pid)
        self._handles.append(ended)
        self._watch(ended, self._ended)
        self._watch(self._log_handle, self._printed)
        self._watch(self._listener, self._accept)

    def next_request(self, until: float) -> Request:
        """The next request of the process; `answer` has to follow. `until` is a time of the monotonic clock.

        Raises TimeoutError, EndedError, OverMemoryError, wire.TooLargeError, wire.MalformedError.
        """
        while True:
            left = until - time.monotonic()
            if left <= 0:
                raise TimeoutError
            for key, _ in self._selector.select(min(left, _LOOK_SECONDS)):
                request: Request | None = key.data()
                if request is not None:
                    return request
            if self._is_ended:
                raise EndedError
            self._look_at_memory()

    def answer(self, status: int, headers: Mapping[str, str], body: bytes, until: float) -> None:
        """Answers the request that `next_request` gave; raises TimeoutError and EndedError."""
        connection, self._asking = self._asking, None
        if connection is None:
            raise EndedError
        try:
            connection.socket.settimeout(max(until - time.monotonic(), 0.001))
            connection.socket.sendall(response(status, headers, body))
            connection.socket.setblocking(False)
        except TimeoutError:
            raise
        except OSError as error:
            raise EndedError from error

    def take_log(self) -> str:
        """The last 4 KB that the process printed since this was asked before."""
        while self._log_handle in self._selector.get_map() and self._read_log():
            pass
        text = self._log.decode("utf-8", "replace")
        self._log.clear()
        # awslambdaric ends the lines of a traceback by carriage returns.
        return text.replace("\r\n", "\n").replace("\r", "\n")

    def close(self) -> None:
        """Closes the port and all connections."""
        self._selector.close()
        for connection in self._connections:
            connection.socket.close()
        self._listener.close()
        for handle in self._handles:
            os.close(handle)

    def _watch(self, source: int | socket.socket, then: Callable[[], Request | None]) -> None:
        self._selector.register(source, selectors.EVENT_READ, then)

    def _ended(self) -> None:
        self._is_ended = True

    def _printed(self) -> None:
        self._read_log()

    def _accept(self) -> None:
        with suppress(OSError):
            taken, _ = self._listener.accept()
            if len(self._connections) >= _CONNECTIONS or not is_held_by(taken, self._pid, self._uid):
                taken.close()
                return
            taken.setblocking(False)
            taken.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            connection = _Connection(taken)
            self._connections.append(connection)
            self._watch(taken, lambda: self._read(connection))

    def _read(self, connection: _Connection) -> Request | None:
        try:
            data = connection.socket.recv(_CHUNK)
        except BlockingIOError:
            return None
        except OSError:
            data = b""
        if not data:
            self._drop(connection)
            return None
        request = connection.reader.feed(data)
        if request is not None:
            self._asking = connection
        elif connection.reader.expects_continue:
            connection.reader.expects_continue = False
            with suppress(OSError):
                connection.socket.send(b"HTTP/1.1 100 Continue\r\n\r\n")
        return request

    def _drop(self, connection: _Connection) -> None:
        self._selector.unregister(connection.socket)
        self._connections.remove(connection)
        connection.socket.close()
        if self._asking is connection:
            self._asking = None

    def _read_log(self) -> int:
        """Reads once; gives how much there was."""
        try:
            data = os.read(self._log_handle, _CHUNK)
        except BlockingIOError:
            return 0
        if not data:
            self._selector.unregister(self._log_handle)
        self._log += data
        del self._log[:-_LOG_BYTES]
        return len(data)

    def _look_at_memory(self) -> None:
        now = time.monotonic()
        if now - self._looked_at < _LOOK_SECONDS:
            return
        self._looked_at = now
        if uses_more_than(self._memory_bytes, self._pid):
            raise OverMemoryError
