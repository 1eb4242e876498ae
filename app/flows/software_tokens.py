"""Setting up an authenticator app: a seed is given out, and a first code proves that the app has it.

Whoever is signed in does it with the access token; whoever a sign-in asks for MFA_SETUP does it with that challenge's
session, which then carries seed and proof until the challenge is answered. See AssociateSoftwareToken and
VerifySoftwareToken in the Amazon Cognito user pools API reference.
"""

from dataclasses import replace

from sqlalchemy import Connection

from app.core import mfa, mfa_configuration, sessions, software_tokens, users
from app.core.pools import Pool
from app.core.software_tokens import SoftwareToken
from app.core.users import User
from app.flows.access_tokens import AccessGrant
from app.flows.challenge_session import ChallengeSession, invalid_session, open_session, seal_session
from app.flows.user_events import record_user_event
from app.flows.work import Work
from app.kit.errors import (
    ConcurrentModificationException,
    EnableSoftwareTokenMFAException,
    InvalidParameterException,
    ResourceNotFoundException,
    SoftwareTokenMFANotFoundException,
)
from app.kit.secrets import equal

_MAX_NAME = 128


def associate(work: Work, grant: AccessGrant) -> str:
    """A new seed for the signed-in user; it counts once `verify` has seen a code of it. The one before stays in force."""
    user = grant.user
    _check_offered(grant.client.pool)
    seed = software_tokens.new_seed()
    with work.write() as db:
        users.lock_user(db, user.pool_id, user.sub)
        software_tokens.add_pending(db, work.keyring, user.pool_id, user.sub, seed, work.now)
    return seed


def is_pending(work: Work, grant: AccessGrant, seed: str) -> bool:
    """Whether a seed is the one that waits for a code of the signed-in user."""
    user = grant.user
    with work.read() as db:
        pending = software_tokens.list_tokens(db, work.keyring, user.pool_id, user.sub, verified=False)
    return any(equal(token.seed, seed) for token in pending)


def verify(work: Work, grant: AccessGrant, code: str, name: str) -> None:
    """Takes the seed of `associate` into use; MFA itself is switched on by SetUserMFAPreference.

    Raises EnableSoftwareTokenMFAException for a wrong code, SoftwareTokenMFANotFoundException.
    """
    user, pool = grant.user, grant.client.pool
    _check_offered(pool)
    with work.read() as db:
        pending = software_tokens.list_tokens(db, work.keyring, user.pool_id, user.sub, verified=False)
    if not pending:
        raise InvalidParameterException("Software token has not been associated with the user.")
    step = _step(pending[0].seed, code, work.now)
    with work.write() as db:
        _store(db, work, pool, user, pending[0], _checked_name(name), step)


def associate_in_session(work: Work, session: str) -> tuple[str, str]:
    """A new seed and the session that carries it; raises NotAuthorizedException for a session of another challenge."""
    opened = _open(work, session)
    _check_offered(work.snapshots.pool(opened.pool_id).pool)
    seed = software_tokens.new_seed()
    return seed, _sealed(work, opened, seed=seed, is_verified="false")


def verify_in_session(work: Work, session: str, code: str, name: str) -> str:
    """The session with the proof in it, for the answer to MFA_SETUP; raises as `verify`."""
    opened = _open(work, session)
    seed = opened.state.get("seed")
    if not seed:
        raise invalid_session()
    step = _step(seed, code, work.now)
    return _sealed(work, opened, is_verified="true", step=str(step), name=_checked_name(name))


def forget(work: Work, pool: Pool, username: str) -> None:
    """Removes every authenticator of a user and switches the factor off. Raises UserNotFoundException."""
    with work.write() as db:
        user = users.lock_user(db, pool.pool_id, users.get_user(db, pool, username).sub)
        software_tokens.delete_tokens(db, pool.pool_id, user.sub)
        _switch_off(db, work, user)
        record_user_event(db, work, user, "mfa.software_token_removed")


def list_verified(work: Work, grant: AccessGrant) -> list[SoftwareToken]:
    """The signed-in user's authenticators."""
    with work.read() as db:
        return software_tokens.list_tokens(db, work.keyring, grant.user.pool_id, grant.user.sub)


def remove(work: Work, grant: AccessGrant, token_id: str) -> None:
    """Removes one authenticator of the signed-in user; raises ResourceNotFoundException."""
    with work.write() as db:
        user = users.lock_user(db, grant.user.pool_id, grant.user.sub)
        if not software_tokens.delete_token(db, user.pool_id, user.sub, token_id):
            raise ResourceNotFoundException("Software token does not exist.")
        if not software_tokens.list_tokens(db, work.keyring, user.pool_id, user.sub):
            _switch_off(db, work, user)
        record_user_event(db, work, user, "mfa.software_token_removed", client_id=work.caller.client_id)


def keeps_several(pool: Pool) -> bool:
    """Whether a user may have several authenticators (our pool setting `SeveralSoftwareTokens`)."""
    return bool(pool.settings.get("SeveralSoftwareTokens") == "ENABLED")


def _store(db: Connection, work: Work, pool: Pool, user: User, token: SoftwareToken, name: str, step: int) -> None:
    user = users.lock_user(db, user.pool_id, user.sub)
    still = software_tokens.list_tokens(db, work.keyring, user.pool_id, user.sub, verified=False)
    if [other.token_id for other in still] != [token.token_id]:
        raise ConcurrentModificationException
    software_tokens.add_verified(
        db,
        work.keyring,
        user.pool_id,
        user.sub,
        token.seed,
        name=name,
        step=step,
        keeps=keeps_several(pool),
        now=work.now,
    )
    users.set_mfa(db, user.pool_id, user.sub, {**user.mfa, "SoftwareToken": True}, work.now)
    record_user_event(db, work, user, "mfa.software_token_verified", client_id=work.caller.client_id)


def _switch_off(db: Connection, work: Work, user: User) -> None:
    settings = mfa.without_factor(user.mfa, mfa.SOFTWARE_TOKEN_MFA)
    settings.pop("SoftwareToken", None)
    users.set_mfa(db, user.pool_id, user.sub, settings, work.now)


def _check_offered(pool: Pool) -> None:
    if mfa.SOFTWARE_TOKEN_MFA not in mfa_configuration.second_factors(pool.configuration):
        raise SoftwareTokenMFANotFoundException()


def _step(seed: str, code: str, now: int) -> int:
    step = software_tokens.matching_step(seed, code, now)
    if step is None:
        raise EnableSoftwareTokenMFAException()
    return step


def _checked_name(name: str) -> str:
    if len(name) > _MAX_NAME or not name.isprintable():
        raise InvalidParameterException(f"FriendlyDeviceName must be at most {_MAX_NAME} printable characters.")
    return name


def _open(work: Work, session: str) -> ChallengeSession:
    opened = open_session(work.keyring, session, work.now)
    if opened.challenge != "MFA_SETUP" or not opened.is_known:
        raise invalid_session()
    with work.read() as db:
        if sessions.is_spent(db, opened.pool_id, opened.session_id):
            raise sessions.used_session()
    return opened


def _sealed(work: Work, opened: ChallengeSession, **state: str) -> str:
    """The session goes on under its own id, so that whatever becomes of it succeeds once."""
    return seal_session(work.keyring, replace(opened, state={**opened.state, **state}))
