"""What comes after a factor has succeeded: the only place that knows the order of challenges.

Cognito Developer Guide, "Authentication flows": a required new password first, then what the pool and the user demand.
"""

from app.core import users
from app.flows.challenge_steps import SignIn
from app.flows.second_factors import second_factor
from app.kit.errors import (
    AppError,
    NotAuthorizedException,
    PasswordResetRequiredException,
    UserNotConfirmedException,
)


def next_challenge(sign_in: SignIn) -> str | None:
    """The name of the challenge that the user must answer next, None when the sign-in is complete. Not within a segment."""
    user = sign_in.candidate.user
    if user and user.status == users.FORCE_CHANGE_PASSWORD and "NEW_PASSWORD_REQUIRED" not in sign_in.passed:
        return "NEW_PASSWORD_REQUIRED"
    return second_factor(sign_in)


def find_refusal(sign_in: SignIn) -> AppError | None:
    """Why a user whose factor was right may not go on; told only then."""
    user, password = sign_in.candidate.user, sign_in.candidate.password
    if user is None:
        return NotAuthorizedException()
    if not user.enabled:
        return NotAuthorizedException("User is disabled.")
    if user.status == users.UNCONFIRMED:
        return UserNotConfirmedException()
    if user.status == users.RESET_REQUIRED:
        return PasswordResetRequiredException()
    if password and password.expires_at is not None and password.expires_at <= sign_in.work.now:
        return NotAuthorizedException("Temporary password has expired and must be reset by an administrator.")
    return None
