"""Who sent a request and which host they asked for: the peer's word, or a trusted proxy's (X-Forwarded-*).

The lists are read from the right, since only what trusted proxies appended is known to be true; whatever a client put
there itself stands further left.
"""

import re
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import NamedTuple

from app.web.headers import RawHeaders, header_values

Network = IPv4Network | IPv6Network
# Proxies between the client and us; what stands before them in the header was never believed.
_MOST_HOPS = 32
_HOST = re.compile(r"(\[[0-9a-fA-F:.]+\]|[A-Za-z0-9._-]{1,253})(:[0-9]{1,5})?")


class Origin(NamedTuple):
    """The address of the client, and host (with its port, if any) and scheme that it used. `host` "" is not acceptable."""

    source_ip: str
    host: str
    scheme: str


def parse_networks(text: str) -> tuple[Network, ...]:
    """Addresses and networks separated by commas; raises ValueError."""
    return tuple(ip_network(part.strip(), strict=False) for part in text.split(",") if part.strip())


def find_origin(peer: str, scheme: str, headers: RawHeaders, proxies: tuple[Network, ...]) -> Origin:
    """The origin of a request that came from the address `peer`. Never raises."""
    hosts = header_values(headers, b"host")
    host = hosts[0] if len(hosts) == 1 else ""
    if not proxies:
        return Origin(peer.removeprefix("::ffff:"), _checked(host), scheme)
    address = _parse(peer)
    if address is None or not _is_within(address, proxies):
        return Origin(str(address) if address else peer, _checked(host), scheme)
    forwarded_host = _last(headers, b"x-forwarded-host") or host
    forwarded_scheme = _last(headers, b"x-forwarded-proto").lower()
    return Origin(
        source_ip=str(_client(address, headers, proxies)),
        host=_checked(forwarded_host),
        scheme=forwarded_scheme if forwarded_scheme in ("http", "https") else scheme,
    )


def _client(
    peer: IPv4Address | IPv6Address, headers: RawHeaders, proxies: tuple[Network, ...]
) -> IPv4Address | IPv6Address:
    """The first address from the right that is no trusted proxy; the last good one if there is nonsense in between."""
    address = peer
    for hop in reversed(",".join(header_values(headers, b"x-forwarded-for")).rsplit(",", _MOST_HOPS)):
        parsed = _parse(_without_port(hop.strip().strip('"')))
        if parsed is None:
            return address
        address = parsed
        if not _is_within(address, proxies):
            return address
    return address


def _last(headers: RawHeaders, name: bytes) -> str:
    return ",".join(header_values(headers, name)).rpartition(",")[2].strip()


def _without_port(hop: str) -> str:
    """`1.2.3.4:5678` and `[2001:db8::1]:5678` as some proxies write them; a bare IPv6 address has no port."""
    if hop.startswith("["):
        return hop[1:].partition("]")[0]
    return hop.partition(":")[0] if hop.count(":") == 1 else hop


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(text.partition("%")[0])
    except ValueError:
        return None
    return address.ipv4_mapped or address if isinstance(address, IPv6Address) else address


def _is_within(address: IPv4Address | IPv6Address, networks: tuple[Network, ...]) -> bool:
    return any(address in network for network in networks)


def _checked(host: str) -> str:
    return host if _HOST.fullmatch(host) else ""
