"""Mail as a real SMTP server receives it: over STARTTLS, after AUTH, with text and HTML. On the same server passwords
have their real hash, Argon2id."""

import secrets
import socket
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from ipaddress import ip_address
from pathlib import Path
from queue import Queue
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope, LoginPassword, Session
from botocore import UNSIGNED
from botocore.config import Config
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from pycognito import Cognito

from conformance.dev_server import DevServer, dev_server
from tests.ports import free_port

pytestmark = [pytest.mark.clients, pytest.mark.filterwarnings("ignore::DeprecationWarning:pycognito")]

USERNAME, PASSWORD = "poolhouse", "mail:secret/@1"
WAIT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Delivery:
    """One mail with how it came."""

    sender: str
    recipients: list[str]
    is_encrypted: bool
    is_authenticated: bool
    mail: EmailMessage


# Without slots: aiosmtpd looks at all members of its handler, which CPython 3.11.2 cannot of a class that has them.
@dataclass(frozen=True)
class MailServer:
    """A running SMTP server that demands STARTTLS and a password."""

    url: str
    deliveries: "Queue[Delivery]" = field(default_factory=Queue)

    async def handle_DATA(self, _server: Any, session: Session, envelope: Envelope) -> str:  # noqa: N802
        """The hook of aiosmtpd for a received mail."""
        assert isinstance(envelope.content, bytes)
        mail = message_from_bytes(envelope.content, policy=SMTP_POLICY)
        assert isinstance(mail, EmailMessage)
        self.deliveries.put(
            Delivery(
                envelope.mail_from or "", envelope.rcpt_tos, session.ssl is not None, bool(session.authenticated), mail
            )
        )
        return "250 OK"


@pytest.fixture(scope="module")
def mail_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[MailServer]:
    folder, port = tmp_path_factory.mktemp("mail"), free_port()
    certificate = _certificate(folder)
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    secret = PASSWORD.replace(":", "%3A").replace("/", "%2F").replace("@", "%40")
    running = MailServer(f"smtp://{USERNAME}:{secret}@localhost:{port}?cafile={certificate}")

    def authenticate(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        expected = LoginPassword(USERNAME.encode(), PASSWORD.encode())
        return AuthResult(success=data == expected)

    controller = Controller(
        running,
        hostname="127.0.0.1",
        port=port,
        tls_context=context,
        require_starttls=True,
        auth_required=True,
        authenticator=authenticate,
    )
    controller.start()
    yield running
    controller.stop()


def _certificate(folder: Path) -> Path:
    """A self-signed certificate for localhost, with its key in the same file."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.now(UTC)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(names, critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )
    encoded_key = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path = folder / "localhost.pem"
    path.write_bytes(encoded_key + made.public_bytes(serialization.Encoding.PEM))
    return path


@pytest.fixture(scope="module")
def mailing_server(tmp_path_factory: pytest.TempPathFactory, mail_server: MailServer) -> Iterator[DevServer]:
    environment = {"POOLHOUSE_SMTP_URL": mail_server.url, "POOLHOUSE_MAIL_FROM": "Poolhouse <hello@example.org>"}
    with dev_server(tmp_path_factory.mktemp("mailing"), environment) as started:
        yield started
        assert started.complaints() == []


def test_a_sign_up_mail_arrives_with_text_and_html(mailing_server: DevServer, mail_server: MailServer) -> None:
    person = mailing_server.boto()
    pool_id = person.create_user_pool(PoolName="mail", AutoVerifiedAttributes=["email"])["UserPool"]["Id"]
    client_id = person.create_user_pool_client(UserPoolId=pool_id, ClientName="app")["UserPoolClient"]["ClientId"]
    email = f"{secrets.token_hex(4)}@example.com"
    person.sign_up(
        ClientId=client_id,
        Username="zoë",
        Password="Correct-Horse-7",
        UserAttributes=[{"Name": "email", "Value": email}],
    )

    arrived = mail_server.deliveries.get(timeout=WAIT_SECONDS)
    assert arrived.recipients == [email]
    assert arrived.sender == "hello@example.org"
    assert arrived.is_encrypted
    assert arrived.is_authenticated
    mail = arrived.mail
    assert mail["From"] == "Poolhouse <hello@example.org>"
    assert mail["To"] == email
    assert mail["Subject"]
    assert mail["Message-ID"]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert [part.get_content_type() for part in mail.iter_parts()] == ["text/plain", "text/html"]
    code = mailing_server.wait_for_message(email)["code"]
    for part in mail.iter_parts():
        assert isinstance(part, EmailMessage)
        assert code in part.get_content()

    person.confirm_sign_up(ClientId=client_id, Username="zoë", ConfirmationCode=code)
    assert person.admin_get_user(UserPoolId=pool_id, Username="zoë")["UserStatus"] == "CONFIRMED"


def test_signing_in_with_the_real_password_hash(mailing_server: DevServer) -> None:
    facts = mailing_server.facts
    person = Cognito(
        facts.user_pool_id,
        facts.client_id,
        username=facts.username,
        botocore_config=Config(signature_version=UNSIGNED),
        boto3_client_kwargs={"endpoint_url": facts.endpoint},
    )
    person.authenticate(password=facts.password)
    person.verify_tokens()
    tokens = mailing_server.boto().initiate_auth(
        ClientId=facts.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": facts.username, "PASSWORD": facts.password},
    )
    assert tokens["AuthenticationResult"]["TokenType"] == "Bearer"


def test_the_mail_server_means_it(mail_server: MailServer) -> None:
    """What the delivery proves, it proves because this server takes nothing in clear or from strangers."""
    port = int(mail_server.url.partition("localhost:")[2].partition("?")[0])
    with socket.create_connection(("127.0.0.1", port), 5) as stranger, stranger.makefile("rwb") as lines:
        lines.readline()
        for said, refused in ((b"EHLO me", b"250"), (b"MAIL FROM:<a@example.com>", b"530")):
            lines.write(said + b"\r\n")
            lines.flush()
            while (line := lines.readline())[3:4] == b"-":
                pass
            assert line.startswith(refused)
