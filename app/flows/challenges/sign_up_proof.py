"""SIGN_UP_PROOF: whoever chose or gave a password on the pages just now and then confirmed the account is signed in.

The proof is sealed and travels with the pages of that one browser. It is good for 15 minutes, and only while the password is
still the one that was given. A browser may have several of one sign-up: all of them end with the user's first sign-in on the
pages, by whatever means, and when the user is signed out everywhere. Not an AuthFlow of the API.
"""

import base64
import binascii
from typing import Any

import orjson
from sqlalchemy import Connection

from app.core import sessions
from app.core.sessions import SpentSession
from app.core.users import User
from app.flows.challenge_steps import Entry, Outcome, Passed, SignIn, Values, required
from app.flows.work import Work
from app.kit.clock import MINUTE
from app.kit.errors import NotAuthorizedException
from app.kit.ids import new_uuid
from app.kit.sealing import SealError
from app.kit.secrets import equal, token_hash

FLOW = "SIGN_UP_PROOF"
_PLACE = "sign_up.proof"
_LIFETIME_MS = 15 * MINUTE


def seal_proof(work: Work, pool_id: str, sub: str, password_hash: str | None) -> str:
    """A proof that a password has just been given here, good once user `sub` has it; one for nobody never fits."""
    content = {"sub": sub, "password": _fingerprint(password_hash or new_uuid()), "issued_at": work.now}
    return base64.urlsafe_b64encode(work.keyring.seal(pool_id, _PLACE, "", orjson.dumps(content))).decode()


def is_proof_of(work: Work, pool_id: str, text: str, sub: str) -> bool:
    """Whether a proof, used or not, is of user `sub`."""
    try:
        return equal(_open(work, pool_id, text)["sub"], sub)
    except NotAuthorizedException:
        return False


def begin_with_proof(sign_in: SignIn, parameters: Values) -> Outcome:
    """Checks PROOF for the user that USERNAME leads to; raises NotAuthorizedException."""
    proof = _open(sign_in.work, sign_in.pool.pool_id, required(parameters, "PROOF"))
    user, password = sign_in.candidate.user, sign_in.candidate.password
    if user is None or password is None or not equal(proof["sub"], user.sub):
        raise NotAuthorizedException()
    if not equal(proof["password"], _fingerprint(password.hash)) or proof["issued_at"] <= user.signed_out_at:
        raise NotAuthorizedException()
    return Passed(FLOW, ("pwd",), write=lambda db: _spend(db, user, sign_in.work.now))


def end_proofs(db: Connection, user: User, now: int) -> None:
    """Ends the proofs of a user who signs in. Only who was confirmed in the last minutes can have any."""
    if now - user.updated_at < _LIFETIME_MS:
        sessions.mark_spent(db, user.pool_id, _of_all(user, now))


def _spend(db: Connection, user: User, now: int) -> User:
    sessions.spend(db, user.pool_id, _of_all(user, now))
    return user


def _of_all(user: User, now: int) -> SpentSession:
    """What all proofs of a user are spent as; none is made later, and those made before are over when it is forgotten."""
    return SpentSession(f"{FLOW}|{user.sub}", now + _LIFETIME_MS)


def _open(work: Work, pool_id: str, text: str) -> dict[str, Any]:
    try:
        blob = base64.urlsafe_b64decode(text.encode("ascii"))
        proof: dict[str, Any] = orjson.loads(work.keyring.unseal(pool_id, _PLACE, "", blob))
    except (binascii.Error, SealError, ValueError):
        raise NotAuthorizedException() from None
    if work.now - proof.get("issued_at", 0) >= _LIFETIME_MS:
        raise NotAuthorizedException()
    return proof


def _fingerprint(password_hash: str) -> str:
    return token_hash(password_hash).hex()


ENTRIES = (Entry(FLOW, "", frozenset({"pages"}), begin_with_proof, way_in="PASSWORD"),)
