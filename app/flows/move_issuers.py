"""Issuers follow the base URL of `poolhouse dev`, whose port its user may change. Under `serve` they never move."""

from urllib.parse import urlsplit

import structlog

from app.core import issuers, pools
from app.flows.work import Resources

_log = structlog.get_logger()


def move_issuers(resources: Resources, base_url: str) -> int:
    """Moves every pool whose issuer is at another port of this machine to `base_url`; returns how many."""
    with resources.database.read() as db:
        elsewhere = issuers.list_issuers_elsewhere(db, base_url)
    moving = [(pool_id, issuer) for pool_id, issuer in elsewhere if urlsplit(issuer).hostname == "localhost"]
    for pool_id, issuer in moving:
        with resources.database.write() as db:
            issuers.set_issuer(db, pool_id, f"{base_url}/{pool_id}")
            pools.publish_change(db, pool_id)
        _log.warning("issuer_moved", pool=pool_id, before=issuer, now=f"{base_url}/{pool_id}")
    return len(moving)
