"""Mail through a real SMTP server (aiosmtpd) with TLS and passwords, and what a hostile address or subject can do."""

import datetime
import threading
from collections.abc import Callable
from email import message_from_bytes
from email.policy import default

import pytest
from aiosmtpd.smtp import Envelope

from app.gateways.mail import compose
from app.gateways.messages import DeliveryError
from app.gateways.smtp import CONNECTIONS, SmtpGateway, parse_smtp_url
from tests.gateways.mail_servers import PASSWORD, USER, StartedServer, a_message
from tests.ports import free_port

# aiosmtpd does not know that TLS is already there when it is implicit.
pytestmark = pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")


def test_mail_arrives_as_text_and_html(server: StartedServer) -> None:
    gateway = server.gateway()
    gateway.send(a_message())
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
        gateway.send(a_message())
    gateway.close()
    assert len(server.sink.envelopes) == 3
    assert len(server.sink.sessions) == 1


def test_a_connection_that_was_lost_is_made_again(plain_server: StartedServer) -> None:
    gateway = plain_server.gateway(password=None)
    gateway.send(a_message())
    plain_server.restart()
    gateway.send(a_message())
    gateway.close()
    assert len(plain_server.sink.envelopes) == 2


def test_a_wrong_password_can_be_put_right(server: StartedServer) -> None:
    with pytest.raises(DeliveryError) as caught:
        server.gateway("wrong").send(a_message())
    assert "535" in caught.value.reason
    assert not caught.value.is_final
    assert "wrong" not in caught.value.reason


def test_an_authority_that_is_not_trusted_gets_nothing(server: StartedServer) -> None:
    url = server.url().partition("?")[0]
    with pytest.raises(DeliveryError, match="certificate verify failed"):
        SmtpGateway(parse_smtp_url(url)).send(a_message())
    assert server.sink.envelopes == []


@pytest.mark.parametrize(("answer", "is_final"), [("550 no such user", True), ("451 try again later", False)])
def test_a_refused_recipient(plain_server: StartedServer, answer: str, *, is_final: bool) -> None:
    plain_server.sink.refuse = answer
    gateway = plain_server.gateway(password=None)
    with pytest.raises(DeliveryError) as caught:
        gateway.send(a_message())
    assert (caught.value.is_final, caught.value.reason) == (is_final, answer)
    plain_server.sink.refuse = ""
    gateway.send(a_message())
    gateway.close()


def test_nobody_there() -> None:
    with pytest.raises(DeliveryError) as caught:
        SmtpGateway(parse_smtp_url(f"smtp://localhost:{free_port()}")).send(a_message())
    assert not caught.value.is_final


def test_check_connects_and_sends_nothing(server: StartedServer) -> None:
    server.gateway().check()
    assert server.sink.envelopes == []


def test_parallel_sends_do_not_mix_and_share_a_few_connections(plain_server: StartedServer) -> None:
    gateway = plain_server.gateway(password=None)
    threads = [
        threading.Thread(target=gateway.send, args=(a_message(destination=f"user{number}@example.com"),))
        for number in range(12)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    gateway.close()
    found = {(envelope.rcpt_tos[0], _header(envelope, "To")) for envelope in plain_server.sink.envelopes}
    assert found == {(f"user{number}@example.com",) * 2 for number in range(12)}
    assert 1 < len(plain_server.sink.sessions) <= CONNECTIONS


def _header(envelope: Envelope, name: str) -> str:
    assert isinstance(envelope.content, bytes)
    return str(message_from_bytes(envelope.content, policy=default)[name])


@pytest.mark.parametrize("ending", ["\r\nBcc: all@example.com", "\nX: y", "\x00", "\u2028Bcc: all@example.com"])
def test_a_subject_cannot_add_headers(ending: str) -> None:
    mail, _, _ = compose(a_message(subject="Hello" + ending))
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
        compose(a_message(destination=address))
    assert caught.value.is_final


def test_an_international_domain_goes_out_in_ascii() -> None:
    _, _, recipient = compose(a_message(destination="ana@bücher.example"))
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
