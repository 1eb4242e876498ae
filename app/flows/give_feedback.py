"""Somebody says whether a sign-in was theirs: an administrator by right, the user by the token of a notification.

API: AdminUpdateAuthEventFeedback, UpdateAuthEventFeedback. The token is sealed under a key of the pool for one user and one
event, and expires.
"""

import base64
import binascii

from app.core import auth_events, pools, users
from app.core.auth_events import ADMIN, USER, Feedback
from app.db.keyring import Keyring
from app.flows.configure_risk import check_threat_protection
from app.flows.work import Work
from app.kit.clock import DAY
from app.kit.errors import NotAuthorizedException
from app.kit.sealing import SealError

TOKEN_LIFETIME_MS = 7 * DAY
_PURPOSE = "auth_event_feedback.token"


def admin_give_feedback(work: Work, pool_id: str, username: str, event_id: str, value: str) -> None:
    """Stores an administrator's word.

    Raises UserPoolAddOnNotEnabledException, UserNotFoundException, ResourceNotFoundException for an unknown event.
    """
    with work.write() as db:
        pool = pools.get_pool(db, pool_id)
        check_threat_protection(pool)
        user = users.get_user(db, pool, username)
        auth_events.give_feedback(db, pool_id, user.sub, event_id, Feedback(value, ADMIN, work.now))


def give_feedback(work: Work, pool_id: str, username: str, event_id: str, token: str, value: str) -> None:
    """Stores a user's word that comes with a token of `feedback_token`.

    Raises UserPoolAddOnNotEnabledException, NotAuthorizedException for a token that is not good, also where there is no such
    user: whoever has no token must not learn who exists.
    """
    with work.write() as db:
        pool = pools.get_pool(db, pool_id)
        check_threat_protection(pool)
        user = users.find_user(db, pool, username)
        _check_token(work.keyring, pool_id, user.sub if user else "", event_id, token, work.now)
        if user:
            auth_events.give_feedback(db, pool_id, user.sub, event_id, Feedback(value, USER, work.now))


def feedback_token(keyring: Keyring, pool_id: str, sub: str, event_id: str, now: int) -> str:
    """The token that lets a user judge one event of theirs for a week: base64url text for a link."""
    expires_at = str(now + TOKEN_LIFETIME_MS).encode()
    return base64.urlsafe_b64encode(keyring.seal(pool_id, _PURPOSE, f"{sub}|{event_id}", expires_at)).decode()


def _check_token(keyring: Keyring, pool_id: str, sub: str, event_id: str, token: str, now: int) -> None:
    try:
        blob = base64.b64decode(token, altchars=b"-_", validate=True)
        expires_at = int(keyring.unseal(pool_id, _PURPOSE, f"{sub}|{event_id}", blob))
    except (SealError, binascii.Error, ValueError):
        raise NotAuthorizedException("Invalid feedback token.") from None
    if now >= expires_at:
        raise NotAuthorizedException("The feedback token has expired.")
