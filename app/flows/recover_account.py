"""A forgotten password: a code to a verified address, then a new password (API: ForgotPassword, ConfirmForgotPassword).

With PreventUserExistenceErrors nobody can tell by answer, work or limits whether there is a user.
"""

from collections.abc import Mapping
from contextlib import suppress

from app.core import attempts, codes, mfa, mfa_configuration, users
from app.core.pools import Pool
from app.core.users import CONFIRMED, RESET_REQUIRED, UNCONFIRMED, User
from app.flows import passwords
from app.flows.browser_sessions import end_sessions_of
from app.flows.confirm_sign_up import confirm_sign_up, reserve_attempt
from app.flows.given_sign_up import GivenSignUp, is_unproven
from app.flows.message_texts import find_wording
from app.flows.migrate_user import migrate_forgotten
from app.flows.name_user import address_kind, can_be_named
from app.flows.second_factors import second_factors_of
from app.flows.send_code import (
    FORGOT_PASSWORD,
    MEDIA,
    PREFERENCE,
    RESEND,
    Delivery,
    delivery_to,
    post_code,
    post_sign_up_code,
    pretend_to_post,
    simulated_delivery,
)
from app.flows.set_password import store_password
from app.flows.snapshots import ClientSnapshot
from app.flows.triggers import post_confirmation
from app.flows.triggers.post_confirmation import call_post_confirmation
from app.flows.user_events import record_user_event
from app.flows.work import Work
from app.kit.errors import (
    AppError,
    CodeMismatchException,
    ExpiredCodeException,
    InvalidParameterException,
    NotAuthorizedException,
    UserNotConfirmedException,
    UserNotFoundException,
)

_ASK = "forgot_password"
_CONFIRM = "confirm_forgot_password"
_NO_SUCH_USER = "Username/client id combination not found."
_MECHANISMS = {"verified_email": "email", "verified_phone_number": "phone_number"}


def forgot_password(
    work: Work,
    client: ClientSnapshot,
    username: str,
    *,
    on_page: bool = False,
    metadata: Mapping[str, str] | None = None,
) -> Delivery:
    """Sends a code for a new password. On pages existence is hidden, whatever the client's PreventUserExistenceErrors says.

    An unknown user may be migrated first (flows.migrate_user). Somebody who has not confirmed their address is sent the code of
    their sign-up on pages, where that is what they are called by: with it `confirm_forgot_password` does both.

    Raises NotAuthorizedException (recovery is left to operators, the user is disabled or in no state for it),
    UserNotFoundException, InvalidParameterException without a verified address, LimitExceededException; where existence
    is hidden, only the first and the last.
    """
    pool = client.pool
    order = recovery_order(pool)
    is_hidden = on_page or client.client.hides_user_existence
    user = reserve_attempt(work, pool, username, _ASK, attempts.FORGOT_PASSWORD)
    user = user or migrate_forgotten(work, client, username, metadata, is_hidden=is_hidden)
    kind = _unproven(pool, user, username) if on_page and user else None
    if user and kind:
        _send_confirmation(work, pool, user, kind, client.client.client_id)
        return _would_be(work, pool, username, user, order)
    problem = UserNotFoundException(_NO_SUCH_USER) if user is None else _find_problem(pool, user)
    if user is None or problem is not None:
        if is_hidden:
            delivery = _would_be(work, pool, username, user, order)
            pretend_to_post(work, pool, username, delivery, FORGOT_PASSWORD, client_id=client.client.client_id)
            return delivery
        raise problem or UserNotFoundException(_NO_SUCH_USER)
    client_id = client.client.client_id
    return send_reset_code(work, pool, user, client_id=client_id, metadata=metadata, is_hidden=is_hidden)


def send_reset_code(
    work: Work,
    pool: Pool,
    user: User,
    *,
    client_id: str | None,
    metadata: Mapping[str, str] | None,
    status: str | None = None,
    is_hidden: bool = False,
) -> Delivery:
    """Sends a user the code for a new password. If a status is given it is set in the same transaction, and browser sessions end.

    Raises InvalidParameterException when no address is verified, and what `post_message` raises unless `is_hidden`.
    """
    attribute = _recovery_attribute(pool, user)
    if attribute is None:
        raise _no_address()
    media = (MEDIA[attribute],)
    wording = find_wording(work, pool, FORGOT_PASSWORD, user, metadata, media=media, client_id=client_id)
    with work.write() as db:
        ended = [] if status is None else end_sessions_of(db, pool.pool_id, user.sub, work.now)
        user = users.lock_user(db, pool.pool_id, user.sub)
        attribute = _recovery_attribute(pool, user)
        if attribute is None:
            raise _no_address()
        if status is not None:
            users.set_status(db, pool.pool_id, user.sub, status, work.now)
        record_user_event(db, work, user, "password.reset_requested", client_id=client_id, by=attribute, ended=ended)
        return post_code(
            db,
            work,
            pool,
            user,
            purpose=codes.RESET_PASSWORD,
            attribute=attribute,
            value=user.attributes[attribute],
            occasion=FORGOT_PASSWORD,
            wording=wording,
            is_hidden=is_hidden,
        )


def confirm_forgot_password(
    work: Work,
    client: ClientSnapshot,
    username: str,
    code: str,
    password: str,
    *,
    on_page: bool = False,
    metadata: Mapping[str, str] | None = None,
) -> User:
    """Sets a new password by code, and signs the user out in every browser: whoever knew the old one may sit at another.

    Tokens stay good, as with Cognito. A wrong code uses nothing up, and no hash is made for it.

    Raises InvalidPasswordException, CodeMismatchException (where existence is hidden also for whoever gets no code, as nobody
    does), ExpiredCodeException, PasswordHistoryPolicyViolationException, UserNotFoundException, UserNotConfirmedException,
    NotAuthorizedException, LimitExceededException.
    """
    pool = client.pool
    passwords.check_policy(pool, password)
    user = reserve_attempt(work, pool, username, _CONFIRM, attempts.CONFIRM_FORGOT_PASSWORD)
    if on_page and user and _unproven(pool, user, username):
        return _confirm_with_password(work, client, user, username, code, password)
    is_hidden = on_page or client.client.hides_user_existence
    find_problem = _find_problem if is_hidden else _confirmation_problem
    problem = UserNotFoundException(_NO_SUCH_USER) if user is None else find_problem(pool, user)
    if user is None or problem is not None:
        if is_hidden:
            with work.read() as db, suppress(ExpiredCodeException):
                codes.check_code(db, work.keyring, pool.pool_id, "", codes.RESET_PASSWORD, code, work.now)
            raise CodeMismatchException
        raise problem or UserNotFoundException(_NO_SUCH_USER)
    with work.read() as db:
        codes.check_code(db, work.keyring, pool.pool_id, user.sub, codes.RESET_PASSWORD, code, work.now)
    passwords.check_history(work, pool, user.sub, password)
    new = passwords.prepare(work, pool, user.username, password)
    with work.write() as db:
        ended = end_sessions_of(db, pool.pool_id, user.sub, work.now)
        user = users.lock_user(db, pool.pool_id, user.sub)
        codes.use_code(db, work.keyring, pool.pool_id, user.sub, codes.RESET_PASSWORD, code, work.now)
        store_password(db, work, pool, user.sub, new)
        if user.status == RESET_REQUIRED:
            users.set_status(db, pool.pool_id, user.sub, CONFIRMED, work.now)
        attempts.release(db, pool.pool_id, user.sub, _CONFIRM, attempts.CONFIRM_FORGOT_PASSWORD)
        record_user_event(db, work, user, "password.reset", client_id=client.client.client_id, ended=ended)
    client_id = client.client.client_id
    call_post_confirmation(
        work, pool, user, post_confirmation.CONFIRM_FORGOT_PASSWORD, metadata=metadata, client_id=client_id
    )
    return user


def _send_confirmation(work: Work, pool: Pool, user: User, kind: str, client_id: str) -> None:
    wording = find_wording(work, pool, RESEND, user, None, media=(MEDIA[kind],), client_id=client_id)
    with work.write() as db:
        user = users.lock_user(db, pool.pool_id, user.sub)
        if is_unproven(pool, user, kind):
            record_user_event(db, work, user, "sign_up.code_sent", client_id=client_id)
            post_sign_up_code(db, work, pool, user, kind, RESEND, wording, is_hidden=True)


def _confirm_with_password(
    work: Work, client: ClientSnapshot, user: User, username: str, code: str, password: str
) -> User:
    """Confirms a user by the code of their sign-up, and makes the password that came with it theirs."""
    pool = client.pool
    with work.read() as db:
        codes.check_code(db, work.keyring, pool.pool_id, user.sub, codes.SIGN_UP, code, work.now)
    given = GivenSignUp(user.sub, passwords.prepare(work, pool, user.username, password), None)
    return confirm_sign_up(work, client, username, code, hides=True, given=given).user


def was_just_reset(work: Work, client: ClientSnapshot, username: str, password: str) -> bool:
    """Whether a refused `confirm_forgot_password`, which counts as an attempt, has been sent before and has succeeded then."""
    with work.read() as db:
        user = users.find_user(db, client.pool, username)
    return passwords.was_just_set(work, client.pool, user.sub if user else "", password)


def recovery_order(pool: Pool) -> tuple[str, ...]:
    """The attributes that may recover an account, the preferred one first; phone before e-mail where the pool says nothing.

    Raises NotAuthorizedException when recovery is left to operators.
    """
    setting = pool.configuration.get("AccountRecoverySetting") or {}
    mechanisms = sorted(setting.get("RecoveryMechanisms") or (), key=lambda mechanism: int(mechanism["Priority"]))
    names = [mechanism["Name"] for mechanism in mechanisms]
    if not names:
        return PREFERENCE
    if names == ["admin_only"]:
        raise NotAuthorizedException("Contact administrator to reset password.")
    return tuple(_MECHANISMS[name] for name in names if name in _MECHANISMS)


def check_recoverable(pool: Pool, user: User) -> None:
    """Raises what keeps a user from getting a code for a new password, UserNotFoundException apart."""
    problem = _find_problem(pool, user)
    if problem is not None:
        raise problem


def _unproven(pool: Pool, user: User, name: str) -> str | None:
    """The address that the user is called by (email, phone_number), if a code may still prove whose it is."""
    if not pool.username_attributes or pool.confirms_by_link or not can_be_named(pool, name, {}):
        return None
    kind = address_kind(pool, name)
    return kind if is_unproven(pool, user, kind) else None


def _find_problem(pool: Pool, user: User) -> AppError | None:
    if not user.enabled:
        return NotAuthorizedException("User is disabled.")
    if user.status == UNCONFIRMED:
        return _no_address()
    if user.status not in (CONFIRMED, RESET_REQUIRED):
        return NotAuthorizedException("User password cannot be reset in the current state.")
    try:
        return _no_address() if _recovery_attribute(pool, user) is None else None
    except NotAuthorizedException as left_to_operators:
        return left_to_operators


def _confirmation_problem(_pool: Pool, user: User) -> AppError | None:
    if not user.enabled:
        return NotAuthorizedException("User is disabled.")
    if user.status == UNCONFIRMED:
        return UserNotConfirmedException()
    if user.status not in (CONFIRMED, RESET_REQUIRED):
        return NotAuthorizedException("User password cannot be reset in the current state.")
    return None


def _recovery_attribute(pool: Pool, user: User) -> str | None:
    """Where a code for a new password goes. A channel that is a second factor, switched on or at hand, cannot also replace the
    first: else whoever has the mailbox has the account."""
    factors = {*mfa.enabled_factors(user.mfa), *second_factors_of(pool, user)}
    excluded = {mfa_configuration.ADDRESS_OF.get(factor) for factor in factors}
    return next((name for name in recovery_order(pool) if name not in excluded and user.has_verified(name)), None)


def _would_be(work: Work, pool: Pool, name: str, user: User | None, order: tuple[str, ...]) -> Delivery:
    """Where the answer says that a code went which nobody gets.

    A disabled user's own address, as a sign-in that asks for a code names it; two answers that differ would tell.
    """
    attribute = _recovery_attribute(pool, user) if user and user.status in (CONFIRMED, RESET_REQUIRED) else None
    if user and attribute:
        return delivery_to(attribute, user.attributes[attribute])
    # What the pool verifies by itself its users have verified.
    likely = tuple(name for name in order if name in pool.auto_verified_attributes) or order
    return simulated_delivery(work, pool, name, likely)


def _no_address() -> InvalidParameterException:
    return InvalidParameterException(
        "Cannot reset password for the user as there is no registered/verified email or phone_number"
    )
