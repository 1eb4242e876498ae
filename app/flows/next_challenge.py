"""What comes after a factor has succeeded: the only place that knows the order of challenges.

Cognito Developer Guide, "Authentication flows": what a pool's own functions ask, a required new password, then what the pool
and the user demand.
"""

from app.core import users
from app.flows.browser_devices import stands_for_mfa
from app.flows.challenge_steps import SignIn
from app.flows.challenges import custom
from app.flows.device_challenge import device_challenge, device_refusal
from app.flows.second_factors import second_factor
from app.flows.step_up import raising_challenge
from app.kit.errors import (
    AppError,
    NotAuthorizedException,
    PasswordResetRequiredException,
    UserNotConfirmedException,
)


def next_challenge(sign_in: SignIn) -> str | None:
    """The name of the challenge that the user must answer next, None when the sign-in is complete. Not within a segment."""
    user, is_custom = sign_in.candidate.user, sign_in.flow == custom.DONE
    if is_custom and custom.DONE not in sign_in.passed:
        return "CUSTOM_CHALLENGE"
    if user and user.status == users.FORCE_CHANGE_PASSWORD and "NEW_PASSWORD_REQUIRED" not in sign_in.passed:
        return "NEW_PASSWORD_REQUIRED"
    if is_custom:
        # Where functions decide what is asked, they decide about second factors, too.
        return device_challenge(sign_in)
    in_place_of_mfa = device_challenge(sign_in, in_place_of_mfa=True)
    second = None if stands_for_mfa(sign_in) else second_factor(sign_in)
    return in_place_of_mfa or second or raising_challenge(sign_in) or device_challenge(sign_in)


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
    return device_refusal(sign_in)
