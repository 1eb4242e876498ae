"""Classic hosted UI customization: CSS and a logo for one app client, or for all that have none of their own."""

from sqlalchemy import ForeignKeyConstraint
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class UiCustomization(Base):
    """What one client's pages look like, or (`target` ALL, no `client_id`) those of every other client."""

    __tablename__ = "ui_customizations"
    __table_args__ = (
        ForeignKeyConstraint(["pool_id", "client_id"], ["clients.pool_id", "clients.client_id"], ondelete="CASCADE"),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    target: Mapped[str] = mapped_column(primary_key=True)
    # The target again where that is a client, so that the row goes with it.
    client_id: Mapped[str | None]
    css: Mapped[str | None]
    image: Mapped[bytes | None]
    image_extension: Mapped[str | None]
    created_at: Mapped[int]
    updated_at: Mapped[int]
