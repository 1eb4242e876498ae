"""Takes signing keys out of the published set once no token that they signed can still be valid."""

from sqlalchemy import delete, select

from app.core import pools
from app.db.tables.keys import SigningKey
from app.flows.work import Work


def retire_keys(work: Work) -> int:
    """Deletes keys in state `retiring` whose time has come; returns how many."""
    over = (SigningKey.state == "retiring") & (SigningKey.retire_at <= work.now)
    with work.read() as db:
        affected = list(db.execute(select(SigningKey.pool_id).where(over).distinct()).scalars())
    retired = 0
    for pool_id in affected:
        with work.write() as db:
            retired += db.execute(delete(SigningKey).where(SigningKey.pool_id == pool_id, over)).rowcount
            pools.publish_change(db, pool_id)
    return retired
