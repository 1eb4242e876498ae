"""Codes by mail and SMS: EMAIL_OTP and SMS_OTP as a first factor, EMAIL_OTP and SMS_MFA as a second one.

A wrong code does not use the session up (Cognito Developer Guide, "Authentication flows"). A right one proves the address.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from app.core import attributes, mfa, users
from app.core.users import User
from app.flows.challenge_session import invalid_session
from app.flows.challenge_steps import Asked, Entry, Outcome, Passed, SignIn, Step, Values, required
from app.flows.first_factors import first_factors
from app.flows.page_options import page_options
from app.flows.second_factors import check_can_set_up
from app.flows.sign_in_codes import address_hash, ask_for_code, check_code
from app.kit.errors import AliasExistsException
from app.kit.secrets import equal


@dataclass(frozen=True, slots=True)
class _Kind:
    """A challenge, the attribute that its codes go to, the response that carries the code, and what it proves."""

    challenge: str
    attribute: str
    response: str
    amr: str


_KINDS = (
    _Kind("EMAIL_OTP", "email", "EMAIL_OTP_CODE", "email_otp"),
    _Kind("SMS_OTP", "phone_number", "SMS_OTP_CODE", "sms"),
    _Kind("SMS_MFA", "phone_number", "SMS_MFA_CODE", "sms"),
)


def _ask(kind: _Kind) -> Callable[[SignIn, Values], Outcome]:
    def ask(sign_in: SignIn, _: Values) -> Asked:
        if sign_in.passed:
            # Asked again, a code that sets a new address up goes there again.
            state = sign_in.session.state if sign_in.session else {}
            return ask_for_code(sign_in, kind.challenge, kind.attribute, new_address=state.get("new_address"))
        is_simulated = kind.challenge not in first_factors(sign_in)
        asked = ask_for_code(sign_in, kind.challenge, kind.attribute, is_simulated=is_simulated)
        # As a first factor it was one of several to choose from; Cognito then names the one that was chosen.
        return replace(asked, available=(kind.challenge,))

    return ask


def _answer(kind: _Kind) -> Callable[[SignIn, Values], Outcome]:
    def answer(sign_in: SignIn, responses: Values) -> Passed:
        guess = check_code(sign_in, required(responses, kind.response))
        return Passed(kind.challenge, (kind.amr,), guess, write=_proven(sign_in))

    return answer


def _proven(sign_in: SignIn) -> Callable[[Connection], User] | None:
    """Notes that the address is verified, and after MFA_SETUP that it is the user's; None where nothing changes."""
    user, state = sign_in.candidate.user, sign_in.session.state if sign_in.session else {}
    if user is None:
        return None
    attribute, new_address = state["attribute"], state.get("new_address")
    if new_address:
        return lambda db: _set_up(db, sign_in, attribute, new_address)
    if user.has_verified(attribute) and _went_to(sign_in, state, user):
        return None
    return lambda db: _verify(db, sign_in, state)


def _set_up(db: Connection, sign_in: SignIn, attribute: str, address: str) -> User:
    """Makes an address the user's and their second factor, unless they have got one meanwhile; raises AliasExistsException."""
    factor = mfa.SMS_MFA if attribute == "phone_number" else mfa.EMAIL_OTP
    pool, now = sign_in.pool, sign_in.work.now
    user = users.lock_user(db, pool.pool_id, sign_in.candidate.sub)
    check_can_set_up(sign_in, user, factor)
    changed = attributes.applied(user.attributes, {attribute: address, f"{attribute}_verified": "true"})
    users.replace_attributes(db, pool, user, changed, now)
    users.set_mfa(db, pool.pool_id, user.sub, mfa.with_factor(user.mfa, factor), now)
    return users.lock_user(db, pool.pool_id, user.sub)


def _verify(db: Connection, sign_in: SignIn, state: Values) -> User:
    """Notes that the address is verified; raises NotAuthorizedException where the user has another one by now."""
    pool = sign_in.pool
    user = users.lock_user(db, pool.pool_id, sign_in.candidate.sub)
    if not _went_to(sign_in, state, user):
        raise invalid_session()
    changed = attributes.applied(user.attributes, {f"{state['attribute']}_verified": "true"})
    # The code was right all the same: the address stays unverified where somebody else signs in with it.
    with suppress(AliasExistsException):
        users.replace_attributes(db, pool, user, changed, sign_in.work.now)
    return users.lock_user(db, pool.pool_id, user.sub)


def _went_to(sign_in: SignIn, state: Values, user: User) -> bool:
    return equal(state["address"], address_hash(sign_in, user.attributes.get(state["attribute"], "")))


# Not AuthFlows of the API, where a code is one of the choices of USER_AUTH.
ENTRIES = tuple(
    Entry(kind.challenge, "", frozenset({"pages"}), _ask(kind), options=page_options, way_in=kind.challenge)
    for kind in _KINDS
    if kind.challenge in ("EMAIL_OTP", "SMS_OTP")
)
STEPS = tuple(Step(kind.challenge, _answer(kind), ask=_ask(kind), is_recoverable=True) for kind in _KINDS)
