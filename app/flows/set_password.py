"""A password is stored, and an operator sets one (API: AdminSetUserPassword)."""

from sqlalchemy import Connection

from app.core import codes, credentials, users
from app.core.credentials import NewPassword
from app.core.pools import Pool
from app.core.users import CONFIRMED, FORCE_CHANGE_PASSWORD
from app.flows import passwords
from app.flows.browser_sessions import end_sessions_of
from app.flows.user_events import record_user_event
from app.flows.work import Work
from app.kit.clock import DAY


def store_password(
    db: Connection, work: Work, pool: Pool, sub: str, new: NewPassword, *, expires_at: int | None = None
) -> None:
    """Gives a user, locked or made in the open segment, a password; codes for a reset sent before become useless."""
    credentials.set_password(
        db,
        work.keyring,
        pool.pool_id,
        sub,
        new,
        expires_at=expires_at,
        history_size=passwords.history_size(pool),
        now=work.now,
    )
    codes.drop_code(db, pool.pool_id, sub, codes.RESET_PASSWORD)


def temporary_until(work: Work, pool: Pool) -> int:
    """When a temporary password given now stops working (epoch ms)."""
    return work.now + temporary_lifetime_ms(pool)


def temporary_lifetime_ms(pool: Pool) -> int:
    """TemporaryPasswordValidityDays in ms; 0 in the setting means the default of 7 days."""
    return int(pool.password_policy.get("TemporaryPasswordValidityDays") or 7) * DAY


def admin_set_password(work: Work, pool: Pool, username: str, password: str, *, is_permanent: bool) -> None:
    """Sets a user's password, and signs them out in every browser. Tokens stay good, as with Cognito.

    A permanent one confirms the user, any other must be changed at the next sign-in.

    Raises UserNotFoundException, InvalidPasswordException, PasswordHistoryPolicyViolationException.
    """
    with work.read() as db:
        user = users.get_user(db, pool, username)
    passwords.check_policy(pool, password)
    passwords.check_history(work, pool, user.sub, password)
    new = passwords.prepare(work, pool, user.username, password)
    with work.write() as db:
        ended = end_sessions_of(db, pool.pool_id, user.sub, work.now)
        user = users.lock_user(db, pool.pool_id, user.sub)
        expires_at = None if is_permanent else temporary_until(work, pool)
        store_password(db, work, pool, user.sub, new, expires_at=expires_at)
        status = CONFIRMED if is_permanent else FORCE_CHANGE_PASSWORD
        users.set_status(db, pool.pool_id, user.sub, status, work.now)
        record_user_event(db, work, user, "password.set", permanent=is_permanent, ended=ended)
