"""The one token issuer: every ID, access and refresh token of every door is made here.

The pre-token trigger and the signatures run outside database segments. What tokens tell of a user is read in the segment that
begins their family, or just before: whoever is disabled or signed out meanwhile gets none.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import IntegrityError

from app.core import audit, tokens, users
from app.core.auth_events import ENDED_MEANWHILE
from app.core.tokens import Authentication, Family, Subject
from app.core.users import User
from app.db.violations import is_foreign_key_violation
from app.flows.call_trigger import has_function
from app.flows.challenge_session import invalid_session
from app.flows.snapshots import ClientSnapshot
from app.flows.token_claims import API_SCOPE, Grant, access_claims, client_claims, id_claims, roles_of
from app.flows.token_overrides import Overrides
from app.flows.token_signatures import sign
from app.flows.track_sessions import lock_sessions, make_room, tracked
from app.flows.trigger_events import user_attributes
from app.flows.triggers.pre_token_generation import (
    AUTHENTICATION,
    CLIENT_CREDENTIALS,
    CLIENT_USER_NAME,
    TRIGGER,
    call_pre_token_generation,
    group_configuration,
    version_of,
)
from app.flows.work import Work
from app.kit.clock import SECOND
from app.kit.errors import AppError, NotAuthorizedException, ScopeDoesNotExistException
from app.kit.ids import new_uuid


class Tokens(NamedTuple):
    """What a client gets. `expires_in` is the access token's life in seconds, `scope` space-separated."""

    access_token: str
    id_token: str | None
    refresh_token: str | None
    expires_in: int
    scope: str


def issue_for_sign_in(
    work: Work,
    client: ClientSnapshot,
    user: User,
    authentication: Authentication,
    *,
    scope: str = API_SCOPE,
    is_oauth: bool = False,
    nonce: str | None = None,
    settle: Callable[[Connection], object] | None = None,
    source: str = AUTHENTICATION,
    metadata: Mapping[str, str] | None = None,
) -> Tokens:
    """Tokens for a user who has just signed in through the API: one write settles the sign-in and begins a family.

    `settle` is SignedIn's; `metadata` the ClientMetadata for the pre-token trigger. Raises NotAuthorizedException if it
    refuses (a session was spent before), or if the user is gone, disabled or signed out everywhere meanwhile, and what the
    trigger raises.
    """
    family = new_family(work, client, user.sub, authentication, scope=scope, is_oauth=is_oauth)
    overrides = None
    if has_function(client.pool, TRIGGER):
        overrides = _call_at_sign_in(work, client, source, family, metadata, settle)
    with _refusing_the_gone(), work.write() as db:
        lock_sessions(db, family)
        find_subject = tokens.find_subject_later(db, family.pool_id, family.sub)
        if settle:
            settle(db)
        refresh_token = begin_family(work, db, client, family)
    subject = _check_begun(work, family, find_subject())
    return sign_tokens(Grant(client, family, subject, work.now, nonce, overrides), refresh_token)


@contextmanager
def _refusing_the_gone() -> Iterator[None]:
    """Around a segment that begins a family: raises NotAuthorizedException if its user was deleted meanwhile."""
    try:
        yield
    except IntegrityError as error:
        if not is_foreign_key_violation(error):
            raise
        raise NotAuthorizedException("User does not exist.") from None


def _call_at_sign_in(
    work: Work,
    client: ClientSnapshot,
    source: str,
    family: Family,
    metadata: Mapping[str, str] | None,
    settle: Callable[[Connection], object] | None,
) -> Overrides | None:
    with work.read() as db:
        subject = tokens.find_subject(db, family.pool_id, family.sub)
    subject = check_subject(subject)
    try:
        return call_token_trigger(work, client, source, subject, family, metadata=metadata)
    except AppError:
        # The user has proven enough all the same: that must not stay counted as a failed attempt, nor be used again.
        if settle:
            with work.write() as db:
                settle(db)
        raise


def _check_begun(work: Work, family: Family, subject: Subject | None) -> Subject:
    """The user of a family that has just begun; raises NotAuthorizedException, and ends it before anybody has its tokens.

    Its user was disabled, or signed out everywhere, while the sign-in was on its way.
    """
    try:
        subject = check_subject(subject)
        if family.created_at < subject.signed_out_at:
            raise invalid_session()
    except NotAuthorizedException:
        # The trail has told of a success: this is its end, under the same id.
        told = {"sign_in": family.authentication.event_id, "reason": ENDED_MEANWHILE}
        with work.write() as db:
            tokens.revoke_family(db, family.pool_id, family.family_id, work.now)
            audit.record(db, token_event(work, "tokens.revoked", family))
            audit.record(db, token_event(work, "sign_in.failure", family, outcome="failure", **told))
        raise
    return subject


def new_family(
    work: Work,
    client: ClientSnapshot,
    sub: str,
    authentication: Authentication,
    *,
    scope: str,
    is_oauth: bool,
    family_id: str | None = None,
    browser: Mapping[str, str] | None = None,
) -> Family:
    """A family that begins now and lives as long as the client's refresh tokens; a session where sessions are tracked.

    `browser` is the one that signed in, if it is not the one that asks (flows.track_sessions).
    """
    family = Family(
        pool_id=client.pool.pool_id,
        family_id=family_id or new_uuid(),
        sub=sub,
        client_id=client.client.client_id,
        scope=scope,
        is_oauth=is_oauth,
        authentication=authentication,
        created_at=work.now,
        expires_at=work.now + client.client.refresh_token_seconds * SECOND,
    )
    return tracked(work, client, family, browser)


def begin_family(work: Work, db: Connection, client: ClientSnapshot, family: Family) -> str:
    """Stores the family with its first refresh token, which is returned, and tells the audit trail.

    The segment has begun with `track_sessions.lock_sessions`; a session too many ends here.
    """
    make_room(work, db, client, family)
    tokens.create_family(db, family)
    refresh_token = tokens.add_refresh_token(db, family.pool_id, family.family_id, work.now)
    audit.record(db, token_event(work, "tokens.issued", family))
    return refresh_token


def token_event(work: Work, kind: str, family: Family, outcome: str = "success", **details: str) -> audit.Event:
    """An audit event about a token family; `details` holds no secret."""
    return audit.Event(
        kind=kind,
        at=work.now,
        request_id=work.request_id,
        outcome=outcome,
        pool_id=family.pool_id,
        sub=family.sub,
        client_id=family.client_id,
        source_ip=work.source_ip,
        details={"origin_jti": family.family_id, "scope": family.scope, **details},
    )


def check_subject(subject: Subject | None) -> Subject:
    """The user that tokens are about; raises NotAuthorizedException if there is none or it is disabled."""
    if subject is None:
        raise NotAuthorizedException("User does not exist.")
    if not subject.enabled:
        raise NotAuthorizedException("User is disabled.")
    return subject


def call_token_trigger(
    work: Work,
    client: ClientSnapshot,
    source: str,
    subject: Subject,
    family: Family,
    *,
    metadata: Mapping[str, str] | None = None,
) -> Overrides | None:
    """What the pool's pre-token function changes of a family's next tokens, None without a function.

    Not within a segment. Raises NotAuthorizedException if the user is gone meanwhile, and what `call_trigger` raises.
    """
    pool = client.pool
    if not has_function(pool, TRIGGER):
        return None
    with work.read() as db:
        user = users.find_user_by_sub(db, pool.pool_id, subject.sub)
    if user is None:
        raise NotAuthorizedException("User does not exist.")
    return call_pre_token_generation(
        work,
        pool,
        source,
        user_name=user.username,
        client_id=client.client.client_id,
        attributes=user_attributes(pool, user),
        groups=group_configuration(subject.groups, *roles_of(subject.groups)),
        scope=family.scope,
        metadata=metadata,
    )


def sign_tokens(grant: Grant, refresh_token: str | None) -> Tokens:
    """Signs the access token, and the ID token if one is due."""
    access_token = sign(grant.client, "access", access_claims(grant))
    id_token = sign(grant.client, "id", id_claims(grant, access_token)) if grant.has_openid else None
    seconds = grant.client.client.access_token_seconds
    return Tokens(access_token, id_token, refresh_token, seconds, grant.scope)


def has_client_trigger(client: ClientSnapshot) -> bool:
    """Whether a trigger would run for a token without a user: version 3 of the pre-token trigger only."""
    return version_of(client.pool) == "V3_0"


def issue_client_token(
    work: Work,
    client: ClientSnapshot,
    scopes: Sequence[str] | None,
    *,
    metadata: Mapping[str, str] | None = None,
) -> Tokens:
    """An access token for the client itself; without `scopes` all that it may have. Touches no database.

    `metadata` is for the pre-token trigger. Raises ScopeDoesNotExistException for a scope that the client may not have, or
    if it may have none at all, and what the trigger raises.
    """
    allowed = client.derive("client scopes", _client_scopes)
    wanted = dict.fromkeys(scopes) if scopes else allowed
    if not wanted or not wanted.keys() <= allowed.keys():
        raise ScopeDoesNotExistException("The client may not have the requested scopes.")
    granted = " ".join(wanted)
    overrides = _client_overrides(work, client, granted, metadata) if has_client_trigger(client) else None
    scope = overrides.scope(granted) if overrides else granted
    token = sign(client, "access", client_claims(client, granted, work.now, overrides))
    work.resources.note_usage(
        audit.Event(
            kind="tokens.client_credentials",
            at=work.now,
            request_id=work.request_id,
            pool_id=client.pool.pool_id,
            client_id=client.client.client_id,
            source_ip=work.source_ip,
            details={"scope": scope},
        )
    )
    return Tokens(token, None, None, client.client.access_token_seconds, scope)


def _client_overrides(
    work: Work, client: ClientSnapshot, scope: str, metadata: Mapping[str, str] | None
) -> Overrides | None:
    return call_pre_token_generation(
        work,
        client.pool,
        CLIENT_CREDENTIALS,
        user_name=CLIENT_USER_NAME,
        client_id=client.client.client_id,
        attributes={},
        groups=None,
        scope=scope,
        metadata=metadata,
    )


def _client_scopes(client: ClientSnapshot) -> dict[str, None]:
    """The scopes of resource servers that the client may have, in its order; only those exist without a user."""
    existing = client.pool_snapshot.scopes
    return {scope: None for scope in client.client.oauth_scopes if scope in existing}
