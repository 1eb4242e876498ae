"""SMS by Twilio's API, against a server on this machine that answers as Twilio does."""

import base64
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs

import pytest

from app.gateways.addresses import parse_allowed
from app.gateways.messages import DeliveryError, OutgoingMessage
from app.gateways.outbound import Outbound
from app.gateways.twilio import TwilioGateway
from tests.gateways.peers import Answer, Received, hang, http_peer, raw_peer
from tests.ports import free_port

SID, TOKEN = "AC0123456789abcdef0123456789abcdef", "token-of-the-account"
SMS = OutgoingMessage("1", "SMS", "+14155550100", "Your code is 123456 & more", 0, code="123456")


@pytest.fixture
def outbound() -> Iterator[Outbound]:
    made = Outbound(parse_allowed("http://127.0.0.0/8"))
    yield made
    made.close()


def _gateway(outbound: Outbound, port: int, **options: Any) -> TwilioGateway:
    options = options if "messaging_service_sid" in options else {"sender": "+14155550199", **options}
    return TwilioGateway(outbound, SID, TOKEN, base_url=f"http://127.0.0.1:{port}/", **options)


def _refusal(outbound: Outbound, port: int, **options: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        _gateway(outbound, port, **options).send(SMS)
    return caught.value


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ({"sender": "+14155550199"}, {"From": ["+14155550199"]}),
        ({"messaging_service_sid": "MG01"}, {"MessagingServiceSid": ["MG01"]}),
    ],
)
def test_an_sms_is_posted_to_the_account(
    outbound: Outbound, options: dict[str, str], expected: dict[str, list[str]]
) -> None:
    with http_peer(lambda _: Answer.of({"sid": "SM01", "status": "queued"}, 201)) as twilio:
        _gateway(outbound, twilio.port, **options).send(SMS)
    (request,) = twilio.received
    assert (request.method, request.path) == ("POST", f"/2010-04-01/Accounts/{SID}/Messages.json")
    assert base64.b64decode(request.headers["authorization"].removeprefix("Basic ")).decode() == f"{SID}:{TOKEN}"
    form = parse_qs(request.body.decode())
    assert form == {"To": ["+14155550100"], "Body": ["Your code is 123456 & more"], **expected}


@pytest.mark.parametrize(
    ("status", "code", "is_final"),
    [(400, 21211, True), (401, 20003, False), (404, 20404, False), (429, 20429, False), (500, 20500, False)],
)
def test_what_twilio_refuses(outbound: Outbound, status: int, code: int, *, is_final: bool) -> None:
    def refuse(_request: Received) -> Answer:
        return Answer.of({"code": code, "message": "'To' +14155550100: Your code is 123456", "status": status}, status)

    with http_peer(refuse) as twilio:
        error = _refusal(outbound, twilio.port)
    assert (error.is_final, error.is_outage) == (is_final, not is_final)
    # The number of the error and nothing that the answer repeats.
    assert error.reason == f"HTTP {status} (error {code})"
    assert len(twilio.received) == 1


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b'{"code": "<123456>"}'])
def test_an_answer_in_another_form(outbound: Outbound, body: bytes) -> None:
    with http_peer(lambda _: Answer(502, body)) as twilio:
        error = _refusal(outbound, twilio.port)
    assert (error.reason, error.is_final) == ("HTTP 502", False)


def test_it_waits_as_long_as_it_was_asked_to(outbound: Outbound) -> None:
    with http_peer(lambda _: Answer(429, b"{}", {"Retry-After": "120"})) as twilio:
        assert _refusal(outbound, twilio.port).retry_after == 120


@pytest.mark.parametrize("value", ["Wed, 21 Oct 2026 07:28:00 GMT", "-5", "1e9", "99999999999999"])
def test_a_wait_that_is_no_number_of_seconds_is_none(outbound: Outbound, value: str) -> None:
    with http_peer(lambda _: Answer(503, b"{}", {"Retry-After": value})) as twilio:
        assert _refusal(outbound, twilio.port).retry_after == 0


def test_nobody_there_is_an_outage(outbound: Outbound) -> None:
    error = _refusal(outbound, free_port())
    assert (error.is_final, error.is_outage) == (False, True)


def test_a_service_that_hangs_is_an_outage(outbound: Outbound) -> None:
    with raw_peer(hang) as peer:
        error = _refusal(outbound, peer.port, seconds=0.3)
    assert (error.is_final, error.is_outage) == (False, True)
    assert TOKEN not in error.reason
