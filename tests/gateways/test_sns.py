"""SMS through the real boto3 clients of SNS and End User Messaging against a server on this machine."""

import json
from typing import Any
from urllib.parse import parse_qs

import pytest

from app.gateways.aws_clients import AwsCredentials
from app.gateways.messages import DeliveryError, OutgoingMessage
from app.gateways.sns import SnsGateway
from tests.gateways.peers import Answer, HttpPeer, Received, http_peer
from tests.ports import free_port

KEY = AwsCredentials("AKIAIOSFODNN7EXAMPLE", "secret-of-the-key")
NAMESPACE = "http://sns.amazonaws.com/doc/2010-03-31/"


def _published(_request: Received) -> Answer:
    body = f'<PublishResponse xmlns="{NAMESPACE}"><PublishResult><MessageId>1</MessageId></PublishResult></PublishResponse>'
    return Answer(200, body.encode(), {"Content-Type": "text/xml"})


def _sms(**configuration: Any) -> OutgoingMessage:
    return OutgoingMessage(
        message_id="1",
        medium="SMS",
        destination="+14155550100",
        text="Your code is 123456 – grüße",
        sent_at=0,
        configuration=configuration,
    )


def _send(port: int, message: OutgoingMessage, sender_id: str = "") -> None:
    gateway = SnsGateway("us-east-1", KEY, f"http://127.0.0.1:{port}", sender_id)
    try:
        gateway.send(message)
    finally:
        gateway.close()


def _form(peer: HttpPeer) -> dict[str, str]:
    (request,) = peer.received
    return {name: values[0] for name, values in parse_qs(request.body.decode()).items()}


def test_an_sms_is_published_as_transactional() -> None:
    with http_peer(_published) as sns:
        _send(sns.port, _sms(SnsCallerArn="arn:aws:iam::123456789012:role/sms", SnsRegion="eu-west-1"), "Acme")
    form = _form(sns)
    assert (form["Action"], form["PhoneNumber"]) == ("Publish", "+14155550100")
    assert form["Message"] == "Your code is 123456 – grüße"
    attributes = {
        form[f"MessageAttributes.entry.{number}.Name"]: form[f"MessageAttributes.entry.{number}.Value.StringValue"]
        for number in (1, 2)
    }
    assert attributes == {"AWS.SNS.SMS.SMSType": "Transactional", "AWS.SNS.SMS.SenderID": "Acme"}
    assert "/eu-west-1/sns/aws4_request" in sns.received[0].headers["authorization"]


def test_end_user_messaging_is_used_where_the_pool_says_so() -> None:
    with http_peer(lambda _: Answer.of({"MessageId": "1"})) as eums:
        configuration = {
            "CallerArn": "arn:aws:iam::123456789012:role/sms",
            "OriginationIdentity": "+14155550199",
            "ConfigurationSetName": "tracked",
            "InEntityId": "entity",
            "InTemplateId": "template",
            "Region": "eu-central-1",
        }
        _send(eums.port, _sms(EumsSms=configuration))
    (request,) = eums.received
    assert request.headers["x-amz-target"] == "PinpointSMSVoiceV2.SendTextMessage"
    assert "/eu-central-1/sms-voice/aws4_request" in request.headers["authorization"]
    assert json.loads(request.body) == {
        "DestinationPhoneNumber": "+14155550100",
        "MessageBody": "Your code is 123456 – grüße",
        "MessageType": "TRANSACTIONAL",
        "OriginationIdentity": "+14155550199",
        "ConfigurationSetName": "tracked",
        "DestinationCountryParameters": {"IN_ENTITY_ID": "entity", "IN_TEMPLATE_ID": "template"},
    }


@pytest.mark.parametrize(
    ("status", "code", "is_final", "is_outage"),
    [
        (400, "InvalidParameter", True, False),
        (400, "Throttling", False, True),
        (403, "AuthorizationError", False, False),
        (403, "InvalidClientTokenId", False, True),
        (500, "InternalError", False, True),
    ],
)
def test_what_sns_refuses(status: int, code: str, *, is_final: bool, is_outage: bool) -> None:
    def refuse(_request: Received) -> Answer:
        text = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>why it is</Message></Error>"
        body = f'<ErrorResponse xmlns="{NAMESPACE}">{text}<RequestId>1</RequestId></ErrorResponse>'
        return Answer(status, body.encode(), {"Content-Type": "text/xml"})

    with http_peer(refuse) as sns, pytest.raises(DeliveryError) as caught:
        _send(sns.port, _sms())
    error = caught.value
    assert (error.reason, error.is_final, error.is_outage) == (f"{code}: why it is", is_final, is_outage)
    assert len(sns.received) == 1


def test_nobody_there_is_an_outage() -> None:
    with pytest.raises(DeliveryError) as caught:
        _send(free_port(), _sms())
    assert (caught.value.is_final, caught.value.is_outage) == (False, True)
