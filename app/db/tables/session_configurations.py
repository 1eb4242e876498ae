"""How sessions are tracked: of a pool, and of its clients. UpdateUserPool and UpdateUserPoolClient never touch them."""

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class PoolSessionConfiguration(Base):
    """Whether a pool tracks sessions, and how many token sessions a user may have at once."""

    __tablename__ = "pool_session_configurations"

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    is_tracking: Mapped[bool]
    max_per_user: Mapped[int]
    updated_at: Mapped[int]


class ClientSessionConfiguration(Base):
    """For how many minutes after an authentication a client silently reuses a browser's session; dormant without tracking."""

    __tablename__ = "client_session_configurations"
    __table_args__ = (
        ForeignKeyConstraint(["pool_id", "client_id"], ["clients.pool_id", "clients.client_id"], ondelete="CASCADE"),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(primary_key=True)
    max_validity_minutes: Mapped[int]
    updated_at: Mapped[int]
