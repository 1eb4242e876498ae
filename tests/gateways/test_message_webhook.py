"""Messages by a signed webhook, checked by the library that receivers use."""

import base64
import json
from collections.abc import Iterator
from typing import Any

import pytest
from standardwebhooks import Webhook, WebhookVerificationError

from app.gateways.addresses import parse_allowed
from app.gateways.message_webhook import WebhookGateway
from app.gateways.messages import DeliveryError, OutgoingMessage
from app.gateways.outbound import Outbound
from tests.gateways.mail_servers import a_message
from tests.gateways.peers import Answer, HttpPeer, http_peer

SECRET = "whsec_" + base64.b64encode(bytes(range(32))).decode()
OTHER = "whsec_" + base64.b64encode(bytes(32)).decode()
SMS = OutgoingMessage(
    "m-1", "SMS", "+14155550100", "Your code is 123456 – ü", 1_764_000_000_000, pool_id="p", code="123456"
)


@pytest.fixture
def outbound() -> Iterator[Outbound]:
    made = Outbound(parse_allowed("http://127.0.0.0/8"))
    yield made
    made.close()


@pytest.fixture
def receiver() -> Iterator[HttpPeer]:
    with http_peer(lambda _: Answer(204, b"")) as peer:
        yield peer


def _send(outbound: Outbound, peer: HttpPeer, message: OutgoingMessage) -> None:
    WebhookGateway(outbound, f"http://127.0.0.1:{peer.port}/messages", SECRET).send(message)


def _verified(peer: HttpPeer) -> Any:
    request = peer.received[-1]
    return Webhook(SECRET).verify(request.body, dict(request.headers))


def test_an_sms_arrives_signed(outbound: Outbound, receiver: HttpPeer) -> None:
    _send(outbound, receiver, SMS)
    assert _verified(receiver) == {
        "type": "message.send",
        "timestamp": "2025-11-24T16:00:00.000Z",
        "data": {
            "message_id": "m-1",
            "medium": "SMS",
            "purpose": "",
            "user_pool_id": "p",
            "to": "+14155550100",
            "text": "Your code is 123456 – ü",
            "code": "123456",
        },
    }
    request = receiver.received[0]
    with pytest.raises(WebhookVerificationError):
        Webhook(OTHER).verify(request.body, dict(request.headers))
    with pytest.raises(WebhookVerificationError):
        Webhook(SECRET).verify(request.body.replace(b"123456", b"654321"), dict(request.headers))


def test_a_mail_arrives_with_all_its_parts(outbound: Outbound, receiver: HttpPeer) -> None:
    _send(outbound, receiver, a_message(reply_to="help@example.com"))
    data = _verified(receiver)["data"]
    assert (data["from"], data["reply_to"]) == ("Poolhouse <no-reply@example.com>", "help@example.com")
    assert (data["subject"], data["html"].startswith("<p>")) == ("Your verification code", True)


def test_every_attempt_has_the_same_id(outbound: Outbound, receiver: HttpPeer) -> None:
    for _ in range(2):
        _send(outbound, receiver, SMS)
    assert [request.headers["webhook-id"] for request in receiver.received] == ["m-1", "m-1"]


@pytest.mark.parametrize(
    ("status", "is_final"), [(400, True), (422, True), (403, False), (429, False), (500, False), (301, False)]
)
def test_what_a_receiver_answers(outbound: Outbound, status: int, *, is_final: bool) -> None:
    answer = Answer(status, json.dumps({"error": SMS.text}).encode(), {"Location": "http://127.0.0.1:1/"})
    with http_peer(lambda _: answer) as peer, pytest.raises(DeliveryError) as caught:
        _send(outbound, peer, SMS)
    assert (caught.value.reason, caught.value.is_final) == (f"HTTP {status}", is_final)
    assert len(peer.received) == 1


def test_a_private_address_gets_nothing(receiver: HttpPeer) -> None:
    guarded = Outbound()
    with pytest.raises(DeliveryError) as caught:
        _send(guarded, receiver, SMS)
    guarded.close()
    assert "https" in caught.value.reason
    assert receiver.received == []


@pytest.mark.parametrize("secret", ["", "whsec_", "whsec_c2hvcnQ=", "whsec_not base64 at all", "whsec_" + "A" * 200])
def test_a_secret_that_is_none_is_refused_and_not_repeated(outbound: Outbound, secret: str) -> None:
    with pytest.raises(ValueError, match=r"must (be whsec_ and base64|have 24 to 64 bytes)"):
        WebhookGateway(outbound, "https://example.com", secret)
