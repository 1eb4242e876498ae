"""Whether a browser came to the wrong one of a pool's origins: it sees a pool on one only, since its cookies live there."""

from starlette.requests import Request

from app.flows.locations import browser_base, pool_base
from app.flows.snapshots import PoolSnapshot
from app.kit.settings import Settings


def moved_to(request: Request, settings: Settings, snapshot: PoolSnapshot) -> str | None:
    """The pool's own origin where a request came to its issuer path or to another domain of it; None where it is right.

    Who reaches a domain of a pool that is seen at its issuer path, as in `dev`, may stay.
    """
    home = browser_base(settings, snapshot)
    is_there = request.scope["pool_host"] and home == f"https://{request.scope['pool_host']}"
    return None if is_there or home == pool_base(settings, snapshot) else home


def moved_url(request: Request, settings: Settings, snapshot: PoolSnapshot) -> str | None:
    """The same page on the pool's own origin, for a request that came elsewhere; None where it is right."""
    home = moved_to(request, settings, snapshot)
    if home is None:
        return None
    path = request.scope["path"].removeprefix(request.scope["pool_path"])
    query = request.scope["query_string"].decode("latin-1")
    return f"{home}{path}?{query}" if query else f"{home}{path}"
