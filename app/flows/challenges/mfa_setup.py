"""MFA_SETUP: the pool requires MFA and the user has no second factor yet.

An authenticator app is set up by AssociateSoftwareToken and VerifySoftwareToken with this challenge's session (flows/
software_tokens), which carries seed and proof; answering stores it. A mail address is set up by a code that is sent there, and
so is a phone number, on the pages only.
"""

import json

from sqlalchemy import Connection

from app.core import attributes, mfa, software_tokens, users
from app.core.users import User
from app.flows.challenge_steps import Asked, Outcome, Passed, SignIn, Step, Values
from app.flows.second_factors import check_can_set_up, to_set_up
from app.flows.sign_in_codes import ask_for_code
from app.kit.errors import InvalidParameterException

CHALLENGE = "MFA_SETUP"


def ask_to_set_up(sign_in: SignIn, _: Values) -> Asked:
    """Names the factors that can be set up."""
    names = json.dumps(list(to_set_up(sign_in)))
    parameters = {"MFAS_CAN_SETUP": names, "USER_ID_FOR_SRP": sign_in.candidate.username}
    return Asked(CHALLENGE, parameters, {"factors": names})


def set_up(sign_in: SignIn, responses: Values) -> Outcome:
    """Goes on with an address, or with an authenticator that the session proves; raises InvalidParameterException.

    The address is EMAIL or, where the session offers SMS_MFA, PHONE_NUMBER.
    """
    state = sign_in.session.state if sign_in.session else {}
    offered = json.loads(state.get("factors", "[]"))
    email, number = responses.get("EMAIL") or responses.get("email"), responses.get("PHONE_NUMBER")
    if email:
        return _set_up_email(sign_in, offered, email)
    if number and mfa.SMS_MFA in offered:
        return _set_up_phone_number(sign_in, number)
    if state.get("is_verified") != "true":
        raise InvalidParameterException("Software token MFA has not been verified for this session.")
    return Passed(CHALLENGE, ("otp",), write=lambda db: _store(db, sign_in, state))


def _set_up_email(sign_in: SignIn, offered: list[str], email: str) -> Asked:
    """The code goes to the new address, which becomes the user's once the code has come back."""
    if mfa.EMAIL_OTP not in offered:
        raise InvalidParameterException("EMAIL_OTP cannot be set up.")
    if not attributes.is_email(email):
        raise InvalidParameterException("Invalid email address format.")
    return ask_for_code(sign_in, mfa.EMAIL_OTP, "email", new_address=email)


def _set_up_phone_number(sign_in: SignIn, number: str) -> Asked:
    if not attributes.is_phone_number(number):
        raise InvalidParameterException("Invalid phone number format.")
    return ask_for_code(sign_in, mfa.SMS_MFA, "phone_number", new_address=number)


def _store(db: Connection, sign_in: SignIn, state: Values) -> User:
    pool, now = sign_in.pool, sign_in.work.now
    user = users.lock_user(db, pool.pool_id, sign_in.candidate.sub)
    check_can_set_up(sign_in, user, mfa.SOFTWARE_TOKEN_MFA)
    software_tokens.add_verified(
        db,
        sign_in.work.keyring,
        pool.pool_id,
        user.sub,
        state["seed"],
        name=state.get("name", ""),
        step=int(state["step"]),
        keeps=False,
        now=now,
    )
    settings = {**mfa.with_factor(user.mfa, mfa.SOFTWARE_TOKEN_MFA), "SoftwareToken": True}
    users.set_mfa(db, pool.pool_id, user.sub, settings, now)
    return users.lock_user(db, pool.pool_id, user.sub)


STEPS = (Step(CHALLENGE, set_up, ask=ask_to_set_up),)
