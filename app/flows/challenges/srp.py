"""USER_SRP_AUTH and its challenge PASSWORD_VERIFIER: a password proven without being sent.

In USER_AUTH it is the challenge PASSWORD_SRP, answered with the client's A, or at once where that came along. All state of the exchange lies sealed in SECRET_BLOCK, since clients answer without a Session.
"""

import base64
import binascii

from app.core import srp
from app.core.srp import SrpError
from app.flows.challenge_session import invalid_session
from app.flows.challenge_steps import Asked, Entry, Outcome, Passed, SignIn, Step, Values, check_guess, required
from app.flows.find_candidate import srp_credential
from app.kit.clock import MINUTE
from app.kit.errors import InvalidParameterException, NotAuthorizedException
from app.kit.segments import check_outside_segment

_CHALLENGE = "PASSWORD_VERIFIER"
_BLOCK = "PASSWORD_CLAIM_SECRET_BLOCK"
# A client answers by itself, in seconds.
_LIFETIME_MS = 3 * MINUTE


def ask_for_srp(sign_in: SignIn, values: Values) -> Outcome:
    """Goes on with the client's A if it came along, else asks for it."""
    return begin_with_srp(sign_in, values) if values.get("SRP_A") else Asked("PASSWORD_SRP", {}, {})


def begin_with_srp(sign_in: SignIn, parameters: Values) -> Outcome:
    """Answers the client's A with salt and B."""
    client_public = _client_public(required(parameters, "SRP_A"))
    credential = srp_credential(sign_in.work, sign_in.pool, sign_in.candidate)
    check_outside_segment("SRP arithmetic")
    exchange = srp.challenge(client_public, credential.verifier)
    return Asked(
        _CHALLENGE,
        {
            "USER_ID_FOR_SRP": credential.identity,
            "USERNAME": sign_in.candidate.username,
            "SALT": credential.salt,
            "SRP_B": exchange.public,
        },
        {"A": _text(client_public), "b": _text(exchange.secret), "u": _text(exchange.scramble)},
        carried_in="SECRET_BLOCK",
        lifetime_ms=_LIFETIME_MS,
    )


def verify_claim(sign_in: SignIn, responses: Values) -> Outcome:
    """Checks that the client has the same session key, hence the password."""
    block, timestamp = _secret_block(responses), required(responses, "TIMESTAMP")
    signature = required(responses, "PASSWORD_CLAIM_SIGNATURE")
    if not srp.is_timestamp(timestamp):
        raise InvalidParameterException("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.")

    def compare() -> bool:
        credential = srp_credential(sign_in.work, sign_in.pool, sign_in.candidate)
        key = srp.session_key(*_state(sign_in, credential.verifier))
        identity = credential.identity
        is_right = srp.is_claim_right(key, sign_in.pool.srp_name, identity, block, timestamp, signature)
        return is_right and credential.is_real

    return Passed(_CHALLENGE, ("pwd",), check_guess(sign_in, compare))


def _find_session(session: str | None, responses: Values) -> str:
    """The secret block is the session; one that comes along must be the same."""
    block = required(responses, _BLOCK)
    if session is not None and session != block:
        raise invalid_session()
    return block


def _client_public(text: str) -> bytes:
    try:
        return srp.parse_public(text)
    except SrpError as error:
        raise InvalidParameterException(str(error)) from None


def _secret_block(responses: Values) -> bytes:
    try:
        return base64.b64decode(required(responses, _BLOCK), validate=True)
    except (binascii.Error, ValueError):
        raise invalid_session() from None


def _state(sign_in: SignIn, verifier: bytes) -> tuple[bytes, bytes, bytes, bytes]:
    state = sign_in.session.state if sign_in.session else {}
    if not state.keys() >= {"A", "b", "u"}:
        raise NotAuthorizedException()
    return base64.b64decode(state["A"]), verifier, base64.b64decode(state["b"]), base64.b64decode(state["u"])


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


ENTRIES = (Entry("USER_SRP_AUTH", "ALLOW_USER_SRP_AUTH", frozenset({"api", "admin"}), begin_with_srp),)
STEPS = (
    Step("PASSWORD_SRP", begin_with_srp, ask=ask_for_srp),
    Step(_CHALLENGE, verify_claim, find_session=_find_session),
)
