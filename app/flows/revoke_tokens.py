"""Ending tokens: one family by its refresh token (RFC 7009, Cognito's RevokeToken), or everything of a user."""

from sqlalchemy import Connection

from app.core import audit, authorization_codes, sessions, token_sessions, tokens
from app.core.tokens import Family
from app.flows.browser_sessions import end_sessions_of
from app.flows.issue_tokens import token_event
from app.flows.snapshots import ClientSnapshot
from app.flows.work import Work
from app.kit.errors import UnsupportedOperationException, UnsupportedTokenTypeException


def find_revocable(work: Work, client: ClientSnapshot, token: str) -> Family | None:
    """The family that a refresh token of the pool belongs to, None for a token that nobody knows (any more).

    The caller refuses a family of another client in its own way. Raises UnsupportedOperationException if the client's
    revocation is off and UnsupportedTokenTypeException for an access or ID token.
    """
    if not client.client.revocation_enabled:
        raise UnsupportedOperationException("Token revocation is not enabled for this client.")
    if token.count(".") == 2:
        raise UnsupportedTokenTypeException("Only refresh tokens can be revoked.")
    with work.read() as db:
        grant = tokens.find_refresh_grant(db, client.pool.pool_id, token)
    return None if grant is None else grant.family


def revoke(work: Work, family: Family, *, parent_session: str | None = None) -> None:
    """Revokes a family, and ends the browser session that it came through if one is named.

    Nothing happens if the family already was revoked.
    """
    with work.write() as db:
        if not tokens.revoke_family(db, family.pool_id, family.family_id, work.now):
            return
        audit.record(db, token_event(work, "tokens.revoked", family))
        if parent_session and sessions.end_sso_session_of(db, family.pool_id, family.sub, parent_session, work.now):
            audit.record(db, token_event(work, "session.ended", family, session_id=parent_session))


def parent_session_of(client: ClientSnapshot, family: Family) -> str | None:
    """The browser session that a token session came through; None if there is none, or sessions are not tracked."""
    if family.session_id is None or not client.pool_snapshot.sessions.is_tracking:
        return None
    return family.authentication.sso_session_id


def sign_out_everywhere(db: Connection, pool_id: str, sub: str, now: int, *, kept: str = "") -> list[str]:
    """Revokes every token of a user in the open segment, and ends their browser sessions but `kept`; gives the ids of these.

    Cognito leaves browsers signed in. Whoever signs out everywhere means them, too.
    """
    token_sessions.lock_owner(db, pool_id, sub)
    tokens.revoke_families_of(db, pool_id, sub, now)
    if kept:
        authorization_codes.end_codes(db, pool_id, sub, [kept], now)
    return end_sessions_of(db, pool_id, sub, now, kept=kept)
