"""A signed-in user chooses another password (API: ChangePassword)."""

from app.core import attempts, credentials, sessions, users
from app.core.pools import Pool
from app.core.users import User
from app.flows import passwords
from app.flows.browser_sessions import end_sessions_of
from app.flows.set_password import store_password
from app.flows.user_events import record_user_event
from app.flows.work import Work
from app.kit.errors import NotAuthorizedException, PasswordResetRequiredException

_KIND = "change_password"


def change_password(
    work: Work,
    pool: Pool,
    user: User,
    previous: str | None,
    proposed: str,
    *,
    client_id: str,
    kept: str | None,
    is_there: bool = False,
) -> None:
    """Replaces the password if `previous` is right; a user without one needs none.

    Signs the user out in every browser but that of the session with the id `kept`; `is_there` says that it is changed in that
    browser. Tokens stay good, as with Cognito.

    Raises InvalidPasswordException, NotAuthorizedException for a wrong previous password,
    PasswordHistoryPolicyViolationException, PasswordResetRequiredException, LimitExceededException.
    """
    if user.status == users.RESET_REQUIRED:
        raise PasswordResetRequiredException
    passwords.check_policy(pool, proposed)
    with work.write() as db:
        attempts.reserve(db, pool.pool_id, user.sub, _KIND, work.now, attempts.CHANGE_PASSWORD)
        known = credentials.find_password(db, pool.pool_id, user.sub)
    is_right = passwords.verify(work, pool, known, previous or "")
    if not is_right and (known is not None or previous is not None):
        raise NotAuthorizedException
    passwords.check_history(work, pool, user.sub, proposed)
    new = passwords.prepare(work, pool, user.username, proposed)
    with work.write() as db:
        ended = end_sessions_of(db, pool.pool_id, user.sub, work.now, kept=kept or "")
        if kept and is_there:
            sessions.note_own_password(db, pool.pool_id, kept, work.now)
        users.lock_user(db, pool.pool_id, user.sub)
        present = credentials.find_password(db, pool.pool_id, user.sub)
        if (present and present.hash) != (known and known.hash):
            raise NotAuthorizedException  # changed meanwhile: what was given is no longer the password
        store_password(db, work, pool, user.sub, new)
        attempts.release(db, pool.pool_id, user.sub, _KIND, attempts.CHANGE_PASSWORD)
        record_user_event(db, work, user, "password.changed", client_id=client_id, ended=ended)
