"""Recovery codes (our pool setting `RecoveryCodes`): made for a user, and taken in place of any second factor.

Cognito has none; a client sends RECOVERY_CODE among the ChallengeResponses of SMS_MFA, SOFTWARE_TOKEN_MFA, EMAIL_OTP or
SELECT_MFA_TYPE. A code adds `recovery_code` to `amr` and raises no level of assurance.
"""

from sqlalchemy import Connection

from app.core import recovery_codes, users
from app.core.pools import Pool
from app.core.users import User
from app.flows.challenge_steps import SECOND_FACTOR_GUESS, Passed, SignIn, Values, check_guess
from app.flows.sign_in_codes import mismatch
from app.flows.user_events import record_user_event
from app.flows.work import Work
from app.kit.errors import InvalidParameterException

RESPONSE = "RECOVERY_CODE"


def generate_codes(work: Work, pool: Pool, sub: str) -> list[str]:
    """New codes for a user, shown this once; raises InvalidParameterException where the pool has none."""
    if not are_enabled(pool):
        raise InvalidParameterException("The user pool has no recovery codes: its setting RecoveryCodes is DISABLED.")
    with work.write() as db:
        user = users.lock_user(db, pool.pool_id, sub)
        codes = recovery_codes.replace_codes(db, work.keyring, pool.pool_id, sub, work.now)
        record_user_event(db, work, user, "mfa.recovery_codes_made", client_id=work.caller.client_id or None)
    return codes


def is_given(sign_in: SignIn, responses: Values) -> bool:
    """Whether a second factor is answered with a recovery code."""
    return bool(responses.get(RESPONSE)) and bool(sign_in.passed) and are_enabled(sign_in.pool)


def check_recovery_code(sign_in: SignIn, responses: Values) -> Passed:
    """Takes a code that has not been used; raises CodeMismatchException, NotAuthorizedException."""
    work, pool_id, sub = sign_in.work, sign_in.pool.pool_id, sign_in.candidate.sub
    found: list[bytes] = []

    def compare() -> bool:
        with work.read() as db:
            code_hash = recovery_codes.find_code(db, work.keyring, pool_id, sub, responses[RESPONSE])
        found.extend([code_hash] if code_hash else [])
        return bool(found)

    guess = check_guess(sign_in, compare, kind=SECOND_FACTOR_GUESS, wrong=mismatch)
    return Passed(RESPONSE, ("recovery_code",), guess, write=lambda db: _use(db, sign_in, found[0]))


def _use(db: Connection, sign_in: SignIn, code_hash: bytes) -> User:
    pool_id, sub = sign_in.pool.pool_id, sign_in.candidate.sub
    user = users.lock_user(db, pool_id, sub)
    if not recovery_codes.use_code(db, pool_id, sub, code_hash):
        raise mismatch()
    left = recovery_codes.count_codes(db, pool_id, sub)
    record_user_event(db, sign_in.work, user, "mfa.recovery_code_used", left=left)
    return user


def are_enabled(pool: Pool) -> bool:
    """Whether users of the pool can have recovery codes."""
    return bool(pool.settings.get("RecoveryCodes") == "ENABLED")
