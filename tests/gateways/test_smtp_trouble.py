"""Mail servers that refuse, hang, drop the connection or have no TLS: what is tried again, and that nothing waits for ever."""

import asyncio
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from app.gateways.messages import DeliveryError
from app.gateways.smtp import CONNECTIONS, SmtpGateway, parse_smtp_url
from tests.gateways.mail_servers import Sink, a_message, running
from tests.gateways.peers import raw_peer
from tests.ports import free_port
from tests.timing import within

SECONDS = 0.6


def _refusal(gateway: SmtpGateway) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        gateway.send(a_message())
    gateway.close()
    return caught.value


class Refusing(Sink):
    """Refuses at the command that a test names."""

    def __init__(self, command: str, answer: str) -> None:
        super().__init__()
        self.answers = {command: answer}

    async def handle_MAIL(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        envelope.mail_from = address
        return self.answers.get("MAIL", "250 OK")

    async def handle_RCPT(self, *arguments: Any) -> str:  # noqa: N802
        taken = await super().handle_RCPT(*arguments)
        return self.answers.get("RCPT", taken)

    async def handle_DATA(self, *arguments: Any) -> str:  # noqa: N802
        taken = await super().handle_DATA(*arguments)
        return self.answers.get("DATA", taken)


@pytest.mark.parametrize(
    ("command", "answer", "is_final"),
    [
        ("MAIL", "550 you may not send", False),
        ("RCPT", "550 no such user", True),
        ("RCPT", "452 too many recipients", False),
        ("DATA", "554 looks like spam", True),
        ("DATA", "451 greylisted", False),
    ],
)
def test_a_server_that_refuses(command: str, answer: str, *, is_final: bool) -> None:
    with running(Controller(Refusing(command, answer), hostname="localhost", port=0), "smtp", "") as server:
        error = _refusal(server.gateway(None))
    assert (error.reason, error.is_final, error.is_outage) == (answer, is_final, False)


@pytest.mark.parametrize("greeting", ["554 not here", "421 busy"])
def test_a_server_that_refuses_everybody_is_down(greeting: str) -> None:
    with raw_peer(lambda connection: connection.sendall(f"{greeting}\r\n".encode())) as peer:
        error = _refusal(SmtpGateway(parse_smtp_url(f"smtp://localhost:{peer.port}")))
    assert (error.reason, error.is_final, error.is_outage) == (greeting, False, True)


class Hanging(Sink):
    """Takes the mail and never says so."""

    async def handle_DATA(self, *_: Any) -> str:  # noqa: N802
        await asyncio.sleep(60)
        raise AssertionError("nobody waits so long")


def test_a_server_that_hangs_holds_a_delivery_up_for_its_time_alone() -> None:
    with running(Controller(Hanging(), hostname="localhost", port=0), "smtp", "") as server:
        started = time.monotonic()
        with within(SECONDS + 3):
            error = _refusal(server.gateway(None, seconds=SECONDS))
        assert time.monotonic() - started >= SECONDS
    assert (error.is_final, error.is_outage) == (False, True)
    assert "no answer in time" in error.reason


def test_more_deliveries_than_connections_wait_no_longer_than_their_time() -> None:
    with running(Controller(Hanging(), hostname="localhost", port=0), "smtp", "") as server:
        gateway = server.gateway(None, seconds=SECONDS)
        errors: list[DeliveryError] = []

        def send() -> None:
            try:
                gateway.send(a_message())
            except DeliveryError as error:
                errors.append(error)

        started = time.monotonic()
        threads = [threading.Thread(target=send) for _ in range(CONNECTIONS + 2)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert time.monotonic() - started < 2 * SECONDS + 4
        gateway.close()
    assert len(errors) == CONNECTIONS + 2
    assert all(error.is_outage and not error.is_final for error in errors)


def _drip(connection: socket.socket) -> None:
    while True:
        connection.sendall(b"2")
        time.sleep(0.05)


@pytest.mark.parametrize("scheme", ["smtp", "smtps"])
def test_a_server_that_answers_byte_by_byte_is_cut_off(scheme: str) -> None:
    with raw_peer(_drip) as peer, within(SECONDS + 3):
        error = _refusal(SmtpGateway(parse_smtp_url(f"{scheme}://localhost:{peer.port}"), seconds=SECONDS))
    assert error.is_outage


def _dropping(lines: int) -> Callable[[socket.socket], None]:
    """Speaks SMTP until the mail is half there, and hangs up after so many of its lines."""

    def behave(connection: socket.socket) -> None:
        stream = connection.makefile("rwb", buffering=0)
        stream.write(b"220 here\r\n")
        for answer in (b"250 hello\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go on\r\n"):
            stream.readline()
            stream.write(answer)
        for _ in range(lines):
            stream.readline()
        stream.close()

    return behave


@pytest.mark.parametrize("lines", [0, 3])
def test_a_server_that_drops_the_connection_in_the_middle_of_a_mail(lines: int) -> None:
    with raw_peer(_dropping(lines)) as peer:
        gateway = SmtpGateway(parse_smtp_url(f"smtp://localhost:{peer.port}"))
        error = _refusal(gateway)
    assert (error.is_final, error.is_outage) == (False, True)


@pytest.fixture
def clear_server() -> Iterator[Any]:
    with running(Controller(Sink(), hostname="localhost", port=0), "smtp", "") as server:
        yield server


def test_a_server_without_starttls_gets_nothing_where_tls_is_a_must(clear_server: Any) -> None:
    server = parse_smtp_url(f"smtp://mailer:secret@mail.example.com:{clear_server.controller.port}")
    gateway = SmtpGateway(replace_host(server))
    error = _refusal(gateway)
    assert "STARTTLS" in error.reason
    assert (error.is_final, error.is_outage) == (False, True)
    assert clear_server.sink.envelopes == []
    assert clear_server.sink.sessions == []


def replace_host(server: Any) -> Any:
    """The same demands, of a server on this machine."""
    assert server.tls == "starttls"
    return type(server)("localhost", server.port, server.tls, server.username, server.password)


def test_a_server_that_somebody_else_names_must_be_public(clear_server: Any) -> None:
    url = f"smtp://localhost:{clear_server.controller.port}"
    error = _refusal(SmtpGateway(parse_smtp_url(url), public_only=True))
    assert "not at a public address" in error.reason
    assert clear_server.sink.sessions == []


def test_nobody_there_is_an_outage() -> None:
    error = _refusal(SmtpGateway(parse_smtp_url(f"smtp://localhost:{free_port()}")))
    assert (error.is_final, error.is_outage) == (False, True)
