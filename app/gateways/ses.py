"""Mail by Amazon SES (API v2, SendEmail), as the pool's EmailConfiguration says: SourceArn, ConfigurationSet."""

from typing import Any

from app.gateways.aws_clients import AwsCredentials
from app.gateways.aws_messages import SECONDS, RegionalClients, call_aws
from app.gateways.mail import compose
from app.gateways.messages import OutgoingMessage

_FINAL = frozenset({"MessageRejected", "BadRequestException", "ValidationException"})


class SesGateway:
    """Sends mail in the region of the pool's SourceArn, else in `region`. The MIME message is ours, so it can be signed
    (DKIM) by SES for its domain.
    """

    def __init__(
        self,
        region: str,
        credentials: AwsCredentials | None = None,
        endpoint_url: str | None = None,
        *,
        seconds: float = SECONDS,
    ) -> None:
        self._clients = RegionalClients(region, credentials, endpoint_url, seconds)

    def send(self, message: OutgoingMessage) -> None:
        """Hands the mail to SES; raises DeliveryError."""
        mail, sender, recipient = compose(message)
        source_arn = str(message.configuration.get("SourceArn") or "")
        members: dict[str, Any] = {
            "FromEmailAddress": sender,
            "Destination": {"ToAddresses": [recipient]},
            "Content": {"Raw": {"Data": mail.as_bytes()}},
        }
        if source_arn:
            members["FromEmailAddressIdentityArn"] = source_arn
        if message.configuration.get("ConfigurationSet"):
            members["ConfigurationSetName"] = message.configuration["ConfigurationSet"]
        client = self._clients.get("sesv2", _region(source_arn))
        call_aws(client.send_email, members, _FINAL)

    def close(self) -> None:
        """Ends the connections that are kept."""
        self._clients.close()


def _region(arn: str) -> str | None:
    parts = arn.split(":")
    return parts[3] if len(parts) > 4 else None
