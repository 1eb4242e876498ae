"""Which host names are one site to a browser: those under one registrable domain, where each can give cookies to all."""

import re
from ipaddress import ip_address

from publicsuffixlist import PublicSuffixList

from app.kit.settings import Settings

_VARIABLE = "POOLHOUSE_DOMAIN_SUFFIX"
_LABEL = r"[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
# A prefix of 63 letters and a dot go before it.
_SUFFIX = re.compile(rf"(?=.{{1,189}}\Z)(?:{_LABEL}\.)*(?=[a-z0-9-]*[a-z]){_LABEL}")


def registrable_domain(host: str, suffixes: PublicSuffixList) -> str | None:
    """The domain of a host name that people register (https://publicsuffix.org), private sections of the list included.

    A name under no entry counts by its last two labels, as browsers do. None for addresses, and for names such as
    `localhost` that are a suffix themselves: those share cookies with no other host.
    """
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return suffixes.privatesuffix(host.lower())
    return None


def domain_suffix_problems(settings: Settings) -> list[str]:
    """What is wrong with the suffix of prefix domains: it is no name, or one site with a name of the server's own.

    On one site the pages of a pool could be given cookies for the server's own pages, and the other way round.
    """
    suffix = settings.domain_suffix
    if not suffix:
        return []
    if not _SUFFIX.fullmatch(suffix):
        return [f"{_VARIABLE} must be a host name, such as pools.example.net"]
    suffixes = PublicSuffixList()
    site = registrable_domain(f"a.{suffix}", suffixes)
    return [
        f"{_VARIABLE} must be on another registrable domain than {host}: browsers share cookies within {site}"
        for host in sorted(settings.own_hosts())
        if registrable_domain(host, suffixes) == site
    ]
