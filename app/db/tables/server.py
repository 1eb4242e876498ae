"""What belongs to the server as a whole: data keys, the configuration version, the stock of key pairs."""

from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base

SERVER = ""  # stands for the server itself where a pool id would


class DataKey(Base):
    """The random key under which a pool (or the server, `pool_id` empty) seals, itself sealed by the master key."""

    __tablename__ = "data_keys"

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    key_id: Mapped[bytes] = mapped_column(primary_key=True)
    sealed: Mapped[bytes]
    created_at: Mapped[int]


class ConfigurationVersion(Base):
    """One row (`id` 1) whose number rises with each change of any pool's configuration; every node polls it.

    `functions` is what that number was when the server's functions last changed.
    """

    __tablename__ = "configuration_version"

    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    version: Mapped[int]
    functions: Mapped[int] = mapped_column(default=0, server_default=text("0"))


class KeyStock(Base):
    """RSA key pairs made ahead of time, since making one takes tens of milliseconds."""

    __tablename__ = "key_stock"

    kid: Mapped[str] = mapped_column(primary_key=True)
    algorithm: Mapped[str]
    sealed: Mapped[bytes]
    created_at: Mapped[int]
