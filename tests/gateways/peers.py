"""Peers that gateways meet on 127.0.0.1: an HTTP server that answers as told, and one that does as it likes with a connection."""

import json
import socket
import ssl
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

from tests.tls import Authority


@dataclass(frozen=True, slots=True)
class Received:
    """A request as it came; header names in small letters. `connection` tells connections apart."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes
    connection: tuple[str, int]


@dataclass(frozen=True, slots=True)
class Answer:
    """What is answered."""

    status: int = 200
    body: bytes = b"{}"
    headers: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, value: Any, status: int = 200) -> "Answer":
        """JSON."""
        return cls(status, json.dumps(value).encode(), {"Content-Type": "application/json"})


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    # Of more connections than wait here some are reset before they are accepted.
    request_queue_size = 128


class HttpPeer:
    """Answers every request by `answer`, and keeps what it was asked and by which TLS names."""

    def __init__(self, answer: Callable[[Received], Answer]) -> None:
        self.answer = answer
        self.received: list[Received] = []
        self.tls_names: list[str | None] = []
        peer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"
            wbufsize = -1  # head and body go out in one packet

            def handle_any(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                headers = {name.lower(): value for name, value in self.headers.items()}
                request = Received(self.command, self.path, headers, body, self.client_address)
                peer.received.append(request)
                answer = peer.answer(request)
                self.send_response(answer.status)
                for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = do_PUT = handle_any  # noqa: N815 - the names that http.server calls

            def log_message(self, format: str, *args: Any) -> None:  # noqa: A002
                """Says nothing."""

        self._server = _Server(("127.0.0.1", 0), Handler)
        self._server.handle_error = lambda *_: None  # type: ignore[method-assign]
        self.port = self._server.server_port

    def use_tls(self, certificate: Path) -> None:
        """Speaks TLS, with the certificate and key of this file."""
        context = _server_context(certificate)
        context.sni_callback = lambda _socket, name, _context: self.tls_names.append(name)
        # The handshake is then the business of the connection's own thread.
        self._server.socket = context.wrap_socket(self._server.socket, server_side=True, do_handshake_on_connect=False)

    def start(self) -> None:
        threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


def _server_context(certificate: Path) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    return context


@contextmanager
def http_peer(answer: Callable[[Received], Answer], certificate: Path | None = None) -> Iterator[HttpPeer]:
    """A running HTTP(S) server."""
    peer = HttpPeer(answer)
    if certificate:
        peer.use_tls(certificate)
    peer.start()
    try:
        yield peer
    finally:
        peer.close()


class RawPeer:
    """Gives every connection to `behave`, in a thread of its own, and closes it afterwards; OSErrors end it quietly."""

    def __init__(self, behave: Callable[[socket.socket], None], certificate: Path | None) -> None:
        self._behave = behave
        self._tls = _server_context(certificate) if certificate else None
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listener.getsockname()[1])
        self.connections = 0
        threading.Thread(target=self._accept, daemon=True).start()

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        with suppress(OSError):
            if self._tls:
                connection = self._tls.wrap_socket(connection, server_side=True)
            with connection:
                self._behave(connection)


@contextmanager
def raw_peer(behave: Callable[[socket.socket], None], certificate: Path | None = None) -> Iterator[RawPeer]:
    """A running server of any kind, over TLS if it has a certificate."""
    peer = RawPeer(behave, certificate)
    try:
        yield peer
    finally:
        peer.close()


def hang(connection: socket.socket) -> None:
    """Reads and never answers."""
    while connection.recv(65_536):
        pass


def drip(data: bytes, seconds: float = 0.05) -> Callable[[socket.socket], None]:
    """Answers `data` byte by byte, the last one for ever."""
    pause = threading.Event()

    def behave(connection: socket.socket) -> None:
        connection.recv(65_536)
        for byte in data:
            connection.sendall(bytes([byte]))
            pause.wait(seconds)
        while True:
            connection.sendall(data[-1:])
            pause.wait(seconds)

    return behave


def say(data: bytes) -> Callable[[socket.socket], None]:
    """Answers `data`, whatever is asked, and hangs up."""

    def behave(connection: socket.socket) -> None:
        connection.recv(65_536)
        connection.sendall(data)
        connection.shutdown(socket.SHUT_WR)
        hang(connection)  # to close with something unread would take back what was said

    return behave


def issue_certificate(authority: Authority, host: str, folder: Path) -> Path:
    """A file with a certificate for `host` and its key."""
    path = folder / f"{host}.pem"
    path.write_bytes(b"".join(authority.issue(host)))
    return path
