"""Short codes sent to people: confirmation, recovery, attribute verification."""

from sqlalchemy import ForeignKeyConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class Code(Base):
    """The one live code of a user and purpose, as an HMAC. A new code replaces it; use deletes it."""

    __tablename__ = "codes"
    __table_args__ = (
        ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),
        Index("codes_by_expiry", "expires_at"),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    sub: Mapped[str] = mapped_column(primary_key=True)
    purpose: Mapped[str] = mapped_column(primary_key=True)
    code_hash: Mapped[bytes]
    attribute: Mapped[str | None]
    # The attribute value that was asked to be verified; applied (or compared) when the code is used.
    value: Mapped[str | None]
    created_at: Mapped[int]
    expires_at: Mapped[int]
