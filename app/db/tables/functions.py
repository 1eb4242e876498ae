"""Functions that pools may name in their LambdaConfig, and what became of each call."""

from sqlalchemy import Index
from sqlalchemy.orm import Mapped, mapped_column

from app.db.types import Base


class Function(Base):
    """A function of an account: how it is run, and which of the account's pools may call it.

    `sealed_configuration` is JSON that only its kind's runner understands; it holds secrets. `revision` is another with
    each change. `pool_ids` counts for nothing where `is_for_all_pools`.
    """

    __tablename__ = "functions"

    account_id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    region: Mapped[str]
    kind: Mapped[str]
    sealed_configuration: Mapped[bytes]
    is_for_all_pools: Mapped[bool]
    pool_ids: Mapped[list[str]]
    is_enabled: Mapped[bool]
    revision: Mapped[str]
    created_at: Mapped[int]
    updated_at: Mapped[int]


class FunctionCall(Base):
    """A call of a function, `pool_id` empty where an operator tried it for none.

    `sealed` is JSON: the log, the error's text and, in `dev`, the event and the answer. Handlers print what they are given,
    passwords and codes among it, so none of this is ever readable at rest.
    """

    __tablename__ = "function_calls"
    __table_args__ = (
        Index("function_calls_by_time", "account_id", "name", "at", "call_id"),
        Index("function_calls_by_age", "at"),
        Index("function_calls_by_id", "call_id"),
    )

    pool_id: Mapped[str] = mapped_column(primary_key=True)
    call_id: Mapped[str] = mapped_column(primary_key=True)
    account_id: Mapped[str]
    name: Mapped[str]
    kind: Mapped[str]
    source: Mapped[str]
    request_id: Mapped[str]
    at: Mapped[int]
    milliseconds: Mapped[int]
    outcome: Mapped[str]
    tries: Mapped[int]
    sealed: Mapped[bytes]
