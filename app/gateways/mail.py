"""A mail as a MIME message: text and HTML (RFC 2046), headers that no subject or address can add to."""

import re
from datetime import UTC, datetime
from email.errors import HeaderParseError
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_POLICY
from email.utils import format_datetime, parseaddr

from app.gateways.messages import DeliveryError, OutgoingMessage

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def compose(message: OutgoingMessage) -> tuple[EmailMessage, str, str]:
    """The MIME message, and the sender and recipient of its envelope; raises DeliveryError for an address that is none."""
    sender, recipient = _address(message.sender), _address(message.destination)
    mail = EmailMessage(policy=SMTP_POLICY)
    mail["From"] = sender
    mail["To"] = recipient
    if message.reply_to:
        mail["Reply-To"] = _address(message.reply_to)
    mail["Subject"] = _one_line(message.subject)
    mail["Date"] = format_datetime(datetime.fromtimestamp(message.sent_at / 1_000, UTC))
    # The same at every attempt, so that a message delivered twice is known as one.
    mail["Message-ID"] = f"<{_one_line(message.message_id)}@{sender.domain}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(message.text, charset="utf-8")
    if message.html:
        mail.add_alternative(message.html, subtype="html", charset="utf-8")
    return mail, sender.addr_spec, recipient.addr_spec


def _one_line(text: str) -> str:
    return _CONTROL.sub(" ", text).strip()


def _address(text: str) -> Address:
    name, address = parseaddr(text)
    local, at, domain = address.rpartition("@")
    if _CONTROL.search(text) or not at or not local or not domain:
        raise DeliveryError("not an e-mail address", is_final=True)
    try:
        return Address(name, local, domain.encode("idna").decode("ascii"))
    except (HeaderParseError, ValueError, IndexError):
        raise DeliveryError("not an e-mail address", is_final=True) from None
