"""Attributes of a user change, by the user or by an operator (API: (Admin)UpdateUserAttributes, (Admin)DeleteUserAttributes).

A changed address that the pool verifies gets a code. It is unverified from now on or, where the pool says so
(AttributesRequireVerificationBeforeUpdate), takes effect only once it is verified.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from sqlalchemy import Connection

from app.core import attempts, codes, users
from app.core import attributes as rules
from app.core.pools import Pool
from app.core.users import VERIFIABLE, User, folded
from app.flows.message_texts import Wording, find_wording
from app.flows.send_code import MEDIA, UPDATE_ATTRIBUTE, Delivery, post_code
from app.flows.snapshots import ClientSnapshot
from app.flows.user_events import record_user_event
from app.flows.work import Work
from app.kit.errors import InvalidParameterException


def update_attributes(
    work: Work,
    client: ClientSnapshot,
    user: User,
    changes: Mapping[str, str],
    *,
    metadata: Mapping[str, str] | None = None,
    proves_names: bool = False,
) -> list[Delivery]:
    """Changes by the signed-in user; a blank value deletes. Returns where codes went.

    With `proves_names` an address that the pool's users sign in with takes effect only once it is verified, whatever the pool
    says: else anybody's that is free could be taken for a name. Cognito's API leaves that to the pool.

    Raises NotAuthorizedException for what the client may not write, InvalidParameterException, AliasExistsException,
    TooManyRequestsException after too many changes that send a code.
    """
    pool = client.pool
    rules.check_writable(client.client.configuration, pool.schema_by_name, changes)
    names = (*pool.username_attributes, *pool.alias_attributes) if proves_names else ()
    proven = tuple(name for name in VERIFIABLE if name in names)
    return _change(work, pool, user, changes, proven, client_id=client.client.client_id, metadata=metadata)


def admin_update_attributes(
    work: Work,
    pool: Pool,
    username: str,
    changes: Mapping[str, str],
    *,
    metadata: Mapping[str, str] | None = None,
) -> list[Delivery]:
    """Changes by an operator, who may also say that an address is verified.

    Raises UserNotFoundException, InvalidParameterException, AliasExistsException.
    """
    with work.read() as db:
        user = users.get_user(db, pool, username)
    return _change(work, pool, user, changes, client_id=None, metadata=metadata)


def delete_attributes(work: Work, client: ClientSnapshot, user: User, names: Iterable[str]) -> None:
    """Deletion by the signed-in user; names without a value are passed over. Raises as `update_attributes`."""
    update_attributes(work, client, user, dict.fromkeys(names, ""))


def admin_delete_attributes(work: Work, pool: Pool, username: str, names: Iterable[str]) -> None:
    """Deletion by an operator. Raises as `admin_update_attributes`."""
    admin_update_attributes(work, pool, username, dict.fromkeys(names, ""))


def _change(
    work: Work,
    pool: Pool,
    user: User,
    changes: Mapping[str, str],
    proven: Collection[str] = (),
    *,
    client_id: str | None,
    metadata: Mapping[str, str] | None,
) -> list[Delivery]:
    changes = rules.normalised(pool.schema_by_name, changes)
    rules.check_change(pool.schema_by_name, user.attributes, changes)
    unproven = _unproven(pool, user, changes, proven)
    if unproven and client_id is not None:
        with work.write() as db:
            attempts.reserve(db, pool.pool_id, user.sub, "change_address", work.now, attempts.CHANGE_ADDRESS)
    wording = Wording()
    if unproven:
        media = [MEDIA[name] for name in unproven]
        told = replace(user, attributes=_after(user, changes, _pending(pool, unproven, proven)))
        wording = find_wording(work, pool, UPDATE_ATTRIBUTE, told, metadata, media=media, client_id=client_id)
    with work.write() as db:
        user = users.lock_user(db, pool.pool_id, user.sub)
        rules.check_change(pool.schema_by_name, user.attributes, changes)
        unproven = _unproven(pool, user, changes, proven)
        pending = _pending(pool, unproven, proven)
        after = _after(user, changes, pending)
        _check_reachable(pool, user, after)
        changed = users.replace_attributes(db, pool, user, after, work.now)
        _drop_stale_codes(db, user, changes)
        record_user_event(
            db, work, user, "attributes.updated", client_id=client_id, names=sorted(changes), pending=sorted(pending)
        )
        return [
            post_code(
                db,
                work,
                pool,
                changed,
                purpose=codes.verification_of(name),
                attribute=name,
                value=value,
                occasion=UPDATE_ATTRIBUTE,
                wording=wording,
            )
            for name, value in sorted(unproven.items())
        ]


def _unproven(pool: Pool, user: User, changes: Mapping[str, str], proven: Collection[str]) -> dict[str, str]:
    """The new addresses that the pool verifies by itself, or that are to be proven, and nobody vouches for in the same call."""
    return {
        name: value
        for name, value in changes.items()
        if (name in pool.auto_verified_attributes or name in proven)
        and value
        and value != user.attributes.get(name)
        and changes.get(f"{name}_verified") != "true"
    }


def _pending(pool: Pool, unproven: Mapping[str, str], proven: Collection[str]) -> dict[str, str]:
    """Those of them that must wait for their code."""
    settings = pool.configuration.get("UserAttributeUpdateSettings") or {}
    waiting = settings.get("AttributesRequireVerificationBeforeUpdate") or ()
    return {name: value for name, value in unproven.items() if name in waiting or name in proven}


def _after(user: User, changes: Mapping[str, str], pending: Collection[str]) -> dict[str, str]:
    """The document after the changes but for what must wait; an address that changed is verified only if the same call says so."""
    made = {name: value for name, value in changes.items() if name not in pending}
    flags = {
        f"{name}_verified": "false" if made[name] else ""
        for name in VERIFIABLE
        if name in made and made[name] != user.attributes.get(name, "")
    }
    return rules.applied(user.attributes, {**flags, **made})


def _check_reachable(pool: Pool, user: User, after: Mapping[str, str]) -> None:
    """Where an address is the username, it may change but not go: nothing else leads to the user."""
    for name in pool.username_attributes:
        if user.attributes.get(name) and not after.get(name):
            raise InvalidParameterException(f"user.{name}: An attribute that users sign in with cannot be removed.\n")
    preferred = after.get("preferred_username", "")
    if "preferred_username" in pool.alias_attributes and len(folded(pool, preferred)) > rules.MAX_USERNAME:
        raise InvalidParameterException(
            f"Attributes did not conform to the schema: preferred_username: "
            f"String length must be at most {rules.MAX_USERNAME}.\n"
        )


def _drop_stale_codes(db: Connection, user: User, changes: Mapping[str, str]) -> None:
    """A code proves the address it was sent to; once another one was asked for it proves nothing.

    The present address, as a form sends it back, asks for nothing: a change that waits for its code goes on waiting, unless
    an operator says in the same call whether that address is verified.
    """
    for name in VERIFIABLE:
        if name not in changes:
            continue
        is_another = changes[name] != user.attributes.get(name, "")
        if is_another or f"{name}_verified" in changes:
            codes.drop_code(db, user.pool_id, user.sub, codes.verification_of(name))
        if is_another:
            codes.drop_code(db, user.pool_id, user.sub, codes.RESET_PASSWORD)
