"""Functions of an account: what runs the code that pools name in their LambdaConfig, and which pools may call it.

Their ARNs have Lambda's form (Lambda API reference, "Function" in the ARN formats): a pool may add a version or an alias.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import Connection, Row, delete, func, insert, select, update

from app.db.engine import touch
from app.db.keyring import Keyring
from app.db.tables.functions import Function as FunctionRow
from app.db.tables.server import SERVER, ConfigurationVersion
from app.kit.errors import LimitExceededException, ResourceNotFoundException
from app.kit.ids import new_uuid

MAX_FUNCTIONS = 500
_COLUMN = "functions.sealed_configuration"
_QUALIFIED = re.compile(r"(arn:aws:lambda:[a-z0-9-]+:\d{12}:function:[A-Za-z0-9_-]{1,64})(?::[A-Za-z0-9_$-]{1,128})?")


@dataclass(frozen=True, slots=True)
class Function:
    """A function, its configuration opened: secrets are in it. Times in epoch ms; `revision` is another with each change."""

    account_id: str
    name: str
    region: str
    kind: str
    configuration: Mapping[str, Any]
    is_for_all_pools: bool
    pool_ids: tuple[str, ...]
    is_enabled: bool
    revision: str
    created_at: int
    updated_at: int

    @property
    def arn(self) -> str:
        return f"arn:aws:lambda:{self.region}:{self.account_id}:function:{self.name}"

    def may_be_called_by(self, account_id: str, pool_id: str) -> bool:
        """Whether a pool of an account is one of those that may."""
        return account_id == self.account_id and (self.is_for_all_pools or pool_id in self.pool_ids)


def unqualified(arn: str) -> str:
    """A function's ARN without version or alias; empty for what is no such ARN."""
    match = _QUALIFIED.fullmatch(arn)
    return match.group(1) if match else ""


def find_function(db: Connection, keyring: Keyring, account_id: str, name: str) -> Function | None:
    """The function of that name."""
    row = db.execute(select(FunctionRow).where(*_is(account_id, name))).one_or_none()
    return None if row is None else _function(keyring, row)


def get_function(db: Connection, keyring: Keyring, account_id: str, name: str) -> Function:
    """The function of that name; raises ResourceNotFoundException."""
    function = find_function(db, keyring, account_id, name)
    if function is None:
        raise no_such_function(name)
    return function


def no_such_function(name: str) -> ResourceNotFoundException:
    """The error for a function that does not exist, or is not the caller's."""
    return ResourceNotFoundException(f"Function {name} does not exist.")


def list_functions(
    db: Connection, keyring: Keyring, account_id: str, *, after: str | None, limit: int
) -> list[Function]:
    """At most `limit` functions of an account, by name, those after the name `after`."""
    rows = db.execute(
        select(FunctionRow)
        .where(FunctionRow.account_id == account_id, FunctionRow.name > (after or ""))
        .order_by(FunctionRow.name)
        .limit(limit)
    )
    return [_function(keyring, row) for row in rows]


def all_functions(db: Connection, keyring: Keyring) -> list[Function]:
    """Every function of this server."""
    return [_function(keyring, row) for row in db.execute(select(FunctionRow))]


def lock_functions(db: Connection) -> None:
    """To come first in a segment that changes one: changes follow each other, and every node drops what it cached.

    The version row is locked until commit, so that versions become visible in their order and a poller misses none.
    """
    rising = ConfigurationVersion.version + 1
    db.execute(
        update(ConfigurationVersion).where(ConfigurationVersion.id == 1).values(version=rising, functions=rising)
    )
    touch(db, SERVER)


def put_function(
    db: Connection,
    keyring: Keyring,
    *,
    account_id: str,
    name: str,
    region: str,
    kind: str,
    configuration: Mapping[str, Any],
    is_for_all_pools: bool,
    pool_ids: tuple[str, ...],
    is_enabled: bool,
    now: int,
) -> Function:
    """Makes the function or replaces it, once `lock_functions` was called; raises LimitExceededException."""
    values = {
        "region": region,
        "kind": kind,
        "sealed_configuration": keyring.seal(SERVER, _COLUMN, _row(account_id, name), orjson.dumps(configuration)),
        "is_for_all_pools": is_for_all_pools,
        "pool_ids": list(pool_ids),
        "is_enabled": is_enabled,
        "revision": new_uuid(),
        "updated_at": now,
    }
    changed = db.execute(update(FunctionRow).where(*_is(account_id, name)).values(**values))
    if not changed.rowcount:
        _check_number(db, account_id)
        db.execute(insert(FunctionRow).values(account_id=account_id, name=name, created_at=now, **values))
    return get_function(db, keyring, account_id, name)


def delete_function(db: Connection, account_id: str, name: str) -> None:
    """Removes the function, once `lock_functions` was called; raises ResourceNotFoundException."""
    if not db.execute(delete(FunctionRow).where(*_is(account_id, name))).rowcount:
        raise no_such_function(name)


def functions_version(db: Connection) -> int:
    """The configuration version at which a function was last changed."""
    return db.execute(select(ConfigurationVersion.functions).where(ConfigurationVersion.id == 1)).scalar_one()


def _check_number(db: Connection, account_id: str) -> None:
    count = select(func.count()).select_from(FunctionRow).where(FunctionRow.account_id == account_id)
    if db.execute(count).scalar_one() >= MAX_FUNCTIONS:
        raise LimitExceededException(f"An account can have {MAX_FUNCTIONS} functions.")


def _is(account_id: str, name: str) -> tuple[Any, Any]:
    return FunctionRow.account_id == account_id, FunctionRow.name == name


def _row(account_id: str, name: str) -> str:
    return f"{account_id}|{name}"


def _function(keyring: Keyring, row: Row[Any]) -> Function:
    sealed = keyring.unseal(SERVER, _COLUMN, _row(row.account_id, row.name), row.sealed_configuration)
    return Function(
        account_id=row.account_id,
        name=row.name,
        region=row.region,
        kind=row.kind,
        configuration=orjson.loads(sealed),
        is_for_all_pools=row.is_for_all_pools,
        pool_ids=tuple(row.pool_ids),
        is_enabled=row.is_enabled,
        revision=row.revision,
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
