"""Alembic's entry: compares with the tables of app.db, and runs on the connection that app.db.migrations hands over.

Numbered revisions; additive only, a column is dropped one release after its last use. `make migration name="..."`
writes a new one.
"""

import importlib
import pkgutil
from typing import Any, Literal

from alembic import context
from alembic.autogenerate.api import AutogenContext
from sqlalchemy.types import TypeEngine

from app.db import tables
from app.db.types import Base, Json, Key

for module in pkgutil.iter_modules(tables.__path__):
    importlib.import_module(f"{tables.__name__}.{module.name}")

_NAMES: tuple[tuple[TypeEngine[Any], str], ...] = ((Key, "Key"), (Json, "Json"))


def _render(kind: str, item: Any, autogenerate: AutogenContext) -> str | Literal[False]:
    """Our own column types by their names, so that a revision reads as the tables do."""
    if kind != "type":
        return False
    for known, name in _NAMES:
        if item is known or (type(item) is type(known) and repr(item) == repr(known)):
            autogenerate.imports.add(f"from app.db.types import {name}")
            return name
    return False


def _run() -> None:
    connection = context.config.attributes["connection"]
    context.configure(
        connection=connection,
        target_metadata=Base.metadata,
        compare_type=True,
        render_as_batch=connection.dialect.name == "sqlite",
        render_item=_render,
        user_module_prefix="",
    )
    with context.begin_transaction():
        context.run_migrations()


_run()
