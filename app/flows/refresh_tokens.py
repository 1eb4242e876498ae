"""Refreshing: new tokens of a family from its refresh token (RFC 6749 section 6, with rotation as in RFC 9700).

Attributes and groups are read again; `auth_time` and the family stay. With rotation the trigger runs first, then the token is
superseded by compare-and-set, so of any number of uses at once one succeeds. A superseded token still serves within the
client's grace period; after it, showing one means that it was copied, and the family is revoked.
"""

from app.core import audit, tokens
from app.core.tokens import Family, RefreshGrant
from app.flows.issue_tokens import Tokens, call_token_trigger, check_subject, sign_tokens, token_event
from app.flows.snapshots import ClientSnapshot
from app.flows.token_claims import Grant
from app.flows.work import Work
from app.kit.errors import NotAuthorizedException, RefreshTokenReuseException

_INVALID = "Invalid Refresh Token."


def refresh(work: Work, client: ClientSnapshot, refresh_token: str) -> Tokens:
    """New tokens; `refresh_token` in them only if the client rotates refresh tokens. The client is authenticated already.

    Raises NotAuthorizedException (invalid, expired, revoked, user disabled) and RefreshTokenReuseException.
    """
    with work.read() as db:
        found = tokens.find_refresh_grant(db, client.pool.pool_id, refresh_token)
    grant = _check(work, client, found)
    if _is_reuse(work, client, grant.superseded_at):
        raise _reused(work, grant.family)
    call_token_trigger(client, "TokenGeneration_RefreshTokens", grant.subject)
    replacement = _rotate(work, client, grant, refresh_token) if client.client.rotates_refresh_tokens else None
    work.resources.note_usage(token_event(work, "tokens.refreshed", grant.family))
    return sign_tokens(Grant(client, grant.family, grant.subject, work.now), replacement)


def _check(work: Work, client: ClientSnapshot, grant: RefreshGrant | None) -> RefreshGrant:
    if grant is None or grant.family.client_id != client.client.client_id:
        raise NotAuthorizedException(_INVALID)
    if grant.is_revoked:
        raise NotAuthorizedException("Refresh Token has been revoked")
    if grant.family.expires_at <= work.now:
        raise NotAuthorizedException("Refresh Token has expired")
    check_subject(grant.subject)
    return grant


def _is_reuse(work: Work, client: ClientSnapshot, superseded_at: int | None) -> bool:
    return superseded_at is not None and work.now >= superseded_at + client.client.rotation_grace_ms


def _rotate(work: Work, client: ClientSnapshot, grant: RefreshGrant, token: str) -> str:
    """Supersedes the token and returns its replacement. A retry within the grace period gets a replacement of its own."""
    family = grant.family
    with work.write() as db:
        is_first = grant.superseded_at is None and tokens.supersede(db, family.pool_id, token, work.now)
        if not is_first and not client.client.rotation_grace_ms:
            raise _reused(work, family)
        return tokens.add_refresh_token(db, family.pool_id, family.family_id, work.now)


def _reused(work: Work, family: Family) -> RefreshTokenReuseException:
    """Revokes the family beside whatever is open, and gives the error to raise."""
    return RefreshTokenReuseException()
