"""Making, changing and removing functions, and rotating the secret with which events to a webhook are signed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from app.core import functions
from app.core.functions import Function
from app.core.pools import no_such_pool
from app.flows.work import Work
from app.gateways.webhook_functions import new_webhook_secret
from app.kit.errors import InvalidParameterException, NotAuthorizedException

# They run code on the server's machine: whoever may put one over the network may do there what the server may.
_ON_THIS_MACHINE = frozenset({"local", "entry_point"})


@dataclass(frozen=True, slots=True)
class FunctionChange:
    """What is to be: None keeps what is. `configuration` is for the runner of `kind`, a webhook's without its secrets."""

    kind: str | None = None
    configuration: Mapping[str, Any] | None = None
    is_for_all_pools: bool | None = None
    pool_ids: Sequence[str] | None = None
    is_enabled: bool | None = None


def put_function(work: Work, name: str, change: FunctionChange) -> tuple[Function, str]:
    """Makes or changes a function of the caller's account; returns it, and the secret of a new webhook (else empty).

    Raises InvalidParameterException, NotAuthorizedException, ResourceNotFoundException for a pool that is not there, and
    LimitExceededException.
    """
    account_id = work.caller.account_id
    with work.read() as db:
        known = functions.find_function(db, work.keyring, account_id, name)
    _check_door(work, change.kind or (known.kind if known else ""), change.configuration or {})
    _check_callers(work, change, is_new=known is None)
    secret = new_webhook_secret()
    given = None if change.kind is None else _checked(work, change.kind, change.configuration or {}, secret)
    with work.write() as db:
        functions.lock_functions(db)
        values = _merged(functions.find_function(db, work.keyring, account_id, name), change, given)
        _check_door(work, values["kind"], values["configuration"])
        function = _write(db, work, name, values)
    return function, secret if secret in function.configuration.get("secrets", ()) else ""


def delete_function(work: Work, name: str) -> None:
    """Removes a function; raises ResourceNotFoundException."""
    with work.write() as db:
        functions.lock_functions(db)
        functions.delete_function(db, work.caller.account_id, name)


def rotate_secret(work: Work, name: str) -> str:
    """A new secret of a webhook, which signs from now on beside the one before.

    Raises ResourceNotFoundException, and InvalidParameterException for what is no webhook or has two secrets.
    """
    secret = new_webhook_secret()
    with work.write() as db:
        function, secrets = _lock_webhook(db, work, name)
        if len(secrets) > 1:
            raise InvalidParameterException(f"Function {name} has two secrets: retire the old one first.")
        _write_secrets(db, work, function, [secret, *secrets])
    return secret


def retire_secret(work: Work, name: str) -> None:
    """Takes the older of a webhook's secrets away; raises as `rotate_secret`, and where there is only one."""
    with work.write() as db:
        function, secrets = _lock_webhook(db, work, name)
        if len(secrets) < 2:
            raise InvalidParameterException(f"Function {name} has one secret: rotate it first.")
        _write_secrets(db, work, function, secrets[:1])


def _check_door(work: Work, kind: str, configuration: Mapping[str, Any]) -> None:
    is_the_machines = kind in _ON_THIS_MACHINE or configuration.get("machine_credentials")
    if not is_the_machines or work.settings.mode == "dev":
        return
    if kind == "entry_point":
        raise InvalidParameterException("Entry points run in `poolhouse dev` alone: no limit can be enforced on them.")
    if work.caller.access_key_id:
        raise NotAuthorizedException(
            "Local functions run code on the server's machine, and MachineCredentials are that machine's: outside "
            "`poolhouse dev` such functions are put there, by `poolhouse functions add`."
        )


def _check_callers(work: Work, change: FunctionChange, *, is_new: bool) -> None:
    """That it is said which pools may call a new function, and that they are the account's."""
    if change.pool_ids and change.is_for_all_pools:
        raise InvalidParameterException("Name the user pools that may call the function, or all of them; not both.")
    if is_new and not change.pool_ids and not change.is_for_all_pools:
        raise InvalidParameterException("A new function needs the user pools that may call it, or all of them.")
    for pool_id in change.pool_ids or ():
        if work.snapshots.pool(pool_id).pool.account_id != work.caller.account_id:
            raise no_such_pool(pool_id)


def _checked(work: Work, kind: str, configuration: Mapping[str, Any], secret: str) -> dict[str, Any]:
    check = work.resources.function_table.checks.get(kind)
    if check is None:
        raise InvalidParameterException(f"Functions of the kind {kind} do not run on this server.")
    whole = {**configuration, "secrets": [secret]} if kind == "webhook" else configuration
    try:
        return check(whole)
    except ValueError as error:
        raise InvalidParameterException(f"{error}.") from None


def _merged(known: Function | None, change: FunctionChange, given: Mapping[str, Any] | None) -> dict[str, Any]:
    """The values of the row. A webhook that stays one keeps its secrets."""
    if known is None:
        if change.kind is None or given is None:
            raise InvalidParameterException("A new function needs to be told how it is run.")
        is_for_all = bool(change.is_for_all_pools)
        values = {"kind": change.kind, "configuration": given, "is_for_all_pools": is_for_all, "pool_ids": ()}
        values["is_enabled"] = True
    else:
        values = _values(known)
        if given is not None:
            kept = known.configuration.get("secrets") if known.kind == change.kind == "webhook" else None
            values |= {"kind": change.kind, "configuration": {**given, "secrets": kept} if kept else given}
    if change.is_for_all_pools is not None:
        values["is_for_all_pools"] = change.is_for_all_pools
    if change.pool_ids is not None:
        values |= {"pool_ids": tuple(change.pool_ids), "is_for_all_pools": bool(change.is_for_all_pools)}
    if change.is_enabled is not None:
        values["is_enabled"] = change.is_enabled
    return values


def _values(known: Function) -> dict[str, Any]:
    kept = ("region", "kind", "configuration", "is_for_all_pools", "pool_ids", "is_enabled")
    return {name: getattr(known, name) for name in kept}


def _write(db: Connection, work: Work, name: str, values: Mapping[str, Any]) -> Function:
    return functions.put_function(
        db,
        work.keyring,
        account_id=work.caller.account_id,
        name=name,
        now=work.now,
        **{"region": work.region, **values},
    )


def _lock_webhook(db: Connection, work: Work, name: str) -> tuple[Function, list[str]]:
    functions.lock_functions(db)
    function = functions.get_function(db, work.keyring, work.caller.account_id, name)
    if function.kind != "webhook":
        raise InvalidParameterException(f"Function {name} is no webhook: it has no secret.")
    return function, list(function.configuration["secrets"])


def _write_secrets(db: Connection, work: Work, function: Function, secrets: list[str]) -> None:
    configuration = {**function.configuration, "secrets": secrets}
    _write(db, work, function.name, {**_values(function), "configuration": configuration})
