"""Mail by SMTP (RFC 5321), as text and HTML (RFC 2046), always over TLS unless the server is on this machine."""

import re
import smtplib
import ssl
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr
from ipaddress import ip_address
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit

from app.gateways.messages import DeliveryError, OutgoingMessage

TIMEOUT_SECONDS = 15
# Servers hang up on idle clients after minutes; a connection this old is asked before it is used.
_IDLE_SECONDS = 20
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


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
    """Sends mail through one server, over one connection that is kept while it is used."""

    def __init__(self, server: SmtpServer) -> None:
        self._server = server
        self._lock = threading.Lock()
        self._connection: smtplib.SMTP | None = None
        self._used_at = 0.0

    def send(self, message: OutgoingMessage) -> None:
        """Hands the mail to the server; raises DeliveryError."""
        mail, sender, recipient = compose(message)
        with self._lock:
            try:
                self._connected().send_message(mail, sender, [recipient])
            except (OSError, smtplib.SMTPException) as error:
                self._drop()
                raise _delivery_error(error) from error
            self._used_at = time.monotonic()

    def check(self) -> None:
        """Connects and signs in, and nothing more; raises DeliveryError."""
        with self._lock:
            try:
                self._connected()
            except (OSError, smtplib.SMTPException) as error:
                raise _delivery_error(error) from error
            finally:
                self._drop()

    def close(self) -> None:
        """Says goodbye to the server."""
        with self._lock:
            self._drop()

    def _connected(self) -> smtplib.SMTP:
        if self._connection and (time.monotonic() - self._used_at < _IDLE_SECONDS or self._answers(self._connection)):
            return self._connection
        self._drop()
        self._connection = self._connect()
        return self._connection

    @staticmethod
    def _answers(connection: smtplib.SMTP) -> bool:
        try:
            return connection.noop()[0] == 250
        except (OSError, smtplib.SMTPException):
            return False

    def _connect(self) -> smtplib.SMTP:
        server = self._server
        context = ssl.create_default_context(cafile=str(server.ca_file) if server.ca_file else None)
        if server.tls == "implicit":
            connection: smtplib.SMTP = smtplib.SMTP_SSL(
                server.host, server.port, timeout=TIMEOUT_SECONDS, context=context
            )
        else:
            connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_SECONDS)
        try:
            connection.ehlo_or_helo_if_needed()
            if server.tls == "starttls" or (server.tls == "optional" and connection.has_extn("starttls")):
                connection.starttls(context=context)
                connection.ehlo()
            if server.username:
                connection.login(server.username, server.password)
        except BaseException:
            connection.close()
            raise
        return connection

    def _drop(self) -> None:
        connection, self._connection = self._connection, None
        if connection:
            with suppress(OSError, smtplib.SMTPException):
                connection.quit()


def compose(message: OutgoingMessage) -> tuple[EmailMessage, str, str]:
    """The MIME message, and the sender and recipient of its envelope; raises DeliveryError for an address that is none."""
    sender, recipient = _address(message.sender), _address(message.destination)
    mail = EmailMessage(policy=SMTP_POLICY)
    mail["From"] = sender
    mail["To"] = recipient
    if message.reply_to:
        mail["Reply-To"] = _address(message.reply_to)
    mail["Subject"] = _one_line(message.subject)
    mail["Date"] = format_datetime(datetime.fromtimestamp(message.sent_at / 1_000, UTC))
    # The same at every attempt, so that a message delivered twice is known as one.
    mail["Message-ID"] = f"<{_one_line(message.message_id)}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text, charset="utf-8")
    if message.html:
        mail.add_alternative(message.html, subtype="html", charset="utf-8")
    return mail, sender.addr_spec, recipient.addr_spec


def _one_line(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()


def _address(text: str) -> Address:
    name, address = parseaddr(text)
    local, at, domain = address.rpartition("@")
    if _CONTROL.search(text) or not at or not local or not domain:
        raise DeliveryError("not an e-mail address", is_final=True)
    try:
        return Address(name, local, domain.encode("idna").decode("ascii"))
    except (HeaderParseError, ValueError, IndexError):
        raise DeliveryError("not an e-mail address", is_final=True) from None


def _delivery_error(error: Exception) -> DeliveryError:
    """Final is what the server refuses for good about the recipient or the mail; a wrong password may be put right."""
    if isinstance(error, smtplib.SMTPRecipientsRefused):
        code, text = next(iter(error.recipients.values()))
        return DeliveryError(f"{code} {_text(text)}", is_final=code >= 500)
    if isinstance(error, smtplib.SMTPResponseException):
        refused = isinstance(error, smtplib.SMTPDataError) and error.smtp_code >= 500
        return DeliveryError(f"{error.smtp_code} {_text(error.smtp_error)}", is_final=refused)
    if isinstance(error, smtplib.SMTPNotSupportedError):
        return DeliveryError(str(error), is_final="SMTPUTF8" in str(error))
    return DeliveryError(f"{type(error).__name__}: {error}")


def _text(answer: bytes | str) -> str:
    return answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
