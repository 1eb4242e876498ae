"""Which pool answers on a host name that is not the server's own, remembered for as long as configuration may lag."""

import re
import time
from collections.abc import Callable

from app.web.bridge import Bridge

_TTL_SECONDS = 0.5
_CAPACITY = 4_096
_HOST_NAME = re.compile(r"(?=.{1,253}$)[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?(\.[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?)+")


def is_host_name(host: str) -> bool:
    """Whether a text could be the host name of a pool's domain: several labels in lower case."""
    return bool(_HOST_NAME.fullmatch(host))


class HostFinder:
    """Asks the database about a host name at most twice a second, and about none that no domain can have."""

    def __init__(self, bridge: Bridge, find: Callable[[str], str | None]) -> None:
        self._bridge = bridge
        self._find = find
        self._known: dict[str, tuple[float, str | None]] = {}

    async def __call__(self, host: str) -> str | None:
        if not is_host_name(host):
            return None
        found = self._known.get(host)
        if found and time.monotonic() - found[0] < _TTL_SECONDS:
            return found[1]
        pool_id = await self._bridge.call(self._find, host)
        if len(self._known) >= _CAPACITY:
            self._known.clear()
        self._known[host] = time.monotonic(), pool_id
        return pool_id
