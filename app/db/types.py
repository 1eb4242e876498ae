"""Column types that mean the same on PostgreSQL and SQLite, and the declarative base."""

from typing import Any, ClassVar

from sqlalchemy import JSON, BigInteger, LargeBinary, Text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import DeclarativeBase

# Keys and order columns compare byte by byte on both engines, whatever the locale of the database.
Key = Text().with_variant(Text(collation="C"), "postgresql")
Json = JSON().with_variant(JSONB(), "postgresql")


class Base(DeclarativeBase):
    """All tables. Those of a user pool have `pool_id` first in the primary key and in each unique index."""

    type_annotation_map: ClassVar[dict[Any, Any]] = {
        str: Key,
        int: BigInteger(),
        bytes: LargeBinary(),
        dict[str, Any]: Json,
        list[Any]: Json,
        list[str]: Json,
    }
