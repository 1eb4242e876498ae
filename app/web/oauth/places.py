"""Whether a browser request came to the wrong one of a pool's origins."""

from starlette.requests import Request

from app.flows.locations import browser_base, pool_base
from app.flows.snapshots import PoolSnapshot
from app.kit.settings import Settings


def moved_to(request: Request, settings: Settings, snapshot: PoolSnapshot) -> str | None:
    """The pool's own origin if it has one and the request came to the issuer path instead; else None."""
    base = browser_base(settings, snapshot)
    return base if request.scope["pool_path"] and base != pool_base(settings, snapshot) else None
