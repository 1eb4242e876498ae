"""The dev inbox: messages that would have gone out, kept in memory, newest first."""

import threading
from collections import OrderedDict

from app.gateways.messages import Gateway, OutgoingMessage

CAPACITY = 1_000


class Inbox:
    """Takes every message of `poolhouse dev`. With `beyond` (a real SMTP server) mail goes there as well."""

    def __init__(self, beyond: Gateway | None = None) -> None:
        self._beyond = beyond
        self._lock = threading.Lock()
        self._messages: OrderedDict[str, OutgoingMessage] = OrderedDict()

    def send(self, message: OutgoingMessage) -> None:
        """Keeps the message, once however often its delivery is tried."""
        with self._lock:
            self._messages[message.message_id] = message
            while len(self._messages) > CAPACITY:
                self._messages.popitem(last=False)
        if self._beyond and message.medium == "EMAIL":
            self._beyond.send(message)

    def list_messages(self, to: str = "") -> list[OutgoingMessage]:
        """The messages kept, newest first; only those to the destination `to` if it is given, whatever its case."""
        with self._lock:
            found = list(self._messages.values())
        return [message for message in reversed(found) if not to or message.destination.lower() == to.lower()]

    def find_message(self, message_id: str) -> OutgoingMessage | None:
        """The message with this id."""
        with self._lock:
            return self._messages.get(message_id)

    def close(self) -> None:
        """Closes what lies beyond."""
        if self._beyond:
            self._beyond.close()
