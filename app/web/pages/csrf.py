"""Whether a form comes from a page that this server gave to this browser (OWASP: signed double submit, Fetch Metadata, Origin).

The token is an HMAC under a key of the pool over the browser's nonce cookie and the form's handle, so it is of no use with
another pool, browser or tab.
"""

import base64
from collections.abc import Collection
from urllib.parse import urlsplit

from starlette.requests import Request

from app.db.keyring import Keyring
from app.flows.locations import browser_base
from app.flows.snapshots import PoolSnapshot
from app.flows.work import Work
from app.kit.secrets import equal, keyed_hash

PURPOSE = "pages.csrf"


def csrf_token(keyring: Keyring, pool_id: str, nonce: str, handle: str) -> str:
    """The token of a form."""
    mac = keyed_hash(keyring.key(pool_id, PURPOSE).key, pool_id, nonce, handle)
    return base64.urlsafe_b64encode(mac).rstrip(b"=").decode()


def is_own_form(keyring: Keyring, pool_id: str, nonce: str, handle: str, token: str) -> bool:
    """Whether the token of a form is right, compared in constant time."""
    return bool(nonce) and equal(csrf_token(keyring, pool_id, nonce, handle), token)


def is_same_origin(request: Request, known: Collection[str]) -> bool:
    """Whether the headers that only browsers write admit that a page of ours sent this. `known` are our URLs' origins.

    A client that sends neither header is no browser of this decade, and carries no one's cookies.
    """
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        return False
    origins = request.headers.getlist("origin")
    here = f"{request.scope['scheme']}://{request.scope['host']}"
    return all(origin in {here, *known} for origin in origins)


def is_from_pool(work: Work, request: Request, snapshot: PoolSnapshot) -> bool:
    """`is_same_origin`, for a page of a pool."""
    urls = (work.settings.base_url, browser_base(work.settings, snapshot))
    return is_same_origin(request, [origin_of(url) for url in urls])


def origin_of(url: str) -> str:
    """Scheme, host and port of a URL of ours."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
