"""NEW_PASSWORD_REQUIRED: whoever signed in with a temporary password chooses their own and fills in what is missing."""

import json
from collections.abc import Mapping

from sqlalchemy import Connection

from app.core import attributes, users
from app.core.credentials import NewPassword
from app.core.pools import Pool
from app.core.users import User
from app.flows import passwords
from app.flows.challenge_session import invalid_session
from app.flows.challenge_steps import Asked, Outcome, Passed, SignIn, Step, Values, required
from app.flows.set_password import store_password
from app.flows.triggers.pre_token_generation import NEW_PASSWORD_CHALLENGE
from app.kit.errors import InvalidParameterException

_CHALLENGE = "NEW_PASSWORD_REQUIRED"
_PREFIX = "userAttributes."


def ask_for_password(sign_in: SignIn, _: Values) -> Asked:
    """Tells the client what is missing, and of what the user has as much as it may read."""
    user = _user(sign_in)
    missing = [_PREFIX + name for name in _required(sign_in.pool) if not user.attributes.get(name)]
    parameters = {
        "USER_ID_FOR_SRP": sign_in.candidate.username,
        "requiredAttributes": json.dumps(missing),
        "userAttributes": json.dumps(_told(sign_in, user), ensure_ascii=False),
    }
    return Asked(_CHALLENGE, parameters, {})


def set_password(sign_in: SignIn, responses: Values) -> Outcome:
    """Checks NEW_PASSWORD and attributes; what is stored is stored in the segment that spends the session."""
    work, pool, user = sign_in.work, sign_in.pool, _user(sign_in)
    password = required(responses, "NEW_PASSWORD")
    changes = _changes(sign_in, user, responses)
    passwords.check_policy(pool, password)
    passwords.check_history(work, pool, user.sub, password)
    new = passwords.prepare(work, pool, user.username, password)
    return Passed(
        _CHALLENGE,
        (),
        write=lambda db: _store(db, sign_in, new, changes),
        trigger_source=NEW_PASSWORD_CHALLENGE,
    )


def _changes(sign_in: SignIn, user: User, responses: Values) -> dict[str, str]:
    schema = sign_in.pool.schema_by_name
    asked = {name.removeprefix(_PREFIX): value for name, value in responses.items() if name.startswith(_PREFIX)}
    for name in _required(sign_in.pool):
        if user.attributes.get(name) and asked.get(name, user.attributes[name]) != user.attributes[name]:
            raise InvalidParameterException(f"Cannot modify an already provided {name}")
    attributes.check_writable(sign_in.client.client.configuration, schema, asked)
    changes = attributes.normalised(schema, asked)
    attributes.check_change(schema, user.attributes, _without_first_values(user.attributes, changes))
    attributes.check_required(schema, attributes.applied(user.attributes, changes))
    return changes


def _without_first_values(before: Mapping[str, str], changes: Mapping[str, str]) -> dict[str, str]:
    """An immutable attribute that has no value yet may get its first one here."""
    return {name: value for name, value in changes.items() if before.get(name)}


def _store(db: Connection, sign_in: SignIn, new: NewPassword, changes: Mapping[str, str]) -> User:
    pool, now = sign_in.pool, sign_in.work.now
    user = users.lock_user(db, pool.pool_id, sign_in.candidate.sub)
    if user.status != users.FORCE_CHANGE_PASSWORD:
        raise invalid_session()
    store_password(db, sign_in.work, pool, user.sub, new)
    users.set_status(db, pool.pool_id, user.sub, users.CONFIRMED, now)
    changed = attributes.applied(user.attributes, {**_unverified(user.attributes, changes), **changes})
    if changed != user.attributes:
        users.replace_attributes(db, pool, user, changed, now)
    return users.lock_user(db, pool.pool_id, user.sub)


def _unverified(before: Mapping[str, str], changes: Mapping[str, str]) -> dict[str, str]:
    """A new e-mail or phone number is not verified, whatever the old one was."""
    changed = [name for name in users.VERIFIABLE if name in changes and changes[name] != before.get(name, "")]
    return {f"{name}_verified": "false" if changes[name] else "" for name in changed}


def _told(sign_in: SignIn, user: User) -> dict[str, str]:
    """Clients send back what they are told, so without what no client can write."""
    readable = attributes.readable_names(sign_in.client.client.configuration, sign_in.pool.schema_by_name)
    return {name: value for name, value in user.attributes.items() if name in readable and name != "identities"}


def _required(pool: Pool) -> list[str]:
    return [name for name, attribute in pool.schema_by_name.items() if attribute.get("Required") and name != "sub"]


def _user(sign_in: SignIn) -> User:
    user = sign_in.candidate.user
    if user is None:
        raise invalid_session()
    return user


STEPS = (Step(_CHALLENGE, set_password, ask=ask_for_password),)
