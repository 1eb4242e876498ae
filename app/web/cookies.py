"""The cookies of a signed-in browser (its session, and those of other users that it may change to), shared by the OAuth door and the pages.

Under https its name begins with `__Host-`, so no other host of the domain can set it (RFC 6265bis section 4.1.3.2). It ends in a
tag of the pool, since pools under one host share a cookie jar. The value is a secret of a row in `sso_sessions`.
"""

import hashlib
from collections.abc import Sequence
from functools import lru_cache

from starlette.requests import Request
from starlette.responses import Response

from app.kit.clock import SECOND
from app.kit.secrets import random_token
from app.kit.settings import Settings
from app.web.house import house_of

NONCE = "browser"
_OTHERS = "accounts"
_MAX_OTHERS = 4


def is_secure(settings: Settings) -> bool:
    """Whether browsers reach this server by https."""
    return settings.base_url.startswith("https://")


@lru_cache(maxsize=4_096)
def pool_tag(pool_id: str) -> str:
    """A short name of the pool that is good in a cookie's name; not a secret."""
    return hashlib.sha256(pool_id.encode()).hexdigest()[:12]


def cookie_name(settings: Settings, purpose: str, pool_id: str) -> str:
    """The name of one of our cookies: `__Host-ph_<purpose>_<tag>` under https, without the prefix under http."""
    prefix = "__Host-" if is_secure(settings) else ""
    return f"{prefix}ph_{purpose}_{pool_tag(pool_id)}"


def set_cookie(
    response: Response, settings: Settings, purpose: str, pool_id: str, value: str, max_age: int | None
) -> None:
    """Sets one of our cookies for `max_age` seconds (None: until the browser closes)."""
    response.set_cookie(
        cookie_name(settings, purpose, pool_id),
        value,
        max_age=max_age,
        path="/",
        secure=is_secure(settings),
        httponly=True,
        samesite="lax",
    )


def set_session_cookie(response: Response, settings: Settings, pool_id: str, secret: str, lifetime_ms: int) -> None:
    """Gives the browser the secret of its new session, for as long as the session lives."""
    set_cookie(response, settings, "session", pool_id, secret, lifetime_ms // SECOND)


def clear_session_cookie(response: Response, settings: Settings, pool_id: str) -> None:
    """Takes the cookies of all its sessions from the browser."""
    set_cookie(response, settings, "session", pool_id, "", 0)
    set_cookie(response, settings, _OTHERS, pool_id, "", 0)


def sign_browser_out(response: Response, settings: Settings, pool_id: str) -> None:
    """Takes the cookies of all its sessions from the browser, and gives it another nonce: what pages it was shown open no more."""
    clear_session_cookie(response, settings, pool_id)
    give_nonce(response, settings, pool_id, random_token())


def give_nonce(response: Response, settings: Settings, pool_id: str, nonce: str) -> None:
    """Gives the browser, until it closes, the nonce that ties pages and their forms to it."""
    set_cookie(response, settings, NONCE, pool_id, nonce, None)


def set_other_sessions(
    response: Response, settings: Settings, pool_id: str, secrets: Sequence[str], lifetime_ms: int
) -> None:
    """Keeps the secrets of the sessions of other users that live in this browser, the latest four."""
    kept = "~".join(secrets[:_MAX_OTHERS])
    set_cookie(response, settings, _OTHERS, pool_id, kept, lifetime_ms // SECOND if kept else 0)


def read_cookie(request: Request, purpose: str) -> str:
    """What the browser shows of one of our cookies for the pool of the request; "" for none, or for several of that name.

    Another host of the domain can give a browser cookies that it shows here, too. Browsers keep `__Host-` names from it, so
    names are compared as they came: one with a blank of Unicode before the prefix is another name, which lenient parsers
    take for ours. Without the prefix, nobody can tell which of two is the one that we set.
    """
    name = cookie_name(house_of(request).settings, purpose, request.scope.get("pool_id", ""))
    shown = _shown_cookies(request).get(name, [])
    return shown[0].strip('"') if len(shown) == 1 else ""


def _shown_cookies(request: Request) -> dict[str, list[str]]:
    """The values of each name, read once for a request: there may be thousands."""
    known: dict[str, list[str]] | None = request.scope.get("cookies")
    if known is not None:
        return known
    shown: dict[str, list[str]] = {}
    for header in request.headers.getlist("cookie"):
        for part in header.split(";"):
            key, _, value = part.strip(" \t").partition("=")
            shown.setdefault(key, []).append(value)
    request.scope["cookies"] = shown
    return shown


def other_secrets(request: Request) -> tuple[str, ...]:
    """The secrets of further sessions that the browser shows for the pool of the request."""
    return tuple(secret for secret in read_cookie(request, _OTHERS).split("~")[:_MAX_OTHERS] if secret)


def session_secret(request: Request) -> str | None:
    """The secret that the browser shows for the pool of the request; None without one."""
    return read_cookie(request, "session") or None
