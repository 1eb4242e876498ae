"""Which second factor a sign-in must go on with: Cognito's decision rules (Developer Guide, "MFA decision logic").

What the user has switched on comes first. In a pool that requires MFA, whoever has switched nothing on is asked for a code
to an address, unless that address is the first means to recover the account; else a factor is set up.
"""

from dataclasses import replace

from app.core import mfa, mfa_configuration
from app.core.pools import Pool
from app.core.users import User
from app.flows.challenge_session import invalid_session
from app.flows.challenge_steps import SignIn
from app.kit.errors import InvalidParameterException

_SET_UP = "MFA_SETUP"
_SELECT = "SELECT_MFA_TYPE"
_RECOVERS = {"email": "verified_email", "phone_number": "verified_phone_number"}
# Challenges that count as a second factor once they are passed behind another one.
_SECOND = frozenset(
    {"SMS_MFA", "SOFTWARE_TOKEN_MFA", "EMAIL_OTP", "SMS_OTP", "DEVICE_PASSWORD_VERIFIER", "RECOVERY_CODE"}
)


class NoSecondFactorError(InvalidParameterException):
    """A second factor is due, and the user neither has one that works nor may set one up. At the API it has Cognito's code."""

    code = InvalidParameterException.__name__


def second_factor(sign_in: SignIn) -> str | None:
    """The challenge of the second factor that is still due, None where none is."""
    user = sign_in.candidate.user
    if user is None or sign_in.pool.mfa == "OFF" or _is_satisfied(sign_in):
        return None
    if _SET_UP in sign_in.passed:
        return None
    found = choices(sign_in)
    preferred = mfa.preferred_factor(user.mfa)
    if preferred in found:
        return preferred
    if found:
        return found[0] if len(found) == 1 else _SELECT
    return _SET_UP if sign_in.pool.mfa == "ON" else None


def choices(sign_in: SignIn) -> tuple[str, ...]:
    """The second factors that the user can answer; none for nobody."""
    user = sign_in.candidate.user
    return () if user is None else second_factors_of(sign_in.pool, user)


def second_factors_of(pool: Pool, user: User) -> tuple[str, ...]:
    """The second factors of a user: those switched on, or in a pool that requires MFA those at hand; none without MFA."""
    if pool.mfa == "OFF":
        return ()
    available = mfa_configuration.second_factors(pool.configuration)
    enabled = tuple(factor for factor in available if factor in mfa.enabled_factors(user.mfa))
    if pool.mfa != "ON" or (enabled and mfa.preferred_factor(user.mfa) in enabled):
        return enabled
    return tuple(factor for factor in available if factor in enabled or _is_at_hand(pool, user, factor))


def to_set_up(sign_in: SignIn) -> tuple[str, ...]:
    """The factors that MFA_SETUP offers: an authenticator app, a code by mail, on the pages a code by SMS too.

    At the API a phone number is set up apart from the sign-in, as Cognito has it.
    Raises NoSecondFactorError where nothing can be set up: an operator must give the user an address.
    """
    available = mfa_configuration.second_factors(sign_in.pool.configuration)
    offered = tuple(factor for factor in available if factor == mfa.SOFTWARE_TOKEN_MFA or _may_add(sign_in, factor))
    if not offered:
        raise NoSecondFactorError("User does not have delivery config set to turn on MFA.")
    return offered


def check_can_set_up(sign_in: SignIn, user: User, factor: str) -> None:
    """Raises NotAuthorizedException unless the user, as stored now, still has to set a factor up and may choose this one.

    A session of MFA_SETUP that was kept must not add to, or take the place of, what the user has set up since.
    """
    now = replace(sign_in, candidate=replace(sign_in.candidate, user=user))
    if second_factor(now) != _SET_UP or factor not in to_set_up(now):
        raise invalid_session()


def _is_satisfied(sign_in: SignIn) -> bool:
    """Whether what was passed is worth two factors already."""
    passed = sign_in.passed
    # So says a passkey that has verified its user, where that counts as two, or an access token that was counted.
    if "mfa" in sign_in.amr:
        return True
    return len(passed) > 1 and passed[-1] in _SECOND


def _is_at_hand(pool: Pool, user: User, factor: str) -> bool:
    """Whether a factor that the user has not switched on can be asked for all the same."""
    if factor == mfa.SOFTWARE_TOKEN_MFA:
        return mfa.has_software_token(user.mfa)
    attribute = mfa_configuration.ADDRESS_OF[factor]
    return bool(user.attributes.get(attribute)) and not _is_first_recovery(pool, attribute)


def _may_add(sign_in: SignIn, factor: str) -> bool:
    """An address may be added if the user has none and the pool lets it be written later than at sign-up."""
    user, attribute = sign_in.candidate.user, mfa_configuration.ADDRESS_OF[factor]
    if user is None or (factor == mfa.SMS_MFA and sign_in.door != "pages"):
        return False
    is_mutable = sign_in.pool.schema_by_name[attribute].get("Mutable", True)
    return bool(is_mutable) and not user.attributes.get(attribute)


def _is_first_recovery(pool: Pool, attribute: str) -> bool:
    setting = pool.configuration.get("AccountRecoverySetting") or {}
    mechanisms = setting.get("RecoveryMechanisms") or ()
    first = min(mechanisms, key=lambda mechanism: int(mechanism["Priority"]), default=None)
    return first is not None and first["Name"] == _RECOVERS[attribute]
