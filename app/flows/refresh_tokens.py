"""Refreshing: new tokens of a family from its refresh token (RFC 6749 section 6, with rotation as in RFC 9700).

Attributes and groups are read again, and scopes that are gone left out; `auth_time` and the family stay. With rotation the
trigger runs first, then the token is superseded by compare-and-set, so of any number of uses at once one succeeds. A superseded
token still serves within the client's grace period; after it, showing one means that it was copied, and the family is revoked.
"""

from collections.abc import Collection, Mapping
from dataclasses import replace

from app.core import audit, tokens
from app.core.tokens import Family, RefreshGrant
from app.flows.issue_tokens import Tokens, call_token_trigger, check_subject, sign_tokens, token_event
from app.flows.snapshots import ClientSnapshot
from app.flows.token_claims import Grant, with_remaining_scope
from app.flows.track_sessions import note_refresh
from app.flows.triggers.pre_token_generation import REFRESH_TOKENS
from app.flows.work import Work
from app.kit.errors import NotAuthorizedException, RefreshTokenReuseException


def refresh(
    work: Work,
    client: ClientSnapshot,
    refresh_token: str,
    device_key: str | None = None,
    *,
    metadata: Mapping[str, str] | None = None,
) -> Tokens:
    """New tokens; `refresh_token` in them only if the client rotates refresh tokens. The client is authenticated already.

    `metadata` is for the pre-token trigger. Raises NotAuthorizedException (invalid, expired, revoked, user disabled, another
    device), RefreshTokenReuseException, and what the trigger raises.
    """
    return redeem(work, client, find_grant(work, client, refresh_token), refresh_token, device_key, metadata=metadata)


def redeem(
    work: Work,
    client: ClientSnapshot,
    grant: RefreshGrant,
    refresh_token: str,
    device_key: str | None = None,
    *,
    metadata: Mapping[str, str] | None = None,
) -> Tokens:
    """As `refresh`, with the grant that `find_grant` found; raises RefreshTokenReuseException, NotAuthorizedException."""
    if _is_reuse(work, client, grant):
        raise _ended(work, grant.family)
    _check_device(client, grant.family, device_key)
    overrides = call_token_trigger(work, client, REFRESH_TOKENS, grant.subject, grant.family, metadata=metadata)
    replacement = _rotate(work, client, grant, refresh_token) if client.client.rotates_refresh_tokens else None
    note_refresh(work, client, grant.family, is_rotation=replacement is not None)
    work.resources.note_usage(token_event(work, "tokens.refreshed", grant.family))
    return sign_tokens(Grant(client, grant.family, grant.subject, work.now, overrides=overrides), replacement)


def find_grant(work: Work, client: ClientSnapshot, refresh_token: str) -> RefreshGrant:
    """What a live refresh token of the client stands for, superseded or not; raises NotAuthorizedException."""
    with work.read() as db:
        grant = tokens.find_refresh_grant(db, client.pool.pool_id, refresh_token)
    if grant is None or grant.family.client_id != client.client.client_id:
        raise NotAuthorizedException("Invalid Refresh Token.")
    if grant.is_revoked:
        raise NotAuthorizedException("Refresh Token has been revoked")
    if grant.family.expires_at <= work.now:
        raise NotAuthorizedException("Refresh Token has expired")
    check_subject(grant.subject)
    family = with_remaining_scope(client, grant.family)
    return grant if family is grant.family else replace(grant, family=family)


def narrowed(grant: RefreshGrant, wanted: Collection[str]) -> RefreshGrant:
    """The grant with only those of its scopes that are `wanted`, for one answer: what is stored keeps them all."""
    scope = " ".join(name for name in grant.family.scope.split() if name in wanted)
    return replace(grant, family=replace(grant.family, scope=scope))


def _check_device(client: ClientSnapshot, family: Family, device_key: str | None) -> None:
    """Where devices are tracked, tokens that a device was given serve that one only, and once forgotten nobody."""
    bound = family.authentication.device_key
    if bound is None or (bound != tokens.FORGOTTEN and client.pool.device_configuration is None):
        return
    if not device_key or device_key != bound:
        raise NotAuthorizedException("Invalid Refresh Token.")


def _is_reuse(work: Work, client: ClientSnapshot, grant: RefreshGrant) -> bool:
    if grant.superseded_at is None:
        return False
    return work.now >= grant.superseded_at + client.client.rotation_grace_ms


def _rotate(work: Work, client: ClientSnapshot, grant: RefreshGrant, token: str) -> str:
    """Supersedes the token and returns its replacement. A retry within the grace period gets one of its own."""
    family = grant.family
    if grant.superseded_at is None:
        with work.write_once() as db:
            replacement = tokens.rotate(db, family.pool_id, family.family_id, token, work.now)
        if replacement is not None:
            return replacement
    if not client.client.rotation_grace_ms:
        raise _ended(work, family)
    with work.write_once() as db:
        return tokens.add_refresh_token(db, family.pool_id, family.family_id, work.now)


def _ended(work: Work, family: Family) -> RefreshTokenReuseException:
    """Revokes the family of a token that was shown again, and gives the error that says so."""
    with work.write() as db:
        tokens.revoke_family(db, family.pool_id, family.family_id, work.now)
        audit.record(db, token_event(work, "tokens.reused", family, outcome="failure"))
    return RefreshTokenReuseException()
