"""Who a user's access token speaks for: the check behind every operation and endpoint that takes one."""

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection

from app.core import tokens, users
from app.core.tokens import Bearer, Subject
from app.core.users import RESET_REQUIRED, User
from app.flows.snapshots import ClientSnapshot, PoolSnapshot
from app.flows.token_claims import API_SCOPE
from app.flows.token_signatures import InvalidTokenError, unverified_issuer, verify
from app.flows.work import Caller, Work
from app.kit.clock import SECOND
from app.kit.errors import (
    NotAuthorizedException,
    PasswordResetRequiredException,
    ResourceNotFoundException,
    UserNotFoundException,
)

_INVALID = "Invalid Access Token"
REVOKED = "Access Token has been revoked"


@dataclass(frozen=True, slots=True)
class AccessGrant:
    """A verified access token of a user: the user as stored now, the client it was issued to, and its claims."""

    user: User
    client: ClientSnapshot
    claims: dict[str, Any]


@dataclass(frozen=True, slots=True)
class BearerGrant:
    """As AccessGrant, with only what tokens tell of the user."""

    subject: Subject
    client: ClientSnapshot
    claims: dict[str, Any]

    @property
    def scope(self) -> str:
        """The token's scope, space-separated."""
        return str(self.claims.get("scope", ""))


def user_of(work: Work, access_token: str, *, signs_out: bool = False) -> AccessGrant:
    """The user that a token with scope `aws.cognito.signin.user.admin` speaks for, who becomes the work's caller.

    Raises NotAuthorizedException, UserNotFoundException for a user who was deleted, and PasswordResetRequiredException for
    one who must choose a new password, unless the operation `signs_out`.
    """
    snapshot = _issuing_pool(work, access_token)
    claims = check_claims(work, snapshot, access_token)
    if API_SCOPE not in str(claims.get("scope", "")).split():
        raise NotAuthorizedException("Access Token does not have required scopes")
    client = client_of(work, snapshot, claims)
    with work.read() as db:
        user = users.find_user_by_sub(db, snapshot.pool.pool_id, str(claims["sub"]))
        if user is None:
            raise UserNotFoundException()
        _live_bearer(db, snapshot, claims)
    if user.status == RESET_REQUIRED and not signs_out:
        raise PasswordResetRequiredException
    work.caller = Caller(kind="user", pool_id=user.pool_id, sub=user.sub, client_id=client.client.client_id)
    return AccessGrant(user, client, claims)


def browser_session_of(work: Work, grant: AccessGrant) -> str | None:
    """The id of the browser session that an access token came through; None for one of the API."""
    claims, user = grant.claims, grant.user
    with work.read() as db:
        return tokens.browser_session_of(
            db, user.pool_id, user.sub, origin_jti=claims.get("origin_jti"), jti=str(claims["jti"])
        )


def bearer_of(work: Work, snapshot: PoolSnapshot, access_token: str) -> BearerGrant:
    """The user that an access token of the pool speaks for, whatever its scope; raises NotAuthorizedException."""
    claims = check_claims(work, snapshot, access_token)
    client = client_of(work, snapshot, claims)
    with work.read() as db:
        bearer = _live_bearer(db, snapshot, claims)
    return BearerGrant(bearer.subject, client, claims)


def check_claims(work: Work, snapshot: PoolSnapshot, access_token: str) -> dict[str, Any]:
    """The claims of an unexpired access token of the pool; raises NotAuthorizedException."""
    try:
        claims = verify(snapshot, access_token, "access")
    except InvalidTokenError:
        raise NotAuthorizedException(_INVALID) from None
    if claims.get("token_use") != "access":
        raise NotAuthorizedException(_INVALID)
    if claims["exp"] * SECOND <= work.now:
        raise NotAuthorizedException("Access Token has expired")
    return claims


def _issuing_pool(work: Work, access_token: str) -> PoolSnapshot:
    """The pool that a token says it is from; `verify` finds out whether that is true."""
    pool_id = unverified_issuer(access_token).rpartition("/")[2]
    if not pool_id.isprintable():
        raise NotAuthorizedException(_INVALID)
    try:
        return work.snapshots.pool(pool_id)
    except ResourceNotFoundException:
        raise NotAuthorizedException(_INVALID) from None


def client_of(work: Work, snapshot: PoolSnapshot, claims: dict[str, Any]) -> ClientSnapshot:
    """The client that an access token of the pool was issued to; raises NotAuthorizedException if it is gone."""
    try:
        client = work.snapshots.client(str(claims["client_id"]))
    except ResourceNotFoundException:
        raise NotAuthorizedException(REVOKED) from None
    if client.pool.pool_id != snapshot.pool.pool_id:
        raise NotAuthorizedException(_INVALID)
    return client


def _live_bearer(db: Connection, snapshot: PoolSnapshot, claims: dict[str, Any]) -> Bearer:
    """Raises NotAuthorizedException if user or family is gone, disabled, revoked or signed out."""
    origin_jti, jti = claims.get("origin_jti"), str(claims["jti"])
    bearer = tokens.find_bearer(db, snapshot.pool.pool_id, str(claims["sub"]), origin_jti=origin_jti, jti=jti)
    if bearer is None:
        raise NotAuthorizedException(REVOKED)
    if not bearer.subject.enabled:
        raise NotAuthorizedException("User is disabled.")
    began = bearer.family_began_at
    if bearer.family_revoked_at is not None or began is None or began < bearer.subject.signed_out_at:
        raise NotAuthorizedException(REVOKED)
    return bearer
