"""SOFTWARE_TOKEN_MFA: a code of an authenticator app. Each code works once."""

from sqlalchemy import Connection

from app.core import software_tokens, users
from app.core.software_tokens import SoftwareToken
from app.core.users import User
from app.flows.challenge_steps import (
    SECOND_FACTOR_GUESS,
    Asked,
    Outcome,
    Passed,
    SignIn,
    Step,
    Values,
    check_guess,
    required,
)
from app.flows.sign_in_codes import mismatch
from app.kit.errors import ExpiredCodeException

_CHALLENGE = "SOFTWARE_TOKEN_MFA"


def ask_for_token(sign_in: SignIn, _: Values) -> Asked:
    """Asks, and names the authenticator."""
    names = [token.name for token in _tokens(sign_in) if token.name]
    parameters = {"USER_ID_FOR_SRP": sign_in.candidate.username}
    return Asked(_CHALLENGE, {**parameters, "FRIENDLY_DEVICE_NAME": names[-1]} if names else parameters, {})


def check_token(sign_in: SignIn, responses: Values) -> Outcome:
    """Compares SOFTWARE_TOKEN_MFA_CODE; raises CodeMismatchException, ExpiredCodeException for one used before."""
    code = required(responses, "SOFTWARE_TOKEN_MFA_CODE")
    tokens = _tokens(sign_in)
    fitting: list[tuple[SoftwareToken, int]] = []

    def compare() -> bool:
        steps = [(token, software_tokens.matching_step(token.seed, code, sign_in.work.now)) for token in tokens]
        fitting.extend((token, step) for token, step in steps if step is not None)
        return bool(fitting)

    guess = check_guess(sign_in, compare, kind=SECOND_FACTOR_GUESS, wrong=mismatch)
    token, step = fitting[0]
    return Passed(_CHALLENGE, ("otp",), guess, write=lambda db: _use(db, sign_in, token, step))


def _use(db: Connection, sign_in: SignIn, token: SoftwareToken, step: int) -> User:
    pool_id, sub = sign_in.pool.pool_id, sign_in.candidate.sub
    if not software_tokens.use_step(db, pool_id, sub, token.token_id, step):
        raise ExpiredCodeException("Your software token has already been used once.")
    return users.lock_user(db, pool_id, sub)


def _tokens(sign_in: SignIn) -> list[SoftwareToken]:
    with sign_in.work.read() as db:
        return software_tokens.list_tokens(db, sign_in.work.keyring, sign_in.pool.pool_id, sign_in.candidate.sub)


STEPS = (Step(_CHALLENGE, check_token, ask=ask_for_token, is_recoverable=True),)
