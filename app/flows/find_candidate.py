"""Whoever wants to sign in: a user with password, or the stable simulation of one for a name that leads to nobody.

Simulated values come from an HMAC of the folded name under a key of the pool, so they stay the same and tell nothing; the
same statements run for both (Cognito Developer Guide, "Managing error responses").
"""

import hashlib
from dataclasses import dataclass, replace
from typing import Any
from uuid import UUID

import regex

from app.core import attempts, attributes, credentials, srp, users
from app.core.credentials import Password
from app.core.pools import Pool
from app.core.users import User
from app.flows.challenge_session import ChallengeSession
from app.flows.work import Work
from app.kit.errors import InvalidParameterException
from app.kit.secrets import keyed_hash

_USERNAME = regex.compile(r"[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,128}")
_KEY = "sign_in.simulation"
_NO_PASSWORD_AT = 1_000_000_000_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """`username` and `sub` are what responses show; `subject` is whose attempts are counted; `asked_name` is as typed.

    `username` is folded, as Cognito shows it where case does not count: no answer tells the spelling that is stored.
    """

    user: User | None
    username: str
    sub: str
    subject: str
    asked_name: str
    password: Password | None

    @property
    def stored_name(self) -> str:
        """The username as it is stored, for the pool's own triggers."""
        return self.user.username if self.user else self.username

    @property
    def password_at(self) -> int:
        """When the password was set (epoch ms), a number as long where there is none: a new one ends sign-ins on their way."""
        return self.password.created_at if self.password else _NO_PASSWORD_AT


@dataclass(frozen=True, slots=True)
class SrpCredential:
    """What SRP needs of a password: identity (USER_ID_FOR_SRP), salt (hex), verifier. A simulated one never fits."""

    identity: str
    salt: str
    verifier: bytes
    is_real: bool


def check_name(name: str) -> None:
    """Raises InvalidParameterException for what cannot be a username (UsernameType of the API model)."""
    if not _USERNAME.fullmatch(name):
        raise InvalidParameterException(
            "1 validation error detected: Value at 'username' failed to satisfy constraint: "
            r"Member must satisfy regular expression pattern: [\p{L}\p{M}\p{S}\p{N}\p{P}]+"
        )


def find_candidate(work: Work, pool: Pool, name: str) -> Candidate:
    """The candidate that a typed name leads to."""
    with work.read() as db:
        found = users.find_user_and_password(db, pool, name)
    return _simulated(work, pool, name) if found is None else _known(pool, name, *found)


def candidate_of(work: Work, pool: Pool, session: ChallengeSession) -> Candidate:
    """The candidate of a challenge session as it is now; one deleted meanwhile becomes a simulated one."""
    with work.read() as db:
        found = users.find_user_and_password_by_sub(db, pool.pool_id, session.sub)
    if found is None or not session.is_known:
        return _simulated(work, pool, session.asked_name)
    return _known(pool, session.asked_name, *found)


def refreshed(work: Work, candidate: Candidate) -> Candidate:
    """The candidate with the password that is stored now."""
    if candidate.user is None:
        return candidate
    with work.read() as db:
        password = credentials.find_password(db, candidate.user.pool_id, candidate.sub)
    return replace(candidate, password=password)


def srp_credential(work: Work, pool: Pool, candidate: Candidate) -> SrpCredential:
    """The candidate's SRP credential, a simulated one where there is no verifier."""
    password = candidate.password
    verifier = credentials.open_verifier(work.keyring, pool.pool_id, candidate.sub, password) if password else None
    if password and verifier and password.srp_salt and password.srp_identity:
        return SrpCredential(password.srp_identity, password.srp_salt, verifier, is_real=True)
    secret = keyed_hash(work.keyring.key(pool.pool_id, _KEY).key, "srp", candidate.sub)
    salt = srp.salt_of(hashlib.shake_256(b"salt" + secret).digest(srp.SALT_BYTES))
    verifier = hashlib.shake_256(b"verifier" + secret).digest(srp.NUMBER_BYTES)
    return SrpCredential(candidate.username, salt, verifier, is_real=False)


def _known(pool: Pool, name: str, user: User, row: Any) -> Candidate:
    password = credentials.read_password(row)
    return Candidate(user, users.folded(pool, user.username), user.sub, user.sub, name, password)


def _simulated(work: Work, pool: Pool, name: str) -> Candidate:
    folded = users.folded(pool, name)
    secret = keyed_hash(work.keyring.key(pool.pool_id, _KEY).key, "sub", folded)
    sub = str(UUID(bytes=secret[:16], version=4))
    subject = attempts.subject_of_name(work.keyring, pool.pool_id, folded)
    username = sub if _leads_elsewhere(pool, name) else folded
    return Candidate(None, username, sub, subject, name, None)


def _leads_elsewhere(pool: Pool, name: str) -> bool:
    """Whether the username of whoever had this name would be another one, so that echoing the name would tell."""
    if pool.username_attributes:
        return True
    return ("email" in pool.alias_attributes and attributes.is_email(name)) or (
        "phone_number" in pool.alias_attributes and attributes.is_phone_number(name)
    )
