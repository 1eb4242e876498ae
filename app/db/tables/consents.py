"""What users have allowed apps that are not their operator's own."""

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class Consent(Base):
    """A user's consent to an app client: the scope it may have, as space-separated names."""

    __tablename__ = "consents"
    __table_args__ = (ForeignKeyConstraint(["pool_id", "sub"], ["users.pool_id", "users.sub"], ondelete="CASCADE"),)

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    sub: Mapped[str] = mapped_column(primary_key=True)
    client_id: Mapped[str] = mapped_column(primary_key=True)
    scope: Mapped[str]
    updated_at: Mapped[int]
