"""The one HTTP client of the house, for URLs that others may have chosen.

What is asked for goes to public addresses over https, unless the operator allows more (POOLHOUSE_OUTBOUND_ALLOW). A name
is looked up once, every address of it is checked, and the connection goes to an address that was checked: a name that
changes between the two (DNS rebinding) gains nothing. Redirects are not followed and proxies of the environment are not
used. Certificates are verified against the name. https://owasp.org/www-community/attacks/Server_Side_Request_Forgery
"""

import socket
import ssl
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import httpx

from app.gateways.addresses import Address, AllowedPeer, is_name, is_public, literal
from app.gateways.deadlines import cut_at
from app.kit.segments import check_outside_segment

_MAX_URL = 2_048
_MAX_ADDRESSES = 4
_MAX_LOOKUPS = 32
_MAX_KEPT = 64
# A second address gets its turn within the five seconds of a trigger.
_CONNECT_SECONDS = 3
_IDLE_SECONDS = 20
# As long may a connection serve a name that has other addresses by now.
_KEPT_SECONDS = 60


class OutboundError(Exception):
    """No answer came. `text` names the host and the reason, never the path, the query or a header.

    `is_final` says that trying again would not help: the URL or its address is not allowed, or the request is no HTTP.
    """

    def __init__(self, text: str, *, is_final: bool = False) -> None:
        self.text = text
        self.is_final = is_final
        super().__init__(text)


@dataclass(frozen=True, slots=True)
class Reply:
    """What the peer answered, redirects and errors too. Header names are in small letters; the body is as it came."""

    status: int
    headers: Mapping[str, str]
    body: bytes


@dataclass(frozen=True, slots=True)
class Target:
    """Where a URL leads: the host in ASCII and small letters, without brackets or a dot at its end."""

    url: httpx.URL
    scheme: str
    host: str
    port: int

    @property
    def peer(self) -> tuple[str, str, int]:
        """What a connection is made to."""
        return self.scheme, self.host, self.port


def parse_target(url: str) -> Target:
    """Where an absolute http(s) URL leads; raises ValueError, whose text does not repeat the URL."""
    if len(url) > _MAX_URL or not url.isprintable() or " " in url:
        raise ValueError("is not a URL")
    try:
        parsed = httpx.URL(url)
        host = parsed.raw_host.decode("ascii").removesuffix(".")
    except (httpx.InvalidURL, ValueError):
        raise ValueError("is not a URL") from None
    if parsed.scheme not in ("http", "https") or not host:
        raise ValueError("must be an https URL")
    if parsed.userinfo:
        raise ValueError("must not hold a user name or password")
    if "#" in url:
        raise ValueError("must not have a fragment")
    if literal(host) is None and not is_name(host):
        raise ValueError("has no valid host")
    port = parsed.port if parsed.port is not None else {"http": 80, "https": 443}[parsed.scheme]
    if not 0 < port < 65_536:
        raise ValueError("has no valid port")
    return Target(parsed.copy_with(host=host), parsed.scheme, host, port)


class Outbound:
    """Sends requests out, safe among threads. `ca_file` adds an authority to those that the machine trusts."""

    def __init__(self, allowed: Sequence[AllowedPeer] = (), ca_file: Path | None = None) -> None:
        self._allowed = tuple(allowed)
        self._ca_file = ca_file
        self._lookups = _Lookups()
        self._kept = _KeptLines()

    def check_url(self, url: str) -> None:
        """Raises ValueError unless `send` could take the URL, as far as can be told without looking its name up."""
        self._check(parse_target(url))

    def send(
        self, method: str, url: str, headers: Mapping[str, str], body: bytes, seconds: float, max_bytes: int
    ) -> Reply:
        """Sends one request, once, and waits for the whole answer; raises OutboundError.

        `seconds` limits it in all, looking up and connecting included; `max_bytes` limits the body of the answer.
        """
        check_outside_segment("outbound HTTP")
        deadline = time.monotonic() + seconds
        try:
            target = parse_target(url)
            self._check(target)
        except ValueError as error:
            raise OutboundError(f"the URL {error}", is_final=True) from None
        request = _request(method, target, headers, body)
        failure = OutboundError(f"{target.host}: no address")
        for line in self._lines(target, deadline):
            try:
                reply = line.exchange(request, deadline, max_bytes)
            except _UnreachedError as error:
                failure = error
                continue
            self._kept.put(line)
            return reply
        raise failure

    def close(self) -> None:
        """Ends the connections that are kept."""
        self._kept.close()

    def _lines(self, target: Target, deadline: float) -> "Iterator[_Line]":
        """Ways to the target, to be tried in turn: a kept connection, then each of its addresses."""
        kept = self._kept.take(target)
        if kept:
            yield kept
        addresses = self._lookups.find(target, deadline)
        for address in addresses:
            try:
                self._check(target, address)
            except ValueError as error:
                raise OutboundError(f"{target.host}: {error}", is_final=True) from None
        for address in addresses[:_MAX_ADDRESSES]:
            yield _Line(target, address, self._context)

    def _check(self, target: Target, address: Address | None = None) -> None:
        """Raises ValueError unless the target may be called, at `address` if that is known."""
        address = address or literal(target.host)
        if any(peer.covers(*target.peer, address) for peer in self._allowed):
            return
        if target.scheme != "https":
            raise ValueError("must be an https URL")
        if address and not is_public(address):
            raise ValueError("is not at a public address")

    @cached_property
    def _context(self) -> ssl.SSLContext:
        context = ssl.create_default_context()
        if self._ca_file:
            context.load_verify_locations(self._ca_file)
        return context


def _request(method: str, target: Target, headers: Mapping[str, str], body: bytes) -> httpx.Request:
    try:
        members = httpx.Headers(headers)
    except UnicodeError:
        raise OutboundError(f"{target.host}: a header is not ASCII", is_final=True) from None
    members.setdefault("User-Agent", "Poolhouse")
    members["Host"] = target.url.netloc.decode("ascii")
    # What is unpacked could be far larger than what was limited.
    members["Accept-Encoding"] = "identity"
    return httpx.Request(method, target.url, headers=members, content=body or None)


class _UnreachedError(OutboundError):
    """The peer has seen nothing of the request."""


class _Line:
    """A connection to one checked address, for one name. Used by one thread at a time."""

    def __init__(self, target: Target, address: Address, context: ssl.SSLContext) -> None:
        self.peer = target.peer
        self._address = str(address)
        self._stale_at = time.monotonic() + _KEPT_SECONDS
        self._is_cut = False
        # The connection itself, and a second handle of it, which TLS does not take away.
        self._stream: Any = None
        self._socket: socket.socket | None = None
        # Should the peer have hung up it connects again, to the same address.
        limits = httpx.Limits(max_connections=1, max_keepalive_connections=1, keepalive_expiry=_IDLE_SECONDS)
        self._transport = httpx.HTTPTransport(verify=context, trust_env=False, limits=limits)

    def is_open(self) -> bool:
        """Whether another request may go over it, as far as we have seen."""
        return int(self._stream.get_extra_info("socket").fileno()) >= 0

    def is_stale(self) -> bool:
        return time.monotonic() >= self._stale_at

    def exchange(self, request: httpx.Request, deadline: float, max_bytes: int) -> Reply:
        """Sends the request and reads the answer; raises OutboundError, and is closed then."""
        host = self.peer[1]
        try:
            with cut_at(deadline, self._cut):
                reply = self._exchange(self._addressed(request, deadline), max_bytes)
            if not self._is_cut:
                return reply
            error: Exception = TimeoutError()
        except (httpx.TransportError, OSError, _TooLongError) as caught:
            error = caught
        except BaseException:
            self.close()
            raise
        self.close()
        if isinstance(error, httpx.ConnectError | httpx.ConnectTimeout) and time.monotonic() < deadline:
            raise _UnreachedError(f"{host}: not connected ({_reason(error)})") from None
        reason = "no answer in time" if self._is_cut or time.monotonic() >= deadline else _reason(error)
        raise OutboundError(f"{host}: {reason}", is_final=isinstance(error, httpx.LocalProtocolError)) from None

    def close(self) -> None:
        self._transport.close()
        if self._socket:
            self._socket.close()
            self._socket = None

    def _addressed(self, request: httpx.Request, deadline: float) -> httpx.Request:
        """The request for the address instead of the name, which stays in its Host header and in the TLS handshake."""
        left = max(0.001, deadline - time.monotonic())
        extensions = {
            "sni_hostname": self.peer[1],
            "timeout": {"connect": min(left, _CONNECT_SECONDS), "read": left, "write": left, "pool": left},
            "trace": self._note_connection,
        }
        url = request.url.copy_with(host=self._address)
        return httpx.Request(request.method, url, headers=request.headers, stream=request.stream, extensions=extensions)

    def _exchange(self, request: httpx.Request, max_bytes: int) -> Reply:
        response = self._transport.handle_request(request)
        try:
            body = bytearray()
            for part in response.iter_raw():
                body += part
                if len(body) > max_bytes:
                    raise _TooLongError
        finally:
            response.close()
        return Reply(response.status_code, dict(response.headers.items()), bytes(body))

    def _note_connection(self, event: str, details: Mapping[str, Any]) -> None:
        """Keeps hold of the connection that the transport has made."""
        if event in ("connection.connect_tcp.complete", "connection.start_tls.complete"):
            self._stream = details["return_value"]
        if event == "connection.connect_tcp.complete":
            if self._socket:
                self._socket.close()
            self._socket = self._stream.get_extra_info("socket").dup()
            if self._is_cut:
                self._cut()

    def _cut(self) -> None:
        self._is_cut = True
        if self._socket:
            with suppress(OSError):
                self._socket.shutdown(socket.SHUT_RDWR)


class _TooLongError(Exception):
    """The body is longer than the caller takes."""


def _reason(error: Exception) -> str:
    """What went wrong, in words that hold nothing of the request: those of other errors may quote a header."""
    if isinstance(error, _TooLongError):
        return "the answer is too long"
    if isinstance(error, httpx.ConnectError):
        return str(error) or "ConnectError"
    return type(error).__name__


class _KeptLines:
    """Connections that wait for their next request, the oldest first."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._lines: list[_Line] = []
        self._is_closed = False

    def take(self, target: Target) -> _Line | None:
        """The connection to the target that was used last."""
        with self._lock:
            stale = [line for line in self._lines if line.is_stale()]
            self._lines = [line for line in self._lines if line not in stale]
            found = next((line for line in reversed(self._lines) if line.peer == target.peer), None)
            if found:
                self._lines.remove(found)
        for line in stale:
            line.close()
        return found

    def put(self, line: _Line) -> None:
        """Keeps a connection whose answer has been read, if it is still one."""
        if not line.is_open():
            line.close()
            return
        with self._lock:
            self._lines.append(line)
            surplus = self._lines if self._is_closed else self._lines[:-_MAX_KEPT]
            self._lines = [] if self._is_closed else self._lines[-_MAX_KEPT:]
        for each in surplus:
            each.close()

    def close(self) -> None:
        with self._lock:
            self._is_closed = True
            lines, self._lines = self._lines, []
        for line in lines:
            line.close()


class _Lookups:
    """Looks names up in threads of its own: the C library's resolver takes no time limit. Each name is asked for once."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._under_way: dict[str, Future[list[Address]]] = {}

    def find(self, target: Target, deadline: float) -> list[Address]:
        """The addresses of the target in the resolver's order; raises OutboundError."""
        address = literal(target.host)
        if address:
            return [address]
        try:
            return self._ask(target.host).result(max(0.0, deadline - time.monotonic()))
        except TimeoutError:
            raise OutboundError(f"{target.host}: name not looked up in time") from None
        except OSError:
            raise OutboundError(f"{target.host}: name not found") from None

    def _ask(self, host: str) -> "Future[list[Address]]":
        with self._lock:
            found = self._under_way.get(host)
            if found:
                return found
            if len(self._under_way) >= _MAX_LOOKUPS:
                raise OutboundError(f"{host}: too many names are being looked up")
            future = self._under_way[host] = Future()
        threading.Thread(target=self._look_up, args=(host, future), name="lookup", daemon=True).start()
        return future

    def _look_up(self, host: str, future: "Future[list[Address]]") -> None:
        try:
            answers = socket.getaddrinfo(host.encode("ascii"), None, type=socket.SOCK_STREAM)
            future.set_result(list(dict.fromkeys(ip_address(str(answer[4][0])) for answer in answers)))
        except (OSError, ValueError) as error:
            future.set_exception(error if isinstance(error, OSError) else OSError())
        finally:
            with self._lock:
                del self._under_way[host]
