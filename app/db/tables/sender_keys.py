"""Keys that encrypt the codes in the events of pools' own senders."""

from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class SenderKey(Base):
    """A 256-bit key of an account, under the ARN by which pools name it as their KMSKeyID."""

    __tablename__ = "sender_keys"

    account_id: Mapped[str] = mapped_column(primary_key=True)
    key_arn: Mapped[str] = mapped_column(primary_key=True)
    sealed_key: Mapped[bytes]
    created_at: Mapped[int]
