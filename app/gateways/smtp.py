"""Mail by SMTP (RFC 5321), always over TLS unless the server is on this machine.

A few connections are kept while they are used. Each wait for the server has a limit, and so has a delivery in all, so that
a server that hangs, or answers a byte at a time, holds a thread for a minute at most.
"""

import smtplib
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from app.gateways.addresses import is_public
from app.gateways.deadlines import cut_at
from app.gateways.mail import compose
from app.gateways.messages import MOST_SECONDS, DeliveryError, OutgoingMessage

CONNECTIONS = 4
TIMEOUT_SECONDS = 15
# "Service not available, closing transmission channel" (RFC 5321, section 4.2.3).
_CLOSING = 421
_READY = 220


@dataclass(frozen=True, slots=True)
class SmtpServer:
    """Where mail goes. `tls` is "implicit" (smtps://), "starttls" or "optional" (taken if offered)."""

    host: str
    port: int
    tls: str
    username: str = ""
    password: str = ""
    ca_file: Path | None = None


def parse_smtp_url(url: str) -> SmtpServer:
    """The server that `smtp://user:password@host:587` or `smtps://...` names; raises ValueError.

    `?cafile=/path` trusts a private authority. `?tls=optional` lets a server without STARTTLS take mail in clear; on
    loopback that is the default. A password never goes out in clear, except on loopback.
    """
    parts = urlsplit(url)
    options = {name: found[-1] for name, found in parse_qs(parts.query).items()}
    if parts.scheme not in ("smtp", "smtps") or not parts.hostname or parts.path.strip("/"):
        raise ValueError("must be smtp://[user:password@]host[:port] or smtps://...")
    if set(options) - {"cafile", "tls"} or options.get("tls", "optional") != "optional":
        raise ValueError("knows the options cafile=<path> and tls=optional")
    username, password = unquote(parts.username or ""), unquote(parts.password or "")
    local = _is_loopback(parts.hostname)
    if "tls" in options and username and not local:
        raise ValueError("tls=optional would let the password go out in clear")
    clear = "optional" if local or "tls" in options else "starttls"
    is_implicit = parts.scheme == "smtps"
    return SmtpServer(
        host=parts.hostname,
        port=parts.port or (465 if is_implicit else 587),
        tls="implicit" if is_implicit else clear,
        username=username,
        password=password,
        ca_file=Path(options["cafile"]) if "cafile" in options else None,
    )


def _is_loopback(host: str) -> bool:
    if host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False


class SmtpGateway:
    """Sends mail through one server, over a few connections that are kept while they are used.

    With `public_only` it connects to public addresses only: for a server that somebody else than the operator has named.
    """

    def __init__(self, server: SmtpServer, *, public_only: bool = False, seconds: float = MOST_SECONDS) -> None:
        self._server = server
        self._public_only = public_only
        self._seconds = seconds
        self._slots = threading.BoundedSemaphore(CONNECTIONS)
        self._lock = threading.Lock()
        self._idle: list[_Connection] = []
        self._is_closed = False

    def send(self, message: OutgoingMessage) -> None:
        """Hands the mail to the server; raises DeliveryError."""
        mail, sender, recipient = compose(message)
        with self._connection() as connection:
            connection.send_message(mail, sender, [recipient])

    def check(self) -> None:
        """Connects and signs in, and nothing more; raises DeliveryError."""
        with self._connection():
            pass
        self.close()

    def close(self) -> None:
        """Says goodbye to the server."""
        with self._lock:
            self._is_closed = True
            idle, self._idle = self._idle, []
        for connection in idle:
            connection.end()

    @contextmanager
    def _connection(self) -> Iterator["_Connection"]:
        """A connection that is signed in, for one delivery: kept if that went well, else ended; raises DeliveryError."""
        deadline = time.monotonic() + self._seconds
        if not self._slots.acquire(timeout=self._seconds):
            raise DeliveryError("no connection came free in time", is_outage=True)
        connection = None
        try:
            connection = self._take(deadline) or self._connect(deadline)
            with connection.until(deadline):
                yield connection
            self._keep(connection)
        except BaseException as error:
            if connection:
                connection.end()
            if not isinstance(error, OSError | smtplib.SMTPException):
                raise
            is_late = time.monotonic() >= deadline
            raise _delivery_error(TimeoutError("no answer in time") if is_late else error) from None
        finally:
            self._slots.release()

    def _take(self, deadline: float) -> "_Connection | None":
        """A kept connection. Servers hang up on idle clients: each is asked first, and dropped if it does not answer."""
        while True:
            with self._lock:
                if not self._idle:
                    return None
                connection = self._idle.pop()
            with connection.until(deadline):
                if connection.answers():
                    return connection
            connection.end()

    def _keep(self, connection: "_Connection") -> None:
        with self._lock:
            is_kept = not self._is_closed
            if is_kept:
                self._idle.append(connection)
        if not is_kept:
            connection.end()

    def _connect(self, deadline: float) -> "_Connection":
        connection = _Connection(self._server, deadline, public_only=self._public_only)
        try:
            with connection.until(deadline):
                connection.open()
        except BaseException:
            connection.close()
            raise
        return connection


class _Connection(smtplib.SMTP):
    """A connection to the server that can be cut at a moment, whatever it is waiting for."""

    def __init__(self, server: SmtpServer, deadline: float, *, public_only: bool) -> None:
        super().__init__(timeout=TIMEOUT_SECONDS)
        self._server = server
        self._deadline = deadline
        self._public_only = public_only
        # What STARTTLS checks the certificate against.
        self._host = server.host
        self._context = ssl.create_default_context(cafile=str(server.ca_file) if server.ca_file else None)
        self._handle: socket.socket | None = None

    def open(self) -> None:
        """Connects, and signs in where there is a password; raises OSError, SMTPException."""
        server = self._server
        code, text = self.connect(server.host, server.port)
        if code != _READY:
            raise smtplib.SMTPConnectError(code, text)
        self.ehlo_or_helo_if_needed()
        if server.tls == "starttls" or (server.tls == "optional" and self.has_extn("starttls")):
            self.starttls(context=self._context)
            self.ehlo()
        if server.username:
            self.login(server.username, server.password)

    def answers(self) -> bool:
        """Whether the server is still there."""
        try:
            return self.noop()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False

    def end(self) -> None:
        """Says goodbye, for a second at most, and closes."""
        with suppress(OSError, smtplib.SMTPException), self.until(time.monotonic() + 1):
            self.quit()
        self.close()

    def close(self) -> None:
        """Closes without a word."""
        super().close()
        if self._handle:
            self._handle.close()
            self._handle = None

    def until(self, deadline: float) -> AbstractContextManager[None]:
        """Cuts the connection at the deadline, if the block still runs then."""
        return cut_at(deadline, self._cut)

    def _cut(self) -> None:
        if self._handle:
            with suppress(OSError):
                self._handle.shutdown(socket.SHUT_RDWR)

    def _get_socket(self, host: str, port: int, timeout: float) -> socket.socket:
        """What `connect` calls for a socket; keeps a second handle of it, which TLS does not take away."""
        error: OSError = OSError("the name has no address")
        for address in _addresses(host, port, public_only=self._public_only):
            left = self._deadline - time.monotonic()
            if left <= 0:
                break
            try:
                connected = socket.create_connection((address, port), min(timeout, left))
            except OSError as caught:
                error = caught
                continue
            self._handle = connected.dup()
            if self._server.tls == "implicit":
                return self._context.wrap_socket(connected, server_hostname=host)
            return connected
        raise error


def _addresses(host: str, port: int, *, public_only: bool) -> list[str]:
    """The addresses of the host in the resolver's order; raises OSError, DeliveryError where one may not be called."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
    if public_only and not all(is_public(ip_address(address.partition("%")[0])) for address in addresses):
        raise DeliveryError("the mail server is not at a public address", is_outage=True)
    return addresses


def _delivery_error(error: Exception) -> DeliveryError:
    """Final is what the server refuses for good about the recipient or the mail; a wrong password may be put right."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return DeliveryError(f"{code} {_text(text)}", is_final=code >= 500, is_outage=code == _CLOSING)
    if isinstance(error, smtplib.SMTPSenderRefused | smtplib.SMTPDataError):
        refused = isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500
        return DeliveryError(f"{error.smtp_code} {_text(error.smtp_error)}", is_final=refused)
    if isinstance(error, smtplib.SMTPResponseException):
        return DeliveryError(f"{error.smtp_code} {_text(error.smtp_error)}", is_outage=True)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        is_about_address = "SMTPUTF8" in str(error)
        return DeliveryError(str(error), is_final=is_about_address, is_outage=not is_about_address)
    return DeliveryError(f"{type(error).__name__}: {error}", is_outage=True)


def _text(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
