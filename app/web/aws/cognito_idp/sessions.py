"""Session tracking: its configuration, and the sessions of a user for that user and for operators."""

from typing import Any

from app.core import clients, pools, session_configurations, users
from app.core.pools import Pool
from app.flows.access_tokens import user_of
from app.flows.snapshots import PoolSnapshot
from app.flows.user_sessions import UserSession, list_sessions, revoke_session
from app.flows.work import Work
from app.kit.errors import FeatureUnavailableInTierException, OperationNotEnabledException
from app.kit.user_agents import device_of
from app.web.aws.listing import list_page
from app.web.aws.registry import cognito_idp

Members = dict[str, Any]
# All that a user has fits: at most 100 token sessions, and a browser or two.
_PAGE = 125


@cognito_idp.operation("SetUserPoolSessionConfiguration")
def set_user_pool_session_configuration(
    work: Work, user_pool_id: str, user_session_tracking: str, token_session: Members
) -> Members:
    """Turns tracking on or off. What clients are set to stays, and acts again once tracking is back on."""
    with work.write() as db:
        _check_tier(work, pools.lock_pool(db, user_pool_id))
        session_configurations.set_pool_sessions(
            db,
            user_pool_id,
            is_tracking=user_session_tracking == "ENABLED",
            max_per_user=token_session["MaxPerUser"],
            now=work.now,
        )
        pools.publish_change(db, user_pool_id)
    return {"UserPoolId": user_pool_id, "UserSessionTracking": user_session_tracking, "TokenSession": token_session}


@cognito_idp.operation("GetUserPoolSessionConfiguration")
def get_user_pool_session_configuration(work: Work, user_pool_id: str) -> Members:
    """DISABLED and 20 unless it was set."""
    with work.read() as db:
        pools.get_pool(db, user_pool_id)
        found = session_configurations.get_pool_sessions(db, user_pool_id)
    return {
        "UserPoolId": user_pool_id,
        "UserSessionTracking": "ENABLED" if found.is_tracking else "DISABLED",
        "TokenSession": {"MaxPerUser": found.max_per_user},
    }


@cognito_idp.operation("SetUserPoolClientSessionConfiguration")
def set_user_pool_client_session_configuration(
    work: Work, user_pool_id: str, client_id: str, sso_session: Members
) -> Members:
    """Limits for how long after an authentication the client silently reuses a browser's session."""
    minutes = sso_session["MaxValidityMinutes"]
    with work.write() as db:
        _check_tier(work, pools.lock_pool(db, user_pool_id))
        clients.get_client(db, work.keyring, user_pool_id, client_id)
        if not session_configurations.get_pool_sessions(db, user_pool_id).is_tracking:
            raise OperationNotEnabledException("Session tracking is not enabled for the user pool.")
        session_configurations.set_client_sessions(
            db, user_pool_id, client_id, max_validity_minutes=minutes, now=work.now
        )
        pools.publish_change(db, user_pool_id)
    return _client_configuration(user_pool_id, client_id, minutes)


@cognito_idp.operation("GetUserPoolClientSessionConfiguration")
def get_user_pool_client_session_configuration(work: Work, user_pool_id: str, client_id: str) -> Members:
    """60 minutes unless it was set."""
    with work.read() as db:
        pools.get_pool(db, user_pool_id)
        clients.get_client(db, work.keyring, user_pool_id, client_id)
        minutes = session_configurations.client_validity_minutes(db, user_pool_id, client_id)
    return _client_configuration(user_pool_id, client_id, minutes)


@cognito_idp.operation("ListUserSessions")
def list_user_sessions(work: Work, access_token: str, next_token: str | None = None) -> Members:
    """The live sessions of the signed-in user over all clients, the newest first."""
    grant = user_of(work, access_token)
    current = grant.claims.get("origin_jti")
    return _page(work, grant.client.pool_snapshot, grant.user.sub, "ListUserSessions", next_token, current)


@cognito_idp.operation("AdminListUserSessions")
def admin_list_user_sessions(work: Work, user_pool_id: str, username: str, next_token: str | None = None) -> Members:
    """The live sessions of a user, the newest first."""
    snapshot = work.snapshots.pool(user_pool_id)
    with work.read() as db:
        user = users.get_user(db, snapshot.pool, username)
    return _page(work, snapshot, user.sub, "AdminListUserSessions", next_token, None)


@cognito_idp.operation("RevokeUserSession")
def revoke_user_session(
    work: Work, access_token: str, session_id: str, revoke_associated_sessions: str = "NONE"
) -> None:
    """Ends one of the signed-in user's sessions, but not the one that the token belongs to."""
    grant = user_of(work, access_token)
    revoke_session(
        work,
        grant.client.pool_snapshot,
        grant.user,
        session_id,
        is_linked=revoke_associated_sessions == "LINKED",
        current_family=grant.claims.get("origin_jti"),
    )


@cognito_idp.operation("AdminRevokeUserSession")
def admin_revoke_user_session(
    work: Work, user_pool_id: str, username: str, session_id: str, revoke_associated_sessions: str = "NONE"
) -> None:
    """Ends a session of a user."""
    snapshot = work.snapshots.pool(user_pool_id)
    with work.read() as db:
        user = users.get_user(db, snapshot.pool, username)
    revoke_session(work, snapshot, user, session_id, is_linked=revoke_associated_sessions == "LINKED")


def _check_tier(work: Work, pool: Pool) -> None:
    if work.tier_of(pool) == "LITE":
        raise FeatureUnavailableInTierException("Session tracking needs the feature plan ESSENTIALS or higher.")


def _client_configuration(pool_id: str, client_id: str, minutes: int) -> Members:
    return {"UserPoolId": pool_id, "ClientId": client_id, "SSOSession": {"MaxValidityMinutes": minutes}}


def _page(
    work: Work, snapshot: PoolSnapshot, sub: str, operation: str, next_token: str | None, current_family: str | None
) -> Members:
    def load(after: str | None, count: int) -> list[UserSession]:
        before = _position(after) if after else None
        return list_sessions(work, snapshot, sub, before=before, limit=count, current_family=current_family)

    scope = (snapshot.pool.pool_id, operation, sub)
    found, token = list_page(work, scope, next_token, _PAGE, load, lambda one: f"{one.created_at}:{one.session_id}")
    return {"Sessions": [_session(session) for session in found], "NextToken": token}


def _position(text: str) -> tuple[int, str]:
    created_at, _, session_id = text.partition(":")
    return int(created_at), session_id


def _session(session: UserSession) -> Members:
    """SessionDescription. Nothing here tells where an address is, so the city is left out and the country "unknown"."""
    described = {
        "SessionId": session.session_id,
        "SessionType": session.kind,
        "ClientId": session.client_id,
        "CreateDate": session.created_at,
        "LastActiveDate": session.last_active_at,
        "DeviceType": device_of(session.user_agent),
        "LastIPAddress": session.source_ip,
        "LastLocation": {"Country": "unknown"},
        "OriginSessionId": session.origin_session_id,
        "IsCurrentSession": session.is_current,
    }
    return {name: value for name, value in described.items() if value is not None}
