"""The gateways of pools that have their own: made when first needed, kept while they are used and stay as they are."""

import threading
from collections import OrderedDict
from collections.abc import Callable

from app.gateways.inbox import Inbox
from app.gateways.message_gateways import GatewaySpec, check_spec, make_gateway
from app.gateways.messages import Gateway, OutgoingMessage
from app.gateways.outbound import Outbound

CAPACITY = 128


class PoolGateways:
    """Safe among threads. With an `inbox`, which `poolhouse dev` has, that gets a copy of what they send."""

    def __init__(self, outbound: Outbound, inbox: Inbox | None = None) -> None:
        self._outbound = outbound
        self._inbox = inbox
        self._lock = threading.Lock()
        # By pool and medium: the revision of the configuration that it was made from, and the gateway.
        self._kept: OrderedDict[tuple[str, str], tuple[str, Gateway]] = OrderedDict()

    def check(self, medium: str, spec: GatewaySpec) -> None:
        """Raises ValueError for what is no gateway of a pool for the medium."""
        check_spec(self._outbound, medium, spec)

    def get(self, pool_id: str, medium: str, revision: str, read: Callable[[], GatewaySpec]) -> Gateway:
        """The gateway of a pool. `revision` changes with its configuration, which `read` gives where it is needed."""
        key = (pool_id, medium)
        with self._lock:
            kept = self._kept.get(key)
            if kept and kept[0] == revision:
                self._kept.move_to_end(key)
                return kept[1]
        made = make_gateway(self._outbound, read())
        if self._inbox:
            made = _Copied(self._inbox, made)
        with self._lock:
            replaced = self._kept.pop(key, None)
            self._kept[key] = revision, made
            surplus = self._kept.popitem(last=False)[1] if len(self._kept) > CAPACITY else None
        for gone in (replaced, surplus):
            if gone:
                gone[1].close()
        return made

    def close(self) -> None:
        """Closes all that are kept."""
        with self._lock:
            kept, self._kept = self._kept, OrderedDict()
        for _, gateway in kept.values():
            gateway.close()


class _Copied:
    """A gateway whose messages are seen in the inbox as well."""

    def __init__(self, inbox: Inbox, gateway: Gateway) -> None:
        self._inbox = inbox
        self._gateway = gateway

    def send(self, message: OutgoingMessage) -> None:
        self._inbox.keep(message)
        self._gateway.send(message)

    def close(self) -> None:
        self._gateway.close()
