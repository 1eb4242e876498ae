"""Consents: which scope a user has allowed an app client (our client setting `Consent`)."""

from collections.abc import Iterable

from sqlalchemy import Connection, select

from app.db.tables.consents import Consent
from app.db.upsert import upsert


def find_scope(db: Connection, pool_id: str, sub: str, client_id: str) -> frozenset[str]:
    """The names of the scope that the user has allowed the client, none if they never did."""
    scope = db.execute(
        select(Consent.scope).where(Consent.pool_id == pool_id, Consent.sub == sub, Consent.client_id == client_id)
    ).scalar_one_or_none()
    return frozenset((scope or "").split())


def allow(db: Connection, pool_id: str, sub: str, client_id: str, scope: Iterable[str], now: int) -> None:
    """Adds to what the user has allowed the client; the caller has locked the user."""
    names = " ".join(sorted(find_scope(db, pool_id, sub, client_id).union(scope)))
    statement = upsert(db.dialect.name, Consent).values(
        pool_id=pool_id, sub=sub, client_id=client_id, scope=names, updated_at=now
    )
    db.execute(
        statement.on_conflict_do_update(
            index_elements=["pool_id", "sub", "client_id"], set_={"scope": names, "updated_at": now}
        )
    )
