"""Calls of functions as they are kept: which function, for which pool, what became of it, and what it printed.

What was printed and why it failed is sealed under the pool's key, with the event and the answer where those are kept:
handlers print what they are given, and that may hold a password or a code.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import orjson
from sqlalchemy import Connection, Row, Select, delete, insert, select, tuple_

from app.db.keyring import Keyring
from app.db.tables.functions import FunctionCall as FunctionCallRow
from app.kit.errors import ResourceNotFoundException
from app.kit.ids import new_uuid
from app.kit.sealing import SealError

_COLUMN = "function_calls.sealed"
_BATCH = 500
Position = tuple[int, str]


@dataclass(frozen=True, slots=True)
class FunctionCall:
    """A call of a function, `at` in epoch ms. `outcome` is `answered`, `failed` (its own error) or `unavailable`.

    `details` holds `log`, `error` and, where payloads are kept, `event` and `answer`.
    """

    account_id: str
    name: str
    kind: str
    pool_id: str
    source: str
    request_id: str
    at: int
    milliseconds: int
    outcome: str
    tries: int
    details: Mapping[str, Any]
    call_id: str = field(default_factory=new_uuid)


def seal_calls(keyring: Keyring, calls: Sequence[FunctionCall]) -> list[dict[str, Any]]:
    """Rows of the calls, but for those of pools that have no key any more: they were deleted meanwhile."""
    rows = []
    for call in calls:
        row = {name: getattr(call, name) for name in FunctionCall.__slots__}
        details = orjson.dumps(row.pop("details"))
        try:
            row["sealed"] = keyring.seal(call.pool_id, _COLUMN, call.call_id, details)
        except SealError:
            continue
        rows.append(row)
    return rows


def record_calls(db: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes what `seal_calls` made."""
    if rows:
        db.execute(insert(FunctionCallRow), rows)


def list_calls(
    db: Connection, keyring: Keyring, account_id: str, name: str, *, after: Position | None, limit: int
) -> list[FunctionCall]:
    """At most `limit` calls of a function, newest first, those before the position `after` (its time and id)."""
    key = tuple_(FunctionCallRow.at, FunctionCallRow.call_id)
    query = select(FunctionCallRow).where(FunctionCallRow.account_id == account_id, FunctionCallRow.name == name)
    if after:
        query = query.where(key < after)
    rows = db.execute(query.order_by(FunctionCallRow.at.desc(), FunctionCallRow.call_id.desc()).limit(limit))
    return [_call(keyring, row) for row in rows]


def get_call(db: Connection, keyring: Keyring, account_id: str, call_id: str) -> FunctionCall:
    """The call; raises ResourceNotFoundException."""
    row = db.execute(
        select(FunctionCallRow).where(FunctionCallRow.call_id == call_id, FunctionCallRow.account_id == account_id)
    ).one_or_none()
    if row is None:
        raise ResourceNotFoundException(f"Call {call_id} does not exist.")
    return _call(keyring, row)


def has_more_than(db: Connection, account_id: str, name: str, keep: int) -> bool:
    """Whether there are more calls of a function than `keep`."""
    return db.execute(_beyond(account_id, name, keep).limit(1)).first() is not None


def drop_oldest(db: Connection, account_id: str, name: str, keep: int) -> int:
    """Deletes calls of a function beyond the newest `keep`, a batch of them; returns how many."""
    beyond = db.execute(_beyond(account_id, name, keep).limit(_BATCH)).all()
    if beyond:
        key = tuple_(FunctionCallRow.pool_id, FunctionCallRow.call_id)
        db.execute(delete(FunctionCallRow).where(key.in_([tuple(row) for row in beyond])))
    return len(beyond)


def _beyond(account_id: str, name: str, keep: int) -> Select[str, str]:
    """The keys of a function's calls that are older than its newest `keep`."""
    is_call = (FunctionCallRow.account_id == account_id) & (FunctionCallRow.name == name)
    newest_first = (FunctionCallRow.at.desc(), FunctionCallRow.call_id.desc())
    keys = select(FunctionCallRow.pool_id, FunctionCallRow.call_id)
    return keys.where(is_call).order_by(*newest_first).offset(keep)


def _call(keyring: Keyring, row: Row[Any]) -> FunctionCall:
    members = dict(row._mapping)
    sealed = members.pop("sealed")
    return FunctionCall(**members, details=orjson.loads(keyring.unseal(row.pool_id, _COLUMN, row.call_id, sealed)))
