"""Mail servers on this machine for tests of gateways, and what they took."""

from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any
from urllib.parse import quote

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session

from app.gateways.messages import OutgoingMessage
from app.gateways.smtp import SmtpGateway, parse_smtp_url
from tests.ports import free_port

USER, PASSWORD = "mailer@poolhouse", "p@ss/word"


class Sink:
    """Keeps what the server took."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.refuse = ""
        self.sessions: list[Session] = []

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if session not in self.sessions:
            self.sessions.append(session)
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        self.envelopes.append(envelope)
        return "250 taken"

    def mail(self) -> EmailMessage:
        """The only mail taken."""
        (envelope,) = self.envelopes
        assert isinstance(envelope.content, bytes)
        parsed = message_from_bytes(envelope.content, policy=default)
        assert isinstance(parsed, EmailMessage)
        return parsed


def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    # Not handled: aiosmtpd then answers 535 itself instead of leaving the client without an answer.
    return AuthResult(success=good, handled=False)


class StartedServer:
    """A running server, and the URL under which a gateway finds it."""

    def __init__(self, controller: Controller, scheme: str, options: str) -> None:
        self.controller = controller
        self.sink: Sink = controller.handler
        self._scheme, self._options = scheme, options

    def url(self, password: str | None = PASSWORD) -> str:
        """The SMTP URL; without a password no sign-in is tried."""
        who = f"{quote(USER, safe='')}:{quote(password, safe='')}@" if password else ""
        return f"{self._scheme}://{who}localhost:{self.controller.port}{self._options}"

    def gateway(self, password: str | None = PASSWORD, **options: Any) -> SmtpGateway:
        return SmtpGateway(parse_smtp_url(self.url(password)), **options)

    def restart(self) -> None:
        """Ends every connection and listens again, without TLS and passwords."""
        self.controller.stop()
        self.controller = Controller(self.sink, hostname="localhost", port=self.controller.port)
        self.controller.start()


@contextmanager
def running(controller: Controller, scheme: str, options: str) -> Iterator[StartedServer]:
    """Runs the server; its port is chosen here."""
    # The port is taken by the time that start() has returned; port 0 would make the controller probe itself wrongly.
    controller.port = free_port()
    controller.start()
    started = StartedServer(controller, scheme, options)
    try:
        yield started
    finally:
        started.controller.stop()


def a_message(**changes: Any) -> OutgoingMessage:
    """A mail to ana@example.com, with changes."""
    members: dict[str, Any] = {
        "message_id": "b2a8c1f0-0000-4000-8000-000000000001",
        "medium": "EMAIL",
        "destination": "ana@example.com",
        "subject": "Your verification code",
        "text": "Your code is 123456 – grüße\n",
        "html": "<p>Your code is <b>123456</b> – grüße</p>",
        "sent_at": 1_764_000_000_000,
        "sender": "Poolhouse <no-reply@example.com>",
    }
    return OutgoingMessage(**{**members, **changes})
