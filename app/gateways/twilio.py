"""SMS by Twilio's Messages resource (https://www.twilio.com/docs/messaging/api/message-resource), or what speaks as it."""

import base64
from urllib.parse import quote, urlencode

import orjson

from app.gateways.http_messages import SECONDS, check_taken, post
from app.gateways.messages import OutgoingMessage
from app.gateways.outbound import Outbound, Reply

BASE_URL = "https://api.twilio.com"


class TwilioGateway:
    """Sends SMS as one account, from a number or a messaging service. `base_url` is that of a compatible service."""

    def __init__(
        self,
        outbound: Outbound,
        account_sid: str,
        auth_token: str,
        *,
        sender: str = "",
        messaging_service_sid: str = "",
        base_url: str = "",
        seconds: float = SECONDS,
    ) -> None:
        account = quote(account_sid, safe="")
        self._outbound = outbound
        self._seconds = seconds
        self._url = f"{(base_url or BASE_URL).rstrip('/')}/2010-04-01/Accounts/{account}/Messages.json"
        self._authorization = "Basic " + base64.b64encode(f"{account_sid}:{auth_token}".encode()).decode()
        self._sender = {"MessagingServiceSid": messaging_service_sid} if messaging_service_sid else {"From": sender}

    def send(self, message: OutgoingMessage) -> None:
        """Hands the SMS over; raises DeliveryError."""
        headers = {"Authorization": self._authorization, "Content-Type": "application/x-www-form-urlencoded"}
        form = urlencode({"To": message.destination, **self._sender, "Body": message.text})
        reply = post(self._outbound, self._url, headers, form.encode(), self._seconds)
        check_taken(reply, _error_code(reply))

    def close(self) -> None:
        """Nothing is kept here."""


def _error_code(reply: Reply) -> str:
    """Twilio's number of an error, https://www.twilio.com/docs/api/errors."""
    try:
        code = orjson.loads(reply.body)["code"]
    except (orjson.JSONDecodeError, KeyError, TypeError, IndexError):
        return ""
    return f"(error {code})" if isinstance(code, int) else ""
