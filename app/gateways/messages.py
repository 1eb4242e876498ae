"""What goes out to people, and what every way out has in common."""

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class OutgoingMessage:
    """One mail or SMS. `medium` is EMAIL or SMS; `sent_at` epoch ms; `code` is what it carries, for the dev inbox."""

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


class DeliveryError(Exception):
    """The message did not go out. `is_final` says that trying again would not help. The text is kept with the message."""

    def __init__(self, reason: str, *, is_final: bool = False) -> None:
        self.reason = " ".join(reason.split())[:300]
        self.is_final = is_final
        super().__init__(self.reason)


class Gateway(Protocol):
    """A way out. `send` returns once the message is somebody else's responsibility; raises DeliveryError."""

    def send(self, message: OutgoingMessage) -> None: ...

    def close(self) -> None: ...
