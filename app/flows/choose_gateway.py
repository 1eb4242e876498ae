"""By which gateway a pool's message goes, and as what: its own where it has one, else the server's for the medium."""

from collections.abc import Mapping
from email.utils import formataddr, parseaddr
from typing import Any

from app.core import message_gateways
from app.core.messages import Message
from app.core.pools import Pool
from app.flows.work import Resources
from app.gateways.message_gateways import GatewaySpec
from app.gateways.messages import DeliveryError, Gateway, OutgoingMessage
from app.kit.sealing import SealError

_CONFIGURATIONS = {"EMAIL": "EmailConfiguration", "SMS": "SmsConfiguration"}


def find_gateway(resources: Resources, pool: Pool, medium: str) -> Gateway:
    """The gateway for a medium; raises DeliveryError where there is none."""
    revision = message_gateways.find_revision(pool.settings, medium)
    if revision is not None:
        return resources.pool_gateways.get(pool.pool_id, medium, revision, lambda: _spec(resources, pool, medium))
    gateway = resources.gateways.get(medium)
    if gateway is None:
        raise DeliveryError(f"no {medium} gateway is configured", is_final=True)
    return gateway


def outgoing(resources: Resources, pool: Pool, message_id: str, message: Message) -> OutgoingMessage:
    """The message as gateways take it, under the names that the pool's configuration gives it."""
    configuration: Mapping[str, Any] = pool.configuration.get(_CONFIGURATIONS[message.medium]) or {}
    return OutgoingMessage(
        message_id=message_id,
        medium=message.medium,
        destination=message.destination,
        subject=message.subject,
        text=message.text,
        html=message.html,
        sent_at=resources.clock(),
        sender=_sender(pool, configuration, resources.settings.mail_from) if message.medium == "EMAIL" else "",
        reply_to=configuration.get("ReplyToEmailAddress") or "",
        pool_id=pool.pool_id,
        username=message.username,
        purpose=message.purpose,
        code=message.code,
        configuration=configuration,
    )


def _spec(resources: Resources, pool: Pool, medium: str) -> GatewaySpec:
    try:
        opened = message_gateways.open_gateway(resources.keyring, pool.pool_id, pool.settings, medium)
    except SealError:
        raise DeliveryError("the pool's gateway does not open", is_outage=True) from None
    return GatewaySpec(*opened)


def _sender(pool: Pool, configuration: Mapping[str, Any], default: str) -> str:
    """EmailConfiguration's From, else the address that its SourceArn names, else the server's; under the pool's name
    where there is no other.
    """
    identity = str(configuration.get("SourceArn") or "").rpartition(":identity/")[2]
    sender = configuration.get("From") or (identity if "@" in identity else "") or default
    name, address = parseaddr(sender)
    return sender if name or not address else formataddr((pool.name, address))
