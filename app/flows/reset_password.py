"""An operator makes a user choose a new password by code (API: AdminResetUserPassword)."""

from collections.abc import Mapping

from app.core import users
from app.core.pools import Pool
from app.core.users import RESET_REQUIRED
from app.flows.recover_account import check_recoverable, send_reset_code
from app.flows.work import Work


def admin_reset_password(work: Work, pool: Pool, username: str, *, metadata: Mapping[str, str] | None = None) -> None:
    """Stops the user's password from working, ends their browser sessions and sends a code for a new one.

    Raises UserNotFoundException, InvalidParameterException without a verified address, NotAuthorizedException when the
    user is disabled, in no state for it, or recovery is left to operators (who then set a password).
    """
    with work.read() as db:
        user = users.get_user(db, pool, username)
    check_recoverable(pool, user)
    send_reset_code(work, pool, user, client_id=None, metadata=metadata, status=RESET_REQUIRED)
