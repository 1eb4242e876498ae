"""An operator makes a user, who is invited with a temporary password (API: AdminCreateUser)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from app.core import attributes as rules
from app.core import users
from app.core.credentials import NewPassword
from app.core.pools import Pool
from app.core.users import CONFIRMED, FORCE_CHANGE_PASSWORD, VERIFIABLE, User, folded
from app.flows import passwords
from app.flows.message_texts import Occasion, Wording, compose, find_wording
from app.flows.name_user import name_user
from app.flows.post_message import post_message
from app.flows.send_code import MEDIA, PREFERENCE, known_name
from app.flows.set_password import store_password, temporary_lifetime_ms, temporary_until
from app.flows.temporary_password import new_temporary_password
from app.flows.triggers import pre_sign_up
from app.flows.triggers.pre_sign_up import call_pre_sign_up
from app.flows.user_events import record_user_event
from app.flows.work import Work
from app.kit.errors import (
    AliasExistsException,
    CodeDeliveryFailureException,
    InvalidParameterException,
    UnsupportedUserStateException,
    UsernameExistsException,
)


@dataclass(frozen=True, slots=True)
class Invitation:
    """How a user is told: not at all, or by `media` (those asked for; none asked means whatever the user can get)."""

    is_sent: bool = True
    media: tuple[str, ...] = ()


def admin_create_user(
    work: Work,
    pool: Pool,
    username: str,
    attributes: Mapping[str, str],
    *,
    password: str | None = None,
    invitation: Invitation | None = None,
    steals_aliases: bool = False,
    validation_data: Mapping[str, str] | None = None,
    metadata: Mapping[str, str] | None = None,
) -> User:
    """Makes a user in FORCE_CHANGE_PASSWORD; without a temporary password one is generated.

    Where the pool takes codes as a first factor and the user has an address for them, no password given means none: the
    user is confirmed at once and gets no invitation.

    Raises InvalidParameterException, InvalidPasswordException, UsernameExistsException (also for a taken alias, unless
    `steals_aliases`), CodeDeliveryFailureException when a medium was asked for that the user has no address for.
    """
    invitation = invitation or Invitation()
    user = _drafted(work, pool, username, attributes)
    if password is None and _is_passwordless(pool, user):
        return _create_passwordless(work, pool, user, username, steals_aliases, validation_data, metadata)
    temporary = _temporary(pool, password)
    addresses = _addresses(user, invitation)
    _check_free(work, pool, user, username)
    _call_pre_sign_up(work, pool, user, validation_data, metadata)
    wording = _wording(work, pool, user, addresses, metadata)
    new = passwords.prepare(work, pool, user.username, temporary)
    with work.write() as db:
        _create(db, work, pool, user, steals_aliases)
        _give(db, work, pool, user, new)
        _invite(db, work, pool, user, temporary, addresses, wording)
        record_user_event(db, work, user, "user.created")
    return user


def resend_invitation(
    work: Work,
    pool: Pool,
    username: str,
    *,
    password: str | None = None,
    invitation: Invitation | None = None,
    metadata: Mapping[str, str] | None = None,
) -> User:
    """Invites a user again with another temporary password, whose time begins anew (MessageAction RESEND).

    Raises UserNotFoundException, UnsupportedUserStateException unless the user is in FORCE_CHANGE_PASSWORD, and as
    `admin_create_user`.
    """
    with work.read() as db:
        user = users.get_user(db, pool, username)
    _check_invited(user)
    temporary = _temporary(pool, password)
    addresses = _addresses(user, invitation or Invitation())
    wording = _wording(work, pool, user, addresses, metadata)
    new = passwords.prepare(work, pool, user.username, temporary)
    with work.write() as db:
        user = users.lock_user(db, pool.pool_id, user.sub)
        _check_invited(user)
        _give(db, work, pool, user, new)
        _invite(db, work, pool, user, temporary, addresses, wording)
        record_user_event(db, work, user, "user.invited")
    return user


def _is_passwordless(pool: Pool, user: User) -> bool:
    factors = {"EMAIL_OTP": "email", "SMS_OTP": "phone_number"}
    return any(user.attributes.get(address) for factor, address in factors.items() if factor in pool.first_factors)


def _create_passwordless(
    work: Work,
    pool: Pool,
    user: User,
    username: str,
    steals_aliases: bool,
    validation_data: Mapping[str, str] | None,
    metadata: Mapping[str, str] | None,
) -> User:
    user = replace(user, status=CONFIRMED)
    _check_free(work, pool, user, username)
    _call_pre_sign_up(work, pool, user, validation_data, metadata)
    with work.write() as db:
        _create(db, work, pool, user, steals_aliases)
        record_user_event(db, work, user, "user.created")
    return user


def _call_pre_sign_up(
    work: Work,
    pool: Pool,
    user: User,
    validation_data: Mapping[str, str] | None,
    metadata: Mapping[str, str] | None,
) -> None:
    call_pre_sign_up(
        work, pool, user, pre_sign_up.ADMIN_CREATE_USER, validation_data=validation_data, metadata=metadata
    )


def _drafted(work: Work, pool: Pool, username: str, attributes: Mapping[str, str]) -> User:
    given = rules.normalised(pool.schema_by_name, {name: value for name, value in attributes.items() if value})
    preferred = given.get("preferred_username", "")
    if "preferred_username" in pool.alias_attributes and len(folded(pool, preferred)) > rules.MAX_USERNAME:
        raise InvalidParameterException(f"preferred_username must have at most {rules.MAX_USERNAME} characters.")
    naming = name_user(pool, username, given)
    now = work.now
    return User(
        pool.pool_id, naming.sub, naming.username, FORCE_CHANGE_PASSWORD, True, naming.attributes, {}, 0, now, now
    )


def _temporary(pool: Pool, password: str | None) -> str:
    if password is None:
        return new_temporary_password(pool.password_policy)
    passwords.check_policy(pool, password)
    return password


def _addresses(user: User, invitation: Invitation) -> tuple[str, ...]:
    """The attributes to send to. SMS is the default medium; a user without a phone number gets an e-mail."""
    if not invitation.is_sent:
        return ()
    if not invitation.media:
        return tuple(name for name in PREFERENCE if user.attributes.get(name))[:1]
    wanted = tuple(name for name in VERIFIABLE if MEDIA[name] in invitation.media)
    if not all(user.attributes.get(name) for name in wanted):
        raise CodeDeliveryFailureException("User has no address for a delivery medium that was asked for.")
    return wanted


def _check_free(work: Work, pool: Pool, user: User, username: str) -> None:
    """Spares trigger and hashing where the name is taken; the insert decides."""
    with work.read() as db:
        if users.find_user(db, pool, username if pool.username_attributes else user.username) is not None:
            raise _exists()


def _create(db: Connection, work: Work, pool: Pool, user: User, steals_aliases: bool) -> None:
    try:
        users.create_user(
            db,
            pool,
            sub=user.sub,
            username=user.username,
            attributes=user.attributes,
            status=user.status,
            now=work.now,
            steals_aliases=steals_aliases,
        )
    except AliasExistsException as error:
        # The model knows no AliasExistsException here; the text tells what is taken.
        raise UsernameExistsException(error.message) from None
    except UsernameExistsException:
        raise _exists() from None


def _give(db: Connection, work: Work, pool: Pool, user: User, new: NewPassword) -> None:
    store_password(db, work, pool, user.sub, new, expires_at=temporary_until(work, pool))


def _wording(
    work: Work, pool: Pool, user: User, addresses: Sequence[str], metadata: Mapping[str, str] | None
) -> Wording:
    if not addresses:
        return Wording()
    media = [MEDIA[name] for name in addresses]
    return find_wording(work, pool, _occasion(pool), user, metadata, media=media)


def _invite(
    db: Connection,
    work: Work,
    pool: Pool,
    user: User,
    temporary: str,
    addresses: Sequence[str],
    wording: Wording,
) -> None:
    for name in sorted(addresses):
        message = compose(
            work,
            pool,
            _occasion(pool),
            wording,
            user=user,
            username=known_name(pool, user),
            medium=MEDIA[name],
            destination=user.attributes[name],
            code=temporary,
        )
        post_message(db, work, pool, message)


def _occasion(pool: Pool) -> Occasion:
    return replace(_INVITATION, valid_ms=temporary_lifetime_ms(pool))


def _exists() -> UsernameExistsException:
    return UsernameExistsException("User account already exists")


def _check_invited(user: User) -> None:
    if user.status != FORCE_CHANGE_PASSWORD:
        raise UnsupportedUserStateException(
            f"Resend not possible. User status is {user.status}, not FORCE_CHANGE_PASSWORD."
        )


_INVITATION = Occasion("invitation", "CustomMessage_AdminCreateUser")
