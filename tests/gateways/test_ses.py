"""Mail through the real boto3 client of SES against a server on this machine that answers as SES does."""

import base64
import json
from collections.abc import Iterator
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest

from app.gateways import aws_messages
from app.gateways.aws_clients import AwsCredentials
from app.gateways.messages import DeliveryError
from app.gateways.ses import SesGateway
from tests.gateways.mail_servers import a_message
from tests.gateways.peers import Answer, HttpPeer, Received, hang, http_peer, raw_peer
from tests.ports import free_port

KEY = AwsCredentials("AKIAIOSFODNN7EXAMPLE", "secret-of-the-key")
ARN = "arn:aws:ses:eu-west-1:123456789012:identity/example.com"


def _taken(_request: Received) -> Answer:
    return Answer.of({"MessageId": "0100"})


@pytest.fixture
def ses() -> Iterator[HttpPeer]:
    with http_peer(_taken) as peer:
        yield peer


def _gateway(port: int) -> SesGateway:
    return SesGateway("us-east-1", KEY, f"http://127.0.0.1:{port}")


def _send(port: int, **changes: Any) -> None:
    gateway = _gateway(port)
    try:
        gateway.send(a_message(**changes))
    finally:
        gateway.close()


def _refusal(port: int, **changes: Any) -> DeliveryError:
    with pytest.raises(DeliveryError) as caught:
        _send(port, **changes)
    return caught.value


def test_mail_goes_out_as_the_pool_says(ses: HttpPeer) -> None:
    configuration = {"EmailSendingAccount": "DEVELOPER", "SourceArn": ARN, "ConfigurationSet": "tracked"}
    _send(ses.port, reply_to="help@example.com", configuration=configuration)
    (request,) = ses.received
    assert request.path == "/v2/email/outbound-emails"
    assert "/eu-west-1/ses/aws4_request" in request.headers["authorization"]
    sent = json.loads(request.body)
    assert sent["FromEmailAddress"] == "no-reply@example.com"
    assert sent["FromEmailAddressIdentityArn"] == ARN
    assert sent["ConfigurationSetName"] == "tracked"
    assert sent["Destination"] == {"ToAddresses": ["ana@example.com"]}
    mail = message_from_bytes(base64.b64decode(sent["Content"]["Raw"]["Data"]), policy=default)
    assert mail["From"] == "Poolhouse <no-reply@example.com>"
    assert mail["Reply-To"] == "help@example.com"
    assert mail["Subject"] == "Your verification code"
    assert mail.get_content_type() == "multipart/alternative"


def test_without_a_configuration_it_goes_out_in_the_gateways_region(ses: HttpPeer) -> None:
    _send(ses.port)
    (request,) = ses.received
    assert "/us-east-1/ses/aws4_request" in request.headers["authorization"]
    assert {"FromEmailAddressIdentityArn", "ConfigurationSetName"}.isdisjoint(json.loads(request.body))


@pytest.mark.parametrize(
    ("status", "code", "is_final", "is_outage"),
    [
        (400, "MessageRejected", True, False),
        (400, "BadRequestException", True, False),
        (404, "NotFoundException", False, False),
        (403, "AccessDeniedException", False, False),
        (429, "TooManyRequestsException", False, True),
        (403, "SignatureDoesNotMatch", False, True),
        (500, "InternalFailure", False, True),
        (503, "ServiceUnavailable", False, True),
    ],
)
def test_what_ses_refuses(status: int, code: str, *, is_final: bool, is_outage: bool) -> None:
    def refuse(_request: Received) -> Answer:
        body = json.dumps({"message": "why it is"}).encode()
        return Answer(status, body, {"x-amzn-ErrorType": code, "Content-Type": "application/json"})

    with http_peer(refuse) as peer:
        error = _refusal(peer.port)
    assert (error.reason, error.is_final, error.is_outage) == (f"{code}: why it is", is_final, is_outage)
    # Once: how often and when is the outbox's to decide.
    assert len(peer.received) == 1


def test_nobody_there_is_an_outage() -> None:
    error = _refusal(free_port())
    assert (error.reason, error.is_final, error.is_outage) == ("EndpointConnectionError", False, True)


def test_a_service_that_hangs_is_an_outage() -> None:
    with raw_peer(hang) as peer, pytest.raises(DeliveryError) as caught:
        SesGateway("us-east-1", KEY, f"http://127.0.0.1:{peer.port}", seconds=0.3).send(a_message())
    error = caught.value
    assert (error.reason, error.is_final, error.is_outage) == ("ReadTimeoutError", False, True)


@pytest.mark.parametrize("region", ["evil.example", "x@evil.example#", "../../"])
def test_a_region_is_no_way_to_another_host(ses: HttpPeer, region: str) -> None:
    error = _refusal(ses.port, configuration={"SourceArn": f"arn:aws:ses:{region}:123456789012:identity/example.com"})
    assert error.is_final
    assert ses.received == []


def test_few_clients_are_kept(ses: HttpPeer) -> None:
    gateway = _gateway(ses.port)
    for number in range(1, 12):
        arn = ARN.replace("eu-west-1", f"eu-west-{number}")
        gateway.send(a_message(configuration={"SourceArn": arn}))
    assert len(gateway._clients._clients) == aws_messages._MOST_CLIENTS
    gateway.close()
    assert len(ses.received) == 11
