"""RSA keys of a pool as a SAML service provider, with the certificates that tell identity providers of them."""

from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class SamlKey(Base):
    """A key pair and its newest certificate (DER). `provider` names whose assertions it decrypts; empty: it signs requests."""

    __tablename__ = "saml_keys"

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    provider: Mapped[str] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]
    certificate: Mapped[bytes]
    issued_at: Mapped[int]
    created_at: Mapped[int]
