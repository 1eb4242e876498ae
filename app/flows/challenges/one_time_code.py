"""Codes by mail and SMS: EMAIL_OTP and SMS_OTP as a first factor, EMAIL_OTP and SMS_MFA as a second one.

A wrong code does not use the session up (Cognito Developer Guide, "Authentication flows"). A right one proves the address.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from app.core import attributes, mfa, users
from app.core.users import User
from app.flows.challenge_session import invalid_session
from app.flows.challenge_steps import Asked, Outcome, Passed, SignIn, Step, Values, required
from app.flows.sign_in_codes import ask_for_code, check_code
from app.kit.errors import AliasExistsException


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
    def ask(sign_in: SignIn, values: Values) -> Asked:
        # MFA_SETUP passes the address that is to become the user's.
        asked = ask_for_code(sign_in, kind.challenge, kind.attribute, address=values.get("ADDRESS"))
        # As a first factor it was one of several to choose from; Cognito then names the one that was chosen.
        return asked if sign_in.passed else replace(asked, available=(kind.challenge,))

    return ask


def _answer(kind: _Kind) -> Callable[[SignIn, Values], Outcome]:
    def answer(sign_in: SignIn, responses: Values) -> Passed:
        guess = check_code(sign_in, required(responses, kind.response))
        return Passed(kind.challenge, (kind.amr,), guess, write=_proven(sign_in))

    return answer


def _proven(sign_in: SignIn) -> Callable[[Connection], User] | None:
    """Notes that the address is verified, and after MFA_SETUP that it is the user's; None where nothing changes."""
    user, state = sign_in.candidate.user, sign_in.session.state if sign_in.session else {}
    attribute, address = state.get("attribute", ""), state.get("address", "")
    sets_up = state.get("sets_up") == "true"
    if user is None or (user.has_verified(attribute) and user.attributes[attribute] == address and not sets_up):
        return None
    return lambda db: _verify(db, sign_in, attribute, address, sets_up=sets_up)


def _verify(db: Connection, sign_in: SignIn, attribute: str, address: str, *, sets_up: bool) -> User:
    pool, now = sign_in.pool, sign_in.work.now
    user = users.lock_user(db, pool.pool_id, sign_in.candidate.sub)
    if not sets_up and user.attributes.get(attribute) != address:
        raise invalid_session()
    changed = attributes.applied(user.attributes, {attribute: address, f"{attribute}_verified": "true"})
    if changed != user.attributes:
        try:
            user = users.replace_attributes(db, pool, user, changed, now)
        except AliasExistsException:
            # The code was right all the same: the address stays unverified, since somebody else signs in with it.
            if sets_up:
                raise
    if sets_up:
        users.set_mfa(db, pool.pool_id, user.sub, mfa.with_factor(user.mfa, mfa.EMAIL_OTP), now)
    return users.lock_user(db, pool.pool_id, user.sub)


STEPS = tuple(Step(kind.challenge, _answer(kind), ask=_ask(kind), is_recoverable=True) for kind in _KINDS)
