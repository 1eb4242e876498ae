"""Step-up: a client asks for a level of assurance (TARGET_ACR_VALUES, MAX_AGE, ACCESS_TOKEN with USER_AUTH).

Developer Guide, "Step-up authentication". What an access token of the user proves is counted if it is recent enough. After
the factors that are due anyway, more are asked until the highest target that the user can reach is reached; what is reached
is told in `acr`.
"""

from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import combinations

from app.core import mfa, mfa_configuration
from app.core.pools import Pool
from app.flows.access_tokens import bearer_of
from app.flows.assurance import acr_values, level_of
from app.flows.challenge_steps import SignIn, Values
from app.flows.first_factors import first_factors
from app.flows.second_factors import choices
from app.flows.token_claims import API_SCOPE
from app.kit.clock import SECOND
from app.kit.errors import FeatureUnavailableInTierException, InvalidParameterException, NotAuthorizedException

# The parameter that asks for levels, by the names of the pool's AcrConfiguration.
ACR_VALUES = "TARGET_ACR_VALUES"
# Options of a sign-in: the levels asked for, and what an access token proves.
_TARGETS, _CREDIT = "TARGET_LEVELS", "CREDIT"
# What a sign-in has "passed" when an access token was counted.
TOKEN = "ACCESS_TOKEN"
# What each challenge would add to `amr`; a passkey adds one of two, of the same level.
_ADDS = {
    "SOFTWARE_TOKEN_MFA": "otp",
    "EMAIL_OTP": "email_otp",
    "SMS_MFA": "sms",
    "SMS_OTP": "sms",
    "PASSWORD": "pwd",
    "WEB_AUTHN": "swk",
}


def step_up_options(sign_in: SignIn, parameters: Values) -> dict[str, str]:
    """The options of a sign-in that asks for levels; none if it does not.

    Raises InvalidParameterException where no value is a level of the pool, FeatureUnavailableInTierException.
    """
    asked = (parameters.get(ACR_VALUES) or "").split()
    if not asked:
        if parameters.get("ACCESS_TOKEN"):
            raise InvalidParameterException("ACCESS_TOKEN requires TARGET_ACR_VALUES.")
        return {}
    if sign_in.work.tier_of(sign_in.pool) == "LITE":
        raise FeatureUnavailableInTierException("TARGET_ACR_VALUES needs the feature plan ESSENTIALS or higher.")
    known = target_levels(sign_in.pool, asked)
    if not known:
        raise InvalidParameterException("TARGET_ACR_VALUES names no level of the user pool.")
    return {_TARGETS: " ".join(str(level) for level in known), **_credit(sign_in, parameters)}


def voluntary_options(sign_in: SignIn, parameters: Values) -> dict[str, str]:
    """As `step_up_options` for the pages, where nothing that is asked for is an error (OpenID Connect Core 5.5.1.1)."""
    known = target_levels(sign_in.pool, (parameters.get(ACR_VALUES) or "").split())
    if not known or sign_in.work.tier_of(sign_in.pool) == "LITE":
        return {}
    return {_TARGETS: " ".join(str(level) for level in known)}


def target_levels(pool: Pool, asked: Iterable[str]) -> list[int]:
    """The levels of the pool that acr values name, the highest first; others are passed over."""
    levels = {name: level for level, name in acr_values(pool.configuration).items()}
    return sorted({levels[name] for name in asked if name in levels}, reverse=True)


def credit_of(sign_in: SignIn) -> tuple[str, ...]:
    """The methods (`amr`) that an access token has proven already, where something more will be asked on top of them.

    A token alone signs nobody in: it could be made to live for ever, and to lead to more than it may do itself.
    """
    proven = tuple(sign_in.options.get(_CREDIT, "").split())
    is_short = proven and raising_challenge(replace(sign_in, amr=proven, passed=(TOKEN,)))
    return proven if is_short else ()


def _credit(sign_in: SignIn, parameters: Values) -> dict[str, str]:
    """What ACCESS_TOKEN proves, nothing without one or if it is older than MAX_AGE.

    Raises NotAuthorizedException for a token that is not a live one of this user, with which this client could call the API.
    """
    token, user, max_age = parameters.get("ACCESS_TOKEN"), sign_in.candidate.user, _max_age(parameters)
    if not token:
        return {}
    bearer = bearer_of(sign_in.work, sign_in.client.pool_snapshot, token)
    client_id = bearer.client.client.client_id
    if user is None or bearer.subject.sub != user.sub or client_id != sign_in.client.client.client_id:
        raise NotAuthorizedException("Invalid Access Token")
    if API_SCOPE not in bearer.scope.split():
        raise NotAuthorizedException("Access Token does not have required scopes")
    auth_time, amr = int(bearer.claims["auth_time"]) * SECOND, bearer.claims.get("amr") or ()
    if not amr or (max_age is not None and sign_in.work.now - auth_time > max_age * SECOND):
        return {}
    return {_CREDIT: " ".join(amr)}


def raising_challenge(sign_in: SignIn) -> str | None:
    """The challenge that leads to the highest target within reach; None when it is reached, or none is asked for."""
    for target in _targets(sign_in):
        if level_of(sign_in.amr) >= target:
            return None
        at_hand = [name for name in dict.fromkeys(_at_hand(sign_in)) if name not in sign_in.passed]
        ways = [*combinations(at_hand, 1), *combinations(at_hand, 2)]
        found = next((way for way in ways if level_of((*sign_in.amr, *(_ADDS[name] for name in way))) >= target), None)
        if found is not None:
            return found[0]
    return None


def _targets(sign_in: SignIn) -> list[int]:
    return [int(level) for level in sign_in.options.get(_TARGETS, "").split()]


def _at_hand(sign_in: SignIn) -> Iterator[str]:
    """The challenges that the user could answer, those that a user finds easiest first."""
    user = sign_in.candidate.user
    if user is None:
        return
    second = choices(sign_in)
    if mfa.has_software_token(user.mfa) and mfa.SOFTWARE_TOKEN_MFA in mfa_configuration.second_factors(
        sign_in.pool.configuration
    ):
        yield mfa.SOFTWARE_TOKEN_MFA
    # The pages know no passkeys.
    unusable = {"WEB_AUTHN"} if sign_in.door == "pages" else set[str]()
    yield from (name for name in first_factors(sign_in) if name in _ADDS and name not in unusable)
    yield from (name for name in second if name in _ADDS)


def _max_age(parameters: Values) -> int | None:
    text = parameters.get("MAX_AGE")
    if not text:
        return None
    if not (text.isascii() and text.isdecimal() and len(text) <= 10):
        raise InvalidParameterException("MAX_AGE must be a number of seconds.")
    return int(text)
