"""SMS by Amazon SNS (Publish), or by AWS End User Messaging where the pool's SmsConfiguration has EumsSms.

Of SmsConfiguration the regions are used and what EumsSms says of sender and configuration set. No role is assumed: the
gateway signs with the credentials that it was given.
"""

from collections.abc import Mapping
from typing import Any

from app.gateways.aws_clients import AwsCredentials
from app.gateways.aws_messages import RegionalClients, call_aws
from app.gateways.messages import OutgoingMessage

_FINAL = frozenset(
    {
        "InvalidParameter",
        "InvalidParameterValue",
        "ParameterValueInvalid",
        "EndpointDisabled",
        "ValidationException",
        "ConflictException",
    }
)
# Parameters of India, named as SmsConfiguration has them: DestinationCountryParameters.
_COUNTRY_PARAMETERS = {"InEntityId": "IN_ENTITY_ID", "InTemplateId": "IN_TEMPLATE_ID"}


class SnsGateway:
    """Sends SMS in the region that the pool names, else in `region`. `sender_id` is what phones show, where they can."""

    def __init__(
        self,
        region: str,
        credentials: AwsCredentials | None = None,
        endpoint_url: str | None = None,
        sender_id: str = "",
    ) -> None:
        self._clients = RegionalClients(region, credentials, endpoint_url)
        self._sender_id = sender_id

    def send(self, message: OutgoingMessage) -> None:
        """Hands the SMS to AWS; raises DeliveryError."""
        eums = message.configuration.get("EumsSms")
        if eums:
            client = self._clients.get("pinpoint-sms-voice-v2", eums.get("Region"))
            call_aws(client.send_text_message, _text_message(message, eums), _FINAL)
            return
        client = self._clients.get("sns", message.configuration.get("SnsRegion"))
        call_aws(client.publish, self._publication(message), _FINAL)

    def close(self) -> None:
        """Ends the connections that are kept."""
        self._clients.close()

    def _publication(self, message: OutgoingMessage) -> dict[str, Any]:
        # "Transactional": "critical messages that support customer transactions, such as one-time passcodes".
        attributes = {"AWS.SNS.SMS.SMSType": "Transactional"}
        if self._sender_id:
            attributes["AWS.SNS.SMS.SenderID"] = self._sender_id
        return {
            "PhoneNumber": message.destination,
            "Message": message.text,
            "MessageAttributes": {
                name: {"DataType": "String", "StringValue": value} for name, value in attributes.items()
            },
        }


def _text_message(message: OutgoingMessage, eums: Mapping[str, Any]) -> dict[str, Any]:
    members: dict[str, Any] = {
        "DestinationPhoneNumber": message.destination,
        "MessageBody": message.text,
        "MessageType": "TRANSACTIONAL",
    }
    if eums.get("OriginationIdentity"):
        members["OriginationIdentity"] = eums["OriginationIdentity"]
    if eums.get("ConfigurationSetName"):
        members["ConfigurationSetName"] = eums["ConfigurationSetName"]
    country = {name: eums[member] for member, name in _COUNTRY_PARAMETERS.items() if eums.get(member)}
    if country:
        members["DestinationCountryParameters"] = country
    return members
