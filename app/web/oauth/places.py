"""Where the browser is: the path before `/login` and `/oauth2/authorize` on the host that the request came to."""

from urllib.parse import urlsplit

from starlette.requests import Request

from app.flows.locations import browser_base, pool_base
from app.flows.snapshots import PoolSnapshot
from app.kit.settings import Settings
from app.web.house import house_of


def browser_path(request: Request) -> str:
    """Path of the pool as the browser sees it, without a host: that is how a redirect stays where the browser is."""
    scope = request.scope
    if not scope["pool_path"]:
        return ""
    return urlsplit(house_of(request).settings.base_url).path.rstrip("/") + str(scope["pool_path"])


def moved_to(request: Request, settings: Settings, snapshot: PoolSnapshot) -> str | None:
    """The pool's own origin if it has one and the request came to the issuer path instead; else None."""
    base = browser_base(settings, snapshot)
    return base if request.scope["pool_path"] and base != pool_base(settings, snapshot) else None
