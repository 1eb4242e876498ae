"""Request rates that an account has set instead of the free ones."""

from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class ProvisionedLimit(Base):
    """Requests a second that a category of operations may have in one Region of an account."""

    __tablename__ = "provisioned_limits"

    account_id: Mapped[str] = mapped_column(primary_key=True)
    region: Mapped[str] = mapped_column(primary_key=True)
    category: Mapped[str] = mapped_column(primary_key=True)
    requests: Mapped[int]
    updated_at: Mapped[int]
