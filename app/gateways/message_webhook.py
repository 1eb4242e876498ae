"""Mail and SMS by a webhook of one's own, signed by Standard Webhooks (https://www.standardwebhooks.com)."""

from base64 import b64decode
from datetime import UTC, datetime
from typing import Any

import orjson
from standardwebhooks import Webhook

from app.gateways.http_messages import check_taken, post
from app.gateways.messages import OutgoingMessage
from app.gateways.outbound import Outbound


class WebhookGateway:
    """POSTs each message as JSON. The secret is `whsec_` and base64, or base64 alone; raises ValueError for another.

    The webhook-id is the message's id, the same at every attempt, so that a receiver can drop what it has had before.
    """

    def __init__(self, outbound: Outbound, url: str, secret: str) -> None:
        self._outbound = outbound
        self._url = url
        self._signer = make_signer(secret)

    def send(self, message: OutgoingMessage) -> None:
        """Hands the message over; raises DeliveryError."""
        body = orjson.dumps({"type": "message.send", "timestamp": _iso(message.sent_at), "data": _data(message)})
        now = datetime.now(UTC)
        headers = {
            "Content-Type": "application/json",
            "webhook-id": message.message_id,
            "webhook-timestamp": str(int(now.timestamp())),
            "webhook-signature": self._signer.sign(message.message_id, now, body.decode()),
        }
        check_taken(post(self._outbound, self._url, headers, body))

    def close(self) -> None:
        """Nothing is kept here."""


def make_signer(secret: str) -> Webhook:
    """The signer of a secret of 24 to 64 bytes; raises ValueError, whose text does not repeat the secret."""
    try:
        raw = b64decode(secret.removeprefix("whsec_"), validate=True)
    except ValueError:
        raise ValueError("must be whsec_ and base64") from None
    if not 24 <= len(raw) <= 64:
        raise ValueError("must have 24 to 64 bytes")
    return Webhook(raw)


def _data(message: OutgoingMessage) -> dict[str, Any]:
    members = {
        "message_id": message.message_id,
        "medium": message.medium,
        "purpose": message.purpose,
        "user_pool_id": message.pool_id,
        "to": message.destination,
        "text": message.text,
        "code": message.code,
    }
    if message.medium == "EMAIL":
        members |= {
            "from": message.sender,
            "reply_to": message.reply_to,
            "subject": message.subject,
            "html": message.html or "",
        }
    return members


def _iso(millis: int) -> str:
    return datetime.fromtimestamp(millis / 1_000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
