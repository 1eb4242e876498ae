"""The Session between two steps of a sign-in: a sealed blob, so that nothing is stored until it succeeds.

`version (1) | key id (8) | length of the pool id (1) | pool id | nonce | ciphertext and tag`, in base64. What comes before
the nonce is in clear and authenticated, because some operations carry a Session and nothing else. SRP's SECRET_BLOCK is the
same kind of blob: clients may answer PASSWORD_VERIFIER without a Session.
"""

import base64
import binascii
import re
from dataclasses import dataclass

import orjson

from app.core.sessions import SpentSession
from app.db.keyring import Keyring
from app.kit.errors import NotAuthorizedException
from app.kit.sealing import KEY_ID_BYTES, SealError, blob_key_id

_PURPOSE = "challenge_sessions"
_HEADER = 1 + KEY_ID_BYTES
_MAX_CHARACTERS = 4_096
_BLOCK = 64
_POOL_ID = re.compile(r"[\w-]{1,55}", re.ASCII)


@dataclass(frozen=True, slots=True)
class ChallengeSession:
    """What a sign-in has come to: who answers which challenge until when, what is proven, and the challenge's own state.

    `sub` and `username` are simulated when `is_known` is false; `asked_name` is the name as it was typed. `options` are what
    the sign-in as a whole was asked for (flows.challenge_steps.SignIn). `password_at` is Candidate.password_at as it was.
    Times in epoch ms.
    """

    session_id: str
    pool_id: str
    client_id: str
    challenge: str
    sub: str
    username: str
    asked_name: str
    is_known: int
    flow: str
    door: str
    amr: tuple[str, ...]
    passed: tuple[str, ...]
    event_id: str
    expires_at: int
    password_at: int
    state: dict[str, str]
    options: dict[str, str]

    def spent(self) -> SpentSession:
        """What `core.sessions.spend` takes, so that the session succeeds once."""
        return SpentSession(self.session_id, self.expires_at)


def seal_session(keyring: Keyring, session: ChallengeSession) -> str:
    """The session as text of at most 4,096 characters."""
    pool_id = session.pool_id.encode()
    values = [getattr(session, name) for name in ChallengeSession.__slots__]
    plaintext = orjson.dumps(values)
    # Whole blocks: the length must not tell what a session says, say, whether it is about somebody who exists.
    plaintext += b" " * (-len(plaintext) % _BLOCK)
    blob = keyring.key(session.pool_id, _PURPOSE).seal(_place(session.pool_id), plaintext)
    clear = blob[:_HEADER] + bytes([len(pool_id)]) + pool_id
    text = base64.b64encode(clear + blob[_HEADER:]).decode()
    if len(text) > _MAX_CHARACTERS:
        raise ValueError(f"a challenge session of {len(text)} characters")
    return text


def open_session(keyring: Keyring, text: str, now: int) -> ChallengeSession:
    """The session, whichever pool it is of; raises NotAuthorizedException if it is not genuine or no longer good."""
    try:
        session = _open(keyring, text)
    except (SealError, ValueError, TypeError):
        raise invalid_session() from None
    if now >= session.expires_at:
        raise NotAuthorizedException("Invalid session for the user, session is expired.")
    return session


def invalid_session() -> NotAuthorizedException:
    """The error for a session that was not made for this request."""
    return NotAuthorizedException("Invalid session for the user.")


def _open(keyring: Keyring, text: str) -> ChallengeSession:
    if len(text) > _MAX_CHARACTERS:
        raise SealError("too long")
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        raise SealError("not base64") from None
    start = _HEADER + 1
    end = start + (data[_HEADER] if len(data) > _HEADER else 0)
    pool_id, blob = data[start:end].decode("ascii"), data[:_HEADER] + data[end:]
    if not _POOL_ID.fullmatch(pool_id):
        raise SealError("names no pool")
    plaintext = keyring.key(pool_id, _PURPOSE, blob_key_id(blob)).unseal(_place(pool_id), blob)
    values = dict(zip(ChallengeSession.__slots__, orjson.loads(plaintext), strict=True))
    return ChallengeSession(**{**values, "amr": tuple(values["amr"]), "passed": tuple(values["passed"])})


def _place(pool_id: str) -> str:
    return f"challenge session|{pool_id}"
