"""Which app a browser may be led back to from a page that knows of no authorize request."""

from app.core.clients import Client, list_clients
from app.flows.work import Work
from app.kit.errors import ResourceNotFoundException

# Where a pool has more clients, one of them is not looked for.
_MOST_CLIENTS = 10


def find_app(work: Work, pool_id: str, client_id: str) -> Client | None:
    """The client that a request names, if it is the pool's; else the only one of the pool that has a site.

    The answer always has a `site_url`. Nothing of it is secret: whoever may see the pages may use their apps.
    """
    named = _find_client(work, pool_id, client_id) if client_id else None
    if named:
        return named if named.site_url else None
    with work.read() as db:
        listed = list_clients(db, pool_id, after=None, limit=_MOST_CLIENTS + 1)
    if len(listed) > _MOST_CLIENTS:
        return None
    known = [_find_client(work, pool_id, listed_id) for listed_id, _ in listed]
    found = [client for client in known if client and client.site_url and "code" in client.oauth_flows]
    return found[0] if len(found) == 1 else None


def _find_client(work: Work, pool_id: str, client_id: str) -> Client | None:
    try:
        snapshot = work.snapshots.client(client_id)
    except ResourceNotFoundException:
        return None
    return snapshot.client if snapshot.pool.pool_id == pool_id else None
