"""What goes out to people, and what every way out has in common."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

# Most a gateway may take over one message; whoever leases a message to one counts on it.
MOST_SECONDS = 60
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f]")


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One mail or SMS. `medium` is EMAIL or SMS; `sent_at` epoch ms; `code` is what it carries, for the dev inbox.

    `configuration` is the pool's EmailConfiguration or SmsConfiguration, AWS-shaped, for the gateways of AWS.
    """

    message_id: str
    medium: str
    destination: str
    text: str
    sent_at: int
    subject: str = ""
    html: str | None = None
    sender: str = ""
    reply_to: str = ""
    pool_id: str = ""
    username: str = ""
    purpose: str = ""
    code: str = ""
    configuration: Mapping[str, Any] = field(default_factory=dict)


class DeliveryError(Exception):
    """The message did not go out. The text, which may be a server's, is kept with the message: one line, no control characters.

    `is_final` says that trying again would not help; `is_outage` that other messages would fare no better now;
    `retry_after` is how many seconds the other side asked to be left alone.
    """

    def __init__(self, reason: str, *, is_final: bool = False, is_outage: bool = False, retry_after: float = 0) -> None:
        self.reason = " ".join(_CONTROL.sub(" ", reason).split())[:1_000]
        self.is_final = is_final
        self.is_outage = is_outage
        self.retry_after = retry_after
        super().__init__(self.reason)


class Gateway(Protocol):
    """A way out, safe among threads. `send` returns within MOST_SECONDS, once the message is somebody else's
    responsibility; raises DeliveryError.
    """

    def send(self, message: OutgoingMessage) -> None: ...

    def close(self) -> None: ...
