"""How sessions are tracked: the configuration of a pool and of its clients.

Amazon Cognito user pools API, SetUserPoolSessionConfiguration and SetUserPoolClientSessionConfiguration.
"""

from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection, func, select

from app.db.tables.session_configurations import ClientSessionConfiguration as ClientRow
from app.db.tables.session_configurations import PoolSessionConfiguration as PoolRow
from app.db.upsert import upsert
from app.kit.clock import MINUTE

DEFAULT_MAX_PER_USER: Final = 20
DEFAULT_VALIDITY_MINUTES: Final = 60


@dataclass(frozen=True, slots=True)
class SessionConfiguration:
    """Of a pool. `max_per_user` counts token sessions; `longest_validity_minutes` is the most that any client reuses."""

    is_tracking: bool = False
    max_per_user: int = DEFAULT_MAX_PER_USER
    longest_validity_minutes: int = DEFAULT_VALIDITY_MINUTES

    @property
    def sso_lifetime_ms(self) -> int:
        """How long a browser's session lives: as long as some client may reuse it. A pool without tracking has the default."""
        minutes = self.longest_validity_minutes if self.is_tracking else DEFAULT_VALIDITY_MINUTES
        return minutes * MINUTE

    def reuse_ms(self, client_minutes: int) -> int:
        """For how long after an authentication a client with this MaxValidityMinutes reuses it silently."""
        return (client_minutes if self.is_tracking else DEFAULT_VALIDITY_MINUTES) * MINUTE


def get_pool_sessions(db: Connection, pool_id: str) -> SessionConfiguration:
    """The configuration of a pool, the defaults if it was never set."""
    longest = select(func.max(ClientRow.max_validity_minutes)).where(ClientRow.pool_id == pool_id).scalar_subquery()
    row = db.execute(
        select(PoolRow.is_tracking, PoolRow.max_per_user, longest.label("longest")).where(PoolRow.pool_id == pool_id)
    ).one_or_none()
    if row is None:
        return SessionConfiguration()
    # A client that was never configured has the default, and the pool may have one at any time.
    return SessionConfiguration(row.is_tracking, row.max_per_user, max(row.longest or 0, DEFAULT_VALIDITY_MINUTES))


def set_pool_sessions(db: Connection, pool_id: str, *, is_tracking: bool, max_per_user: int, now: int) -> None:
    """Replaces the configuration of a pool that the caller has locked."""
    values = {"is_tracking": is_tracking, "max_per_user": max_per_user, "updated_at": now}
    statement = upsert(db.dialect.name, PoolRow).values(pool_id=pool_id, **values)
    db.execute(statement.on_conflict_do_update(index_elements=["pool_id"], set_=values))


def client_validity_minutes(db: Connection, pool_id: str, client_id: str) -> int:
    """MaxValidityMinutes of a client, the default if it was never set."""
    found = db.execute(
        select(ClientRow.max_validity_minutes).where(ClientRow.pool_id == pool_id, ClientRow.client_id == client_id)
    ).scalar_one_or_none()
    return DEFAULT_VALIDITY_MINUTES if found is None else found


def set_client_sessions(db: Connection, pool_id: str, client_id: str, *, max_validity_minutes: int, now: int) -> None:
    """Replaces the configuration of a client; the caller has locked the pool and knows that the client exists."""
    values = {"max_validity_minutes": max_validity_minutes, "updated_at": now}
    statement = upsert(db.dialect.name, ClientRow).values(pool_id=pool_id, client_id=client_id, **values)
    db.execute(statement.on_conflict_do_update(index_elements=["pool_id", "client_id"], set_=values))
