"""What POOLHOUSE_DATABASE_URL means, read once for both PostgreSQL drivers.

psycopg gives a URL to libpq. asyncpg reads it by itself: it knows fewer parameters, sends the others to the server as settings,
and falls back to connections that verify nothing. So the URL is parsed here by libpq, completed from libpq's environment
variables, and both drivers are told the same in so many words. What one of them would not keep is refused. Names are those of
PostgreSQL's documentation, "Parameter Key Words" (libpq).
"""

import os
import re
import ssl
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import Path

from psycopg import OperationalError, pq

VARIABLE = "POOLHOUSE_DATABASE_URL"
# In the order in which both drivers try them when no host is named.
_DEFAULT_HOSTS = "/run/postgresql,/var/run/postgresql,/tmp,localhost"
_DEFAULTS = {"host": _DEFAULT_HOSTS, "port": "5432", "sslmode": "prefer", "application_name": "poolhouse"}
_VERIFYING = frozenset({"verify-ca", "verify-full"})
_NUMBERS = frozenset(
    {"connect_timeout", "keepalives", "keepalives_idle", "keepalives_interval", "keepalives_count", "tcp_user_timeout"}
)
_KEPT = _NUMBERS | {
    "application_name",
    "dbname",
    "host",
    "krbsrvname",
    "options",
    "passfile",
    "password",
    "port",
    "ssl_max_protocol_version",
    "ssl_min_protocol_version",
    "sslcert",
    "sslcrl",
    "sslkey",
    "sslmode",
    "sslnegotiation",
    "sslpassword",
    "sslrootcert",
    "target_session_attrs",
    "user",
}
# Parameters that asyncpg does not have, with the values that come to what it does anyway; and those that a server which is
# written to cannot have.
_ALLOWED: Mapping[str, frozenset[str]] = {
    "channel_binding": frozenset({"disable", "prefer"}),
    "client_encoding": frozenset({"auto", "utf8", "utf-8"}),
    "gssdelegation": frozenset({"0"}),
    "gssencmode": frozenset({"disable", "prefer"}),
    "load_balance_hosts": frozenset({"disable"}),
    "sslcertmode": frozenset({"allow"}),
    "sslcompression": frozenset({"0"}),
    "sslmode": frozenset({"disable", "allow", "prefer", "require", "verify-ca", "verify-full"}),
    "sslnegotiation": frozenset({"postgres", "direct"}),
    "sslsni": frozenset({"1"}),
    "target_session_attrs": frozenset({"any", "primary", "read-write"}),
}
# Where Linux distributions keep the certificates of public authorities (as in Go's crypto/x509/root_linux.go).
_SYSTEM_ROOTS = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
)


class UrlError(ValueError):
    """What is wrong with the URL or libpq's variables, one line each. The URL is not repeated: it may hold a password."""

    def __init__(self, *lines: str) -> None:
        self.lines = lines
        super().__init__("\n".join(lines))


@dataclass(frozen=True, slots=True)
class Parameters:
    """Everything that a connection needs, by libpq's names; `environment` variables have no more say."""

    values: Mapping[str, str]

    @property
    def addresses(self) -> tuple[tuple[str, int], ...]:
        """Hosts (names, addresses or folders of Unix sockets) with their ports, to be tried in this order."""
        hosts, ports = self.values["host"].split(","), self.values["port"].split(",")
        return tuple(zip(hosts, map(int, ports if len(ports) > 1 else ports * len(hosts)), strict=True))

    @property
    def is_local(self) -> bool:
        """Whether every host is this machine."""
        return all(_is_local(host) for host, _ in self.addresses)

    @property
    def is_verified(self) -> bool:
        """Whether either driver refuses a server whose certificate no trusted authority has signed."""
        return self.values["sslmode"] in _VERIFYING


def read_url(url: str, environ: Mapping[str, str] | None = None) -> Parameters:
    """The parameters of a `postgresql://` URL; raises UrlError."""
    given = {name: (value, f"{VARIABLE}: {name}") for name, value in _parse(url).items()}
    for name, variable in _variables():
        value = (os.environ if environ is None else environ).get(variable)
        if value and name not in given:
            given[name] = value, variable
    problems = [line for name, (value, source) in given.items() for line in _problems(name, value, source)]
    if problems:
        raise UrlError(*problems)
    values = _DEFAULTS | {name: value for name, (value, _) in given.items() if name in _KEPT}
    return Parameters(_with_roots(_with_ports(values)))


def _parse(url: str) -> dict[str, str]:
    scheme, separator, rest = url.partition("://")
    name, _, driver = scheme.partition("+")
    if not separator or name not in ("postgresql", "postgres") or driver not in ("", "psycopg", "asyncpg"):
        raise UrlError(f"{VARIABLE} must be a PostgreSQL URL: postgresql://user:password@host/database")
    try:
        options = pq.Conninfo.parse(f"{name}://{rest}".encode())
        return {option.keyword.decode(): option.val.decode() for option in options if option.val}
    except (OperationalError, UnicodeError):
        raise UrlError(_unreadable(rest)) from None


def _unreadable(rest: str) -> str:
    """The text of libpq would do but for one thing: it repeats the URL."""
    query = rest.partition("?")[2]
    known = {option.keyword.decode() for option in pq.Conninfo.parse(b"")}
    strange = [name for name in re.findall(r"(?:^|&)(\w+)=", query) if name not in known and name != "ssl"]
    if strange and "@" not in query:
        return f"{VARIABLE}: {strange[0]} is no parameter of PostgreSQL"
    return f"{VARIABLE} is not a URL: write @ : / ? # % & in a user name or password as %40 %3A %2F %3F %23 %25 %26"


def _variables() -> Iterator[tuple[str, str]]:
    """Names of parameters and the environment variable of each that has one."""
    for option in pq.Conninfo.parse(b""):
        if option.envvar:
            yield option.keyword.decode(), option.envvar.decode()


def _problems(name: str, value: str, source: str) -> Iterator[str]:
    allowed = _ALLOWED.get(name)
    if name not in _KEPT and allowed is None:
        yield f"{source} is not supported (it would hold for some connections only)"
    elif allowed is not None and value.lower() not in allowed:
        yield f"{source} must be {' or '.join(sorted(allowed))}"
    elif name in _NUMBERS and not value.strip().isdecimal():
        yield f"{source} must be a whole number"
    elif name == "host" and any(host.startswith("@") for host in value.split(",")):
        yield f"{source}: abstract Unix sockets are not supported"


def _with_ports(values: dict[str, str]) -> dict[str, str]:
    hosts = [host.strip() or _DEFAULT_HOSTS.partition(",")[0] for host in values["host"].split(",")]
    ports = [port.strip() or "5432" for port in values["port"].split(",")]
    if not all(port.isdecimal() and 0 < int(port) < 65_536 for port in ports):
        raise UrlError(f"{VARIABLE}: a port is a number from 1 to 65535")
    if len(ports) not in (1, len(hosts)):
        raise UrlError(f"{VARIABLE}: there must be one port, or one for each host")
    return values | {"host": ",".join(hosts), "port": ",".join(ports)}


def _with_roots(values: dict[str, str]) -> dict[str, str]:
    """The file of trusted certificates by its name, since the drivers look for those of the system in different places."""
    if values.get("sslrootcert") == "system":
        # As libpq has it: certificates of public authorities say nothing unless the host name is compared.
        if values["sslmode"] not in ("prefer", "verify-full"):
            raise UrlError(f"{VARIABLE}: sslrootcert=system goes with sslmode=verify-full alone")
        return values | {"sslmode": "verify-full", "sslrootcert": _system_roots()}
    if values["sslmode"] not in _VERIFYING:
        return values
    file = values.get("sslrootcert") or str(Path.home() / ".postgresql" / "root.crt")
    if not os.access(file, os.R_OK) or not Path(file).is_file():
        raise UrlError(f"{VARIABLE}: there is no file of trusted certificates at {file}: name one with sslrootcert=")
    return values | {"sslrootcert": file}


def _system_roots() -> str:
    for file in (ssl.get_default_verify_paths().cafile, *_SYSTEM_ROOTS):
        if file and Path(file).is_file():
            return file
    raise UrlError(f"{VARIABLE}: sslrootcert=system, but this machine keeps no file of trusted certificates")


def _is_local(host: str) -> bool:
    if host.startswith("/") or host == "localhost":
        return True
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return False
