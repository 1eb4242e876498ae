"""A sign-up is confirmed, by the code that was sent or by an operator (API: ConfirmSignUp, AdminConfirmSignUp).

A wrong code uses nothing up; a right one succeeds once, however many come at the same moment.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from app.core import attempts, codes, users
from app.core.pools import Pool
from app.core.users import CONFIRMED, UNCONFIRMED, User
from app.flows.given_sign_up import GivenSignUp, take_given
from app.flows.sign_up_session import check_sign_up
from app.flows.snapshots import ClientSnapshot
from app.flows.triggers import post_confirmation
from app.flows.triggers.post_confirmation import call_post_confirmation
from app.flows.user_events import record_user_event
from app.flows.work import Work
from app.kit.errors import (
    AppError,
    CodeMismatchException,
    ExpiredCodeException,
    NotAuthorizedException,
    UserNotFoundException,
)


@dataclass(frozen=True, slots=True)
class Confirmed:
    """The user as it is now, and the attribute (email, phone_number) whose code confirmed it."""

    user: User
    attribute: str


_KIND = "confirm_sign_up"
_NO_SUCH_USER = "Username/client id combination not found."


def confirm_sign_up(
    work: Work,
    client: ClientSnapshot,
    username: str,
    code: str,
    *,
    steals_alias: bool = False,
    hides: bool | None = None,
    session: str | None = None,
    metadata: Mapping[str, str] | None = None,
    given: GivenSignUp | None = None,
) -> Confirmed:
    """Confirms a user by code and verifies the address it went to; `steals_alias` takes it from who had it before.

    `hides` overrides the client's PreventUserExistenceErrors; `session` is SignUp's, if it comes along. `given` is what the
    browser that the code was entered in has given at sign-up: it becomes the account's. Raises UserNotFoundException (or what
    a wrong code gives), NotAuthorizedException for any state but UNCONFIRMED and for another session, CodeMismatchException,
    ExpiredCodeException, AliasExistsException (the code stays good) and TooManyFailedAttemptsException.
    """
    pool = client.pool
    user = reserve_attempt(work, pool, username, _KIND, attempts.CONFIRM_SIGN_UP)
    check_sign_up(work, client, user, session)
    if user is None:
        raise _unknown(work, pool, client.client.hides_user_existence if hides is None else hides)
    with work.write() as db:
        user = users.lock_user(db, pool.pool_id, user.sub)
        _check_unconfirmed(user)
        used = codes.use_code(db, work.keyring, pool.pool_id, user.sub, codes.SIGN_UP, code, work.now)
        if used.attribute is None or user.attributes.get(used.attribute) != used.value:
            raise ExpiredCodeException
        known = take_given(db, work, client, user, given, used) if given else user.attributes
        verified = {**known, f"{used.attribute}_verified": "true"}
        users.set_status(db, pool.pool_id, user.sub, CONFIRMED, work.now)
        users.replace_attributes(db, pool, user, verified, work.now, steals_aliases=steals_alias)
        attempts.release(db, pool.pool_id, user.sub, _KIND, attempts.CONFIRM_SIGN_UP)
        user = users.lock_user(db, pool.pool_id, user.sub)
        record_user_event(db, work, user, "sign_up.confirmed", client_id=client.client.client_id)
    client_id = client.client.client_id
    call_post_confirmation(work, pool, user, post_confirmation.CONFIRM_SIGN_UP, metadata=metadata, client_id=client_id)
    return Confirmed(user, used.attribute)


def admin_confirm_sign_up(work: Work, pool: Pool, username: str, *, metadata: Mapping[str, str] | None = None) -> None:
    """Confirms a user by an operator's word; no address becomes verified.

    Raises UserNotFoundException, NotAuthorizedException for any state but UNCONFIRMED.
    """
    with work.write() as db:
        user = users.lock_user(db, pool.pool_id, users.get_user(db, pool, username).sub)
        _check_unconfirmed(user)
        users.set_status(db, pool.pool_id, user.sub, CONFIRMED, work.now)
        codes.drop_code(db, pool.pool_id, user.sub, codes.SIGN_UP)
        user = users.lock_user(db, pool.pool_id, user.sub)
        record_user_event(db, work, user, "sign_up.confirmed")
    call_post_confirmation(work, pool, user, post_confirmation.CONFIRM_SIGN_UP, metadata=metadata)


def reserve_attempt(work: Work, pool: Pool, name: str, kind: str, limit: attempts.Limit) -> User | None:
    """Counts an attempt at whoever a name leads to, somebody or nobody alike; raises the limit's refusal."""
    with work.read() as db:
        user = users.find_user(db, pool, name)
    subject = attempts.subject_of_name(work.keyring, pool.pool_id, users.folded(pool, name))
    with work.write() as db:
        attempts.reserve(db, pool.pool_id, user.sub if user else subject, kind, work.now, limit)
    return user


def _unknown(work: Work, pool: Pool, hides: bool) -> AppError:
    if not hides:
        return UserNotFoundException(_NO_SUCH_USER)
    with work.write() as db:  # as for a user, whose wrong code is compared in a transaction
        codes.find_code(db, pool.pool_id, "", codes.SIGN_UP, work.now)
    return CodeMismatchException()


def _check_unconfirmed(user: User) -> None:
    if user.status != UNCONFIRMED:
        raise NotAuthorizedException(f"User cannot be confirmed. Current status is {user.status}")
