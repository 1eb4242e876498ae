"""A person signs up: a new, unconfirmed user and a code to the address that the pool verifies (API: SignUp)."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from sqlalchemy import Connection

from app.core import attributes as rules
from app.core import users
from app.core.credentials import NewPassword
from app.core.password_policy import SIGN_UP_WORDING
from app.core.pools import Pool
from app.core.users import CONFIRMED, UNCONFIRMED, VERIFIABLE, User
from app.flows import passwords
from app.flows.message_texts import Wording, find_wording
from app.flows.name_user import address_kind, can_be_named, name_user
from app.flows.send_code import MEDIA, SIGN_UP, Delivery, post_sign_up_code, sign_up_attribute
from app.flows.set_password import store_password
from app.flows.snapshots import ClientSnapshot
from app.flows.triggers import post_confirmation, pre_sign_up
from app.flows.triggers.post_confirmation import call_post_confirmation
from app.flows.triggers.pre_sign_up import call_pre_sign_up
from app.flows.user_events import record_user_event
from app.flows.work import Work
from app.kit.errors import InvalidParameterException, NotAuthorizedException, UsernameExistsException

Problem = Literal["malformed", "differs"]


@dataclass(frozen=True, slots=True)
class SignedUp:
    """The new user, where the code went (None when none was sent), and the password as it is stored."""

    user: User
    delivery: Delivery | None
    password: NewPassword | None


def sign_up(
    work: Work,
    client: ClientSnapshot,
    username: str,
    password: str | None,
    attributes: Mapping[str, str],
    *,
    validation_data: Mapping[str, str] | None = None,
    metadata: Mapping[str, str] | None = None,
) -> SignedUp:
    """Makes a user from what a person gave; without a password only where the pool has other first factors.

    Raises NotAuthorizedException (only operators make users, or an attribute that the client may not write),
    InvalidParameterException, InvalidPasswordException, UsernameExistsException and what the PreSignUp function raises.
    """
    pool = client.pool
    check_open(pool)
    user = draft_user(work, client, username, attributes)
    if password is not None:
        passwords.check_policy(pool, password, SIGN_UP_WORDING)
    elif pool.first_factors == ("PASSWORD",):
        raise InvalidParameterException("Missing required parameter Password")
    _check_free(work, pool, username)
    client_id = client.client.client_id
    user = call_pre_sign_up(
        work,
        pool,
        user,
        pre_sign_up.SIGN_UP,
        validation_data=validation_data,
        metadata=metadata,
        client_id=client_id,
    )
    attribute = sign_up_attribute(pool, user.attributes) if user.status == UNCONFIRMED else None
    wording = Wording()
    if attribute:
        wording = find_wording(work, pool, SIGN_UP, user, metadata, media=(MEDIA[attribute],), client_id=client_id)
    new_password = passwords.prepare(work, pool, user.username, password) if password is not None else None
    with work.write() as db:
        _create(db, work, pool, user, new_password)
        delivery = post_sign_up_code(db, work, pool, user, attribute, SIGN_UP, wording) if attribute else None
        record_user_event(db, work, user, "sign_up", client_id=client_id)
    if user.status == CONFIRMED:
        call_post_confirmation(
            work, pool, user, post_confirmation.CONFIRM_SIGN_UP, metadata=metadata, client_id=client_id
        )
    return SignedUp(user, delivery, new_password)


def find_problems(pool: Pool, username: str, attributes: Mapping[str, str]) -> dict[str, Problem]:
    """What `sign_up` would refuse a form for, all at once: by the name of the attribute or "username".

    An address that is not the one that somebody signs up with "differs".
    """
    given = {name: value for name, value in attributes.items() if value}
    problems: dict[str, Problem] = dict.fromkeys(rules.wrong_names(pool.schema_by_name, given), "malformed")
    if not can_be_named(pool, username, {}):
        return {**problems, "username": "malformed"}
    if not can_be_named(pool, username, given):
        problems.setdefault(address_kind(pool, username), "differs")
    return problems


def check_open(pool: Pool) -> None:
    """Raises NotAuthorizedException when only operators make users of the pool."""
    if (pool.configuration.get("AdminCreateUserConfig") or {}).get("AllowAdminCreateUserOnly"):
        raise NotAuthorizedException("SignUp is not permitted for this user pool")


def draft_user(work: Work, client: ClientSnapshot, username: str, attributes: Mapping[str, str]) -> User:
    """The unconfirmed user that a sign-up would make.

    Raises NotAuthorizedException for an attribute that the client may not write, InvalidParameterException.
    """
    pool, schema = client.pool, client.pool.schema_by_name
    rules.check_writable(client.client.configuration, schema, attributes)
    given = rules.normalised(schema, {name: value for name, value in attributes.items() if value})
    if "preferred_username" in pool.alias_attributes and given.get("preferred_username"):
        raise InvalidParameterException("preferred_username can only be set after the user is confirmed.")
    naming = name_user(pool, username, given)
    rules.check_required(schema, naming.attributes)
    now = work.now
    return User(
        pool.pool_id, naming.sub, naming.username, UNCONFIRMED, True, with_flags(naming.attributes), {}, 0, now, now
    )


def with_flags(attributes: Mapping[str, str]) -> dict[str, str]:
    """The attributes with `email_verified` and `phone_number_verified` beside every address."""
    flags = {f"{name}_verified": "false" for name in VERIFIABLE if attributes.get(name)}
    return {**flags, **attributes}


def _check_free(work: Work, pool: Pool, username: str) -> None:
    """Spares the hashing where the name is taken; the insert decides."""
    with work.read() as db:
        if users.find_user(db, pool, username) is None:
            return
    for name in pool.username_attributes:
        if (name == "email") == ("@" in username):
            raise UsernameExistsException(f"An account with the given {name} already exists.")
    raise UsernameExistsException


def _create(db: Connection, work: Work, pool: Pool, user: User, password: NewPassword | None) -> None:
    users.create_user(
        db,
        pool,
        sub=user.sub,
        username=user.username,
        attributes=user.attributes,
        status=user.status,
        now=work.now,
        # Only a PreSignUp function verifies addresses this early, and it takes them from whoever had them.
        steals_aliases=any(user.has_verified(name) for name in VERIFIABLE),
    )
    if password is not None:
        store_password(db, work, pool, user.sub, password)
