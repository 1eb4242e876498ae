"""Issuers of user pools, where a server's base URL changes under them."""

from sqlalchemy import Connection, select, update

from app.db.tables.pools import Pool


def list_issuers_elsewhere(db: Connection, base_url: str) -> list[tuple[str, str]]:
    """Pool id and issuer of each pool whose issuer is not `{base_url}/{pool id}`, deleted pools left out."""
    rows = db.execute(
        select(Pool.pool_id, Pool.issuer).where(Pool.deleted_at.is_(None), Pool.issuer != base_url + "/" + Pool.pool_id)
    )
    return [(row.pool_id, row.issuer) for row in rows]


def set_issuer(db: Connection, pool_id: str, issuer: str) -> None:
    """Gives a pool another issuer: tokens issued before are no longer accepted."""
    db.execute(update(Pool).where(Pool.pool_id == pool_id).values(issuer=issuer))
