"""Which addresses the server may call: public ones, and those that the operator allows besides."""

import re
from contextlib import suppress
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

Address = IPv4Address | IPv6Address

# What the operator of a development server allows: anything on this machine, also without TLS.
THIS_MACHINE = "http://localhost, http://127.0.0.0/8, http://[::1]"

_LABEL = r"[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9_])?"
_NAME = re.compile(rf"{_LABEL}(?:\.{_LABEL})*")
# Which last labels make a host an address: https://url.spec.whatwg.org/#ends-in-a-number-checker
_NUMBER = re.compile(r"\d+|0x[0-9a-f]*")

# https://www.iana.org/assignments/iana-ipv4-special-registry, with multicast, the reserved rest, and the address at which
# Azure serves each of its machines. Python's own is_global is wrong about some before 3.11.10.
_SPECIAL_IPV4 = tuple(
    IPv4Network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "168.63.129.16/32", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16", "198.18.0.0/15",
        "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
    )
)  # fmt: skip
# Only this is given out for the public: https://www.iana.org/assignments/ipv6-address-space
_GLOBAL_IPV6 = IPv6Network("2000::/3")
# Of it: protocol assignments (Teredo among them), documentation, 6to4.
_SPECIAL_IPV6 = tuple(IPv6Network(text) for text in ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20"))
_NAT64 = IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class AllowedPeer:
    """Peers that the operator allows besides public ones over https: a name, or a network; without a port, any port."""

    takes_http: bool
    port: int | None
    name: str = ""
    network: IPv4Network | IPv6Network | None = None

    def covers(self, scheme: str, host: str, port: int, address: Address | None) -> bool:
        """Whether the host may be called so at this address; None: at one that is not known yet."""
        if (scheme == "http" and not self.takes_http) or self.port not in (None, port):
            return False
        if self.network is None:
            return self.name == host
        return address is None or _without_wrapping(address) in self.network


def parse_allowed(text: str) -> tuple[AllowedPeer, ...]:
    """The peers that the setting names, separated by commas; raises ValueError, which repeats the wrong one.

    Each is `[http://|https://]` with a host name, an address or a network, and `:port`: `10.0.0.0/8`, `127.0.0.1:8443`,
    `[::1]:8443`, `hooks.internal`, `http://hooks.internal:8080`. A name may have any address. `http://` allows plain HTTP
    besides HTTPS. Without a port, any port is meant.
    """
    return tuple(_allowed_peer(part.strip()) for part in text.split(",") if part.strip())


def _allowed_peer(text: str) -> AllowedPeer:
    scheme, mark, rest = text.rpartition("://")
    if mark and scheme not in ("http", "https"):
        raise ValueError(f"{text}: only http:// and https:// are known")
    with suppress(ValueError):
        return AllowedPeer(scheme == "http", None, network=ip_network(rest.strip("[]")))
    host, colon, port_text = rest.rpartition(":")
    host, port = (host, _port(text, port_text)) if colon else (rest, None)
    with suppress(ValueError):
        return AllowedPeer(scheme == "http", port, network=ip_network(host.strip("[]")))
    name = host.lower().removesuffix(".")
    if not is_name(name):
        raise ValueError(f"{text}: neither a host name nor an address nor a network")
    return AllowedPeer(scheme == "http", port, name=name)


def _port(text: str, port: str) -> int:
    if not re.fullmatch(r"[0-9]{1,5}", port) or not 0 < int(port) < 65_536:
        raise ValueError(f"{text}: no port")
    return int(port)


def is_name(host: str) -> bool:
    """Whether it is a DNS name, and none that some resolvers read as an address (127.1, 0x7f000001)."""
    return len(host) < 254 and bool(_NAME.fullmatch(host)) and not _NUMBER.fullmatch(host.rpartition(".")[2])


def literal(host: str) -> Address | None:
    """The address, if the host is one as RFC 3986 writes it: no octal, no shortened form, no zone."""
    try:
        address = ip_address(host)
    except ValueError:
        return None
    return None if "%" in host else address


def is_public(address: Address) -> bool:
    """Whether anybody on the Internet could be there, as IANA gives addresses out."""
    plain = _without_wrapping(address)
    if isinstance(plain, IPv4Address):
        return not any(plain in network for network in _SPECIAL_IPV4)
    return plain in _GLOBAL_IPV6 and not any(plain in network for network in _SPECIAL_IPV6)


def _without_wrapping(address: Address) -> Address:
    """The IPv4 address behind an IPv4-mapped one (RFC 4291) and behind one that NAT64 translates (RFC 6052)."""
    if isinstance(address, IPv6Address) and address in _NAT64:
        return IPv4Address(int(address) & 0xFFFF_FFFF)
    return getattr(address, "ipv4_mapped", None) or address
