"""Mail through a real SMTP server (aiosmtpd) with TLS and passwords, and what a hostile address or subject can do."""

import datetime
import socket
import ssl
import threading
import time
from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from app.gateways.messages import DeliveryError, OutgoingMessage
from app.gateways.smtp import SmtpGateway, compose, parse_smtp_url

# aiosmtpd does not know that TLS is already there when it is implicit.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")

USER, PASSWORD = "mailer@poolhouse", "p@ss/word"


class Sink:
    """Keeps what the server took."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.refuse = ""
        self.sessions: set[int] = set()

    async def handle_RCPT(  # noqa: N802 - the name that aiosmtpd calls
        self, _server: SMTP, session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        self.sessions.add(id(session))
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


def _authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
    good = isinstance(data, LoginPassword) and (data.login, data.password) == (USER.encode(), PASSWORD.encode())
    # Not handled: aiosmtpd then answers 535 itself instead of leaving the client without an answer.
    return AuthResult(success=good, handled=False)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A certificate for localhost, which is its own authority, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(1)
        .not_valid_before(now - datetime.timedelta(days=1))
        .not_valid_after(now + datetime.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = tmp_path_factory.mktemp("tls") / "server.pem"
    path.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    return path


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

    def gateway(self, password: str | None = PASSWORD) -> SmtpGateway:
        return SmtpGateway(parse_smtp_url(self.url(password)))


@pytest.fixture(params=["starttls", "implicit"])
def server(request: pytest.FixtureRequest, certificate: Path) -> Iterator[StartedServer]:
    """A server that wants TLS and a password, both ways of doing TLS."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    secured: dict[str, Any] = (
        {"tls_context": context, "require_starttls": True}
        if request.param == "starttls"
        else {"ssl_context": context, "auth_require_tls": False}
    )
    controller = Controller(
        Sink(), hostname="localhost", port=0, auth_required=True, authenticator=_authenticate, **secured
    )
    yield from _running(controller, "smtp" if request.param == "starttls" else "smtps", f"?cafile={certificate}")


@pytest.fixture
def plain_server() -> Iterator[StartedServer]:
    """A server on this machine without TLS and passwords."""
    yield from _running(Controller(Sink(), hostname="localhost", port=0), "smtp", "")


def _running(controller: Controller, scheme: str, options: str) -> Iterator[StartedServer]:
    # The port is taken by the time that start() has returned; port 0 would make the controller probe itself wrongly.
    controller.port = _free_port()
    controller.start()
    try:
        yield StartedServer(controller, scheme, options)
    finally:
        controller.stop()


def _free_port() -> int:

    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _message(**changes: Any) -> OutgoingMessage:
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


def test_mail_arrives_as_text_and_html(server: StartedServer) -> None:
    gateway = server.gateway()
    gateway.send(_message())
    gateway.close()
    mail = server.sink.mail()
    assert server.sink.envelopes[0].rcpt_tos == ["ana@example.com"]
    assert server.sink.envelopes[0].mail_from == "no-reply@example.com"
    assert mail["From"] == "Poolhouse <no-reply@example.com>"
    assert mail["To"] == "ana@example.com"
    assert mail["Subject"] == "Your verification code"
    assert mail["Message-ID"] == "<b2a8c1f0-0000-4000-8000-000000000001@example.com>"
    assert mail["Date"].datetime == datetime.datetime.fromtimestamp(1_764_000_000, datetime.UTC)
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.get_content_type() == "multipart/alternative"
    text, html = mail.iter_parts()
    assert "123456 – grüße" in text.get_content()
    assert html.get_content_type() == "text/html"


def test_one_connection_is_used_again(server: StartedServer) -> None:
    gateway = server.gateway()
    for _ in range(3):
        gateway.send(_message())
    gateway.close()
    assert len(server.sink.envelopes) == 3
    assert len(server.sink.sessions) == 1


def test_a_connection_that_was_lost_is_made_again(plain_server: StartedServer) -> None:
    gateway = plain_server.gateway(password=None)
    gateway.send(_message())
    assert gateway._connection is not None
    assert gateway._connection.sock is not None
    gateway._connection.sock.close()
    gateway._used_at = time.monotonic() - 60
    gateway.send(_message())
    gateway.close()
    assert len(plain_server.sink.envelopes) == 2


def test_a_wrong_password_can_be_put_right(server: StartedServer) -> None:
    with pytest.raises(DeliveryError) as caught:
        server.gateway("wrong").send(_message())
    assert "535" in caught.value.reason
    assert not caught.value.is_final
    assert "wrong" not in caught.value.reason


def test_an_authority_that_is_not_trusted_gets_nothing(server: StartedServer) -> None:
    url = server.url().partition("?")[0]
    with pytest.raises(DeliveryError, match="certificate verify failed"):
        SmtpGateway(parse_smtp_url(url)).send(_message())
    assert server.sink.envelopes == []


@pytest.mark.parametrize(("answer", "is_final"), [("550 no such user", True), ("451 try again later", False)])
def test_a_refused_recipient(plain_server: StartedServer, answer: str, *, is_final: bool) -> None:
    plain_server.sink.refuse = answer
    gateway = plain_server.gateway(password=None)
    with pytest.raises(DeliveryError) as caught:
        gateway.send(_message())
    assert (caught.value.is_final, caught.value.reason) == (is_final, answer)
    plain_server.sink.refuse = ""
    gateway.send(_message())
    gateway.close()


def test_nobody_there() -> None:
    with pytest.raises(DeliveryError) as caught:
        SmtpGateway(parse_smtp_url(f"smtp://localhost:{_free_port()}")).send(_message())
    assert not caught.value.is_final


def test_check_connects_and_sends_nothing(server: StartedServer) -> None:
    server.gateway().check()
    assert server.sink.envelopes == []


def test_parallel_sends_do_not_mix(plain_server: StartedServer) -> None:
    gateway = plain_server.gateway(password=None)
    threads = [
        threading.Thread(target=gateway.send, args=(_message(destination=f"user{number}@example.com"),))
        for number in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gateway.close()
    found = {(envelope.rcpt_tos[0], _header(envelope, "To")) for envelope in plain_server.sink.envelopes}
    assert found == {(f"user{number}@example.com",) * 2 for number in range(8)}


def _header(envelope: Envelope, name: str) -> str:
    assert isinstance(envelope.content, bytes)
    return str(message_from_bytes(envelope.content, policy=default)[name])


@pytest.mark.parametrize("ending", ["\r\nBcc: all@example.com", "\nX: y", "\x00", "\u2028Bcc: all@example.com"])
def test_a_subject_cannot_add_headers(ending: str) -> None:
    mail, _, _ = compose(_message(subject="Hello" + ending))
    assert set(mail.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "Content-Type", "MIME-Version"
    }  # fmt: skip
    assert b"\nBcc:" not in mail.as_bytes()
    assert b"\nX:" not in mail.as_bytes()


@pytest.mark.parametrize(
    "address",
    [
        "",
        "ana",
        "@example.com",
        "ana@",
        "ana@example.com\r\nBcc: x@y.z",
        "a@b.c\x00",
        "ana@example.com\nRCPT TO:<x@y.z>",
    ],
)
def test_what_is_no_address_is_given_up_at_once(address: str) -> None:
    with pytest.raises(DeliveryError) as caught:
        compose(_message(destination=address))
    assert caught.value.is_final


def test_an_international_domain_goes_out_in_ascii() -> None:
    _, _, recipient = compose(_message(destination="ana@bücher.example"))
    assert recipient == "ana@xn--bcher-kva.example"


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example.com", ("mail.example.com", 587, "starttls")),
        ("smtp://localhost:25", ("localhost", 25, "optional")),
        ("smtps://u:p@mail.example.com", ("mail.example.com", 465, "implicit")),
        ("smtp://relay.example.com:25?tls=optional", ("relay.example.com", 25, "optional")),
        ("smtp://[::1]:2525", ("::1", 2525, "optional")),
    ],
)
def test_urls(url: str, expected: tuple[str, int, str]) -> None:
    server = parse_smtp_url(url)
    assert (server.host, server.port, server.tls) == expected


@pytest.mark.parametrize(
    "url",
    [
        "http://mail.example.com",
        "smtp://",
        "smtp://mail.example.com/path",
        "smtp://mail.example.com?tls=never",
        "smtp://u:p@mail.example.com?tls=optional",
        "smtp://mail.example.com?x=1",
    ],
)
def test_urls_that_are_refused(url: str) -> None:
    with pytest.raises(ValueError, match=r"must be|knows|clear"):
        parse_smtp_url(url)


def test_credentials_in_a_url_are_decoded() -> None:
    server = parse_smtp_url("smtps://mailer%40poolhouse:p%40ss%2Fword@mail.example.com")
    assert (server.username, server.password) == (USER, PASSWORD)


def test_a_url_error_does_not_repeat_the_url() -> None:
    parse: Callable[[str], object] = parse_smtp_url
    with pytest.raises(ValueError) as caught:
        parse("smtp://u:very-secret@mail.example.com?tls=optional")
    assert "very-secret" not in str(caught.value)
