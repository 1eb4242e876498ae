"""A user is deleted, enabled or disabled (API: DeleteUser, AdminDeleteUser, AdminEnableUser, AdminDisableUser)."""

from app.core import users
from app.core.pools import Pool
from app.core.users import User
from app.flows.revoke_tokens import sign_out_everywhere
from app.flows.user_events import record_user_event
from app.flows.work import Work


def delete_user(work: Work, user: User, *, client_id: str | None = None) -> None:
    """Deletes a user with passwords, codes, tokens, sessions and memberships; what was audited stays."""
    with work.write() as db:
        if users.delete_user(db, user.pool_id, user.sub):
            record_user_event(db, work, user, "user.deleted", client_id=client_id)


def admin_delete_user(work: Work, pool: Pool, username: str) -> None:
    """Deletes a user by name; raises UserNotFoundException."""
    with work.read() as db:
        user = users.get_user(db, pool, username)
    delete_user(work, user)


def admin_set_enabled(work: Work, pool: Pool, username: str, *, enabled: bool) -> None:
    """Enables a user, or disables them and signs them out everywhere; raises UserNotFoundException."""
    with work.write() as db:
        sub = users.get_user(db, pool, username).sub
        ended = [] if enabled else sign_out_everywhere(db, pool.pool_id, sub, work.now)
        user = users.lock_user(db, pool.pool_id, sub)
        users.set_enabled(db, pool.pool_id, sub, enabled, work.now)
        record_user_event(db, work, user, "user.enabled" if enabled else "user.disabled", ended=ended)
