"""The dev inbox: messages that would have gone out, kept in memory, newest first."""

import threading
from collections import OrderedDict
from collections.abc import Mapping

from app.gateways.messages import Gateway, OutgoingMessage

CAPACITY = 1_000


class Inbox:
    """Takes every message of `poolhouse dev`. Those whose medium has a gateway `beyond` go there as well."""

    def __init__(self, beyond: Mapping[str, Gateway] | None = None) -> None:
        self._beyond = beyond or {}
        self._lock = threading.Lock()
        self._messages: OrderedDict[str, OutgoingMessage] = OrderedDict()

    def send(self, message: OutgoingMessage) -> None:
        """Keeps the message and passes it on; raises DeliveryError."""
        self.keep(message)
        gateway = self._beyond.get(message.medium)
        if gateway:
            gateway.send(message)

    def keep(self, message: OutgoingMessage) -> None:
        """Keeps the message, once however often its delivery is tried."""
        with self._lock:
            self._messages[message.message_id] = message
            while len(self._messages) > CAPACITY:
                self._messages.popitem(last=False)

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
        for gateway in set(self._beyond.values()):
            gateway.close()
