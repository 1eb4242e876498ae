"""The server's side of an SRP exchange between two challenges: what is answered to a client's A, and its claim checked.

All state of the exchange lies sealed in SECRET_BLOCK, since clients answer without a Session. The arithmetic is in core.srp.
"""

import base64
import binascii
from dataclasses import dataclass

from app.core import srp
from app.core.srp import SrpError
from app.flows.challenge_session import invalid_session
from app.flows.challenge_steps import SignIn, Values, required
from app.kit.clock import MINUTE
from app.kit.errors import InvalidParameterException, NotAuthorizedException
from app.kit.segments import check_outside_segment

# The parameter that carries the session of an exchange. A client answers by itself, in seconds.
CARRIER = "SECRET_BLOCK"
LIFETIME_MS = 3 * MINUTE
_BLOCK = "PASSWORD_CLAIM_SECRET_BLOCK"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a client proves its session key with."""

    block: bytes
    timestamp: str
    signature: str


def client_public(values: Values) -> bytes:
    """The client's A from SRP_A; raises InvalidParameterException."""
    try:
        return srp.parse_public(required(values, "SRP_A"))
    except SrpError as error:
        raise InvalidParameterException(str(error)) from None


def begin(public: bytes, verifier: bytes) -> tuple[str, dict[str, str]]:
    """B in hex, and the state to be sealed, for a client's A and the verifier of its secret. Not within a segment."""
    check_outside_segment("SRP arithmetic")
    exchange = srp.challenge(public, verifier)
    return exchange.public, {"A": _text(public), "b": _text(exchange.secret), "u": _text(exchange.scramble)}


def find_session(session: str | None, responses: Values) -> str:
    """The secret block is the session; one that comes along must be the same."""
    block = required(responses, _BLOCK)
    if session is not None and session != block:
        raise invalid_session()
    return block


def claim_of(responses: Values) -> Claim:
    """The claim in a client's answer; raises InvalidParameterException, NotAuthorizedException."""
    try:
        block = base64.b64decode(required(responses, _BLOCK), validate=True)
    except (binascii.Error, ValueError):
        raise invalid_session() from None
    timestamp, signature = required(responses, "TIMESTAMP"), required(responses, "PASSWORD_CLAIM_SIGNATURE")
    if not srp.is_timestamp(timestamp):
        raise InvalidParameterException("TIMESTAMP format should be EEE MMM d HH:mm:ss z yyyy in english.")
    return Claim(block, timestamp, signature)


def is_right(sign_in: SignIn, claim: Claim, group: str, identity: str, verifier: bytes) -> bool:
    """Whether the client has the session key, hence the secret that the verifier is of. Not within a segment."""
    state = sign_in.session.state if sign_in.session else {}
    if not state.keys() >= {"A", "b", "u"}:
        raise NotAuthorizedException()
    public, secret, scramble = (base64.b64decode(state[name]) for name in ("A", "b", "u"))
    key = srp.session_key(public, verifier, secret, scramble)
    return srp.is_claim_right(key, group, identity, claim.block, claim.timestamp, claim.signature)


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()
