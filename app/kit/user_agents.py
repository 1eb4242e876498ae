"""What a User-Agent header says of a device: for lists of the API ("Windows 10, Chrome 126"), and for people ("Chrome on Windows").

Rules of uap-core. Their first use in a process takes a tenth of a second, any other some 15 us.
"""

import re
from functools import lru_cache

from ua_parser import OS, Result, UserAgent, parse

from app.kit.translations import N_, translate

UNKNOWN = "unknown"
# What uap-core adds to the name that people know a browser by.
_VARIANT = re.compile(r"^(Headless|Mobile )|( Mobile)?( iOS| WebView| UI/WKWebView)?$")
_SYSTEMS = {"Mac OS X": "macOS", "Chrome OS": "ChromeOS"}
_BY_DEVICE = frozenset({"iPhone", "iPad"})


@lru_cache(maxsize=2_048)
def device_of(user_agent: str) -> str:
    """Operating system, and browser or app, with their major versions; one of them if only that is known, else "unknown"."""
    parsed = parse(user_agent)
    found = [_named(part) for part in (parsed.os, parsed.user_agent) if part is not None]
    return ", ".join(found) or UNKNOWN


def device_name(user_agent: str, locale: str) -> str:
    """Browser or app and system in the language of a locale; one of them if only that is known, "" for neither.

    Without versions: most browsers freeze that of the system, and their own changes every month.
    """
    browser, system = _browser_and_system(user_agent)
    if not (browser and system):
        return browser or system
    return translate(locale, N_("%(browser)s on %(system)s")) % {"browser": browser, "system": system}


@lru_cache(maxsize=2_048)
def _browser_and_system(user_agent: str) -> tuple[str, str]:
    parsed = parse(user_agent)
    return _VARIANT.sub("", parsed.user_agent.family) if parsed.user_agent else "", _system(parsed)


def _system(parsed: Result) -> str:
    if parsed.device and parsed.device.family in _BY_DEVICE:
        return parsed.device.family
    return _SYSTEMS.get(parsed.os.family, parsed.os.family) if parsed.os else ""


def _named(part: OS | UserAgent) -> str:
    return f"{part.family} {part.major}" if part.major else part.family
