"""Keeps EstimatedNumberOfUsers (DescribeUserPool), which no request may count for itself."""

from sqlalchemy import Connection, func, select, update

from app.db.tables.pools import Pool
from app.db.tables.users import User
from app.flows.work import Work

_POOLS_AT_ONCE = 100


def count_users(work: Work) -> int:
    """Counts the users of every pool and notes what has changed; returns how many pools that were."""
    changed, last = 0, ""
    while True:
        with work.read() as db:
            batch = db.execute(
                select(Pool.pool_id, Pool.estimated_users)
                .where(Pool.pool_id > last, Pool.deleted_at.is_(None))
                .order_by(Pool.pool_id)
                .limit(_POOLS_AT_ONCE)
            ).all()
            counted = {row.pool_id: _count(db, row.pool_id) for row in batch}
        news = {row.pool_id: counted[row.pool_id] for row in batch if counted[row.pool_id] != row.estimated_users}
        if news:
            with work.write() as db:
                for pool_id, number in news.items():
                    db.execute(update(Pool).where(Pool.pool_id == pool_id).values(estimated_users=number))
        changed += len(news)
        if len(batch) < _POOLS_AT_ONCE:
            return changed
        last = batch[-1].pool_id


def _count(db: Connection, pool_id: str) -> int:
    return db.execute(select(func.count()).select_from(User).where(User.pool_id == pool_id)).scalar_one()
