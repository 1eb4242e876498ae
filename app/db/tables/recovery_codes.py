"""Recovery codes: what signs a user in whose second factor is lost."""

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class RecoveryCode(Base):
    """A code that has not been used yet, as an HMAC. Use deletes it; new codes replace all old ones."""

    __tablename__ = "recovery_codes"
    __table_args__ = (ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),)

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    sub: Mapped[str] = mapped_column(primary_key=True)
    code_hash: Mapped[bytes] = mapped_column(primary_key=True)
    created_at: Mapped[int]
