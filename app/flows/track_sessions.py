"""Session tracking: in a pool that tracks sessions, a token family is a session that its user and operators see and end.

Without tracking nothing here touches the database, and tokens are as they always were.
"""

from collections.abc import Mapping
from dataclasses import replace

from sqlalchemy import Connection

from app.core import audit, sessions, token_sessions
from app.core.tokens import Family
from app.flows.snapshots import ClientSnapshot
from app.flows.work import Work
from app.kit.errors import NotAuthorizedException
from app.kit.ids import new_session_id


def browser_of(work: Work) -> dict[str, str]:
    """What an authorization code keeps of the browser it was given to: the device of the session that it begins."""
    return {"user_agent": work.user_agent, "source_ip": work.source_ip}


def tracked(work: Work, client: ClientSnapshot, family: Family, browser: Mapping[str, str] | None = None) -> Family:
    """The family as a token session, where the pool tracks sessions. `browser` is what `browser_of` gave, if one signed in."""
    if not client.pool_snapshot.sessions.is_tracking:
        return family
    seen = browser or browser_of(work)
    return replace(
        family,
        session_id=new_session_id("tkn"),
        last_active_at=work.now,
        user_agent=seen["user_agent"],
        source_ip=seen["source_ip"],
    )


def lock_sessions(db: Connection, family: Family) -> None:
    """Must come first in the segment that begins a tracked family: a user's sessions begin and end one after another.

    Raises NotAuthorizedException if the user is gone.
    """
    if family.session_id is not None and not token_sessions.lock_owner(db, family.pool_id, family.sub):
        raise NotAuthorizedException("User does not exist.")


def make_room(work: Work, db: Connection, client: ClientSnapshot, family: Family) -> None:
    """Ends the least recently used sessions of the user, so that with `family` there are at most MaxPerUser."""
    if family.session_id is None:
        return
    live = token_sessions.live_sessions(db, family.pool_id, family.sub, work.now)
    evicted = token_sessions.surplus(live, client.pool_snapshot.sessions.max_per_user - 1)
    token_sessions.end_sessions(db, family.pool_id, evicted, work.now)
    for session in evicted:
        audit.record(
            db,
            audit.Event(
                kind="session.evicted",
                at=work.now,
                request_id=work.request_id,
                pool_id=family.pool_id,
                sub=family.sub,
                client_id=session.client_id,
                source_ip=work.source_ip,
                details={"session_id": session.session_id, "for": family.session_id},
            ),
        )


def note_refresh(work: Work, client: ClientSnapshot, family: Family, *, is_rotation: bool) -> None:
    """Notes when, from where and with what a session was refreshed; a rotation is activity of its browser session, too.

    At most once a minute, each by a statement of its own, so that no lock is held while another is waited for.
    """
    if family.last_active_at is None or not client.pool_snapshot.sessions.is_tracking:
        return
    if work.now - family.last_active_at < token_sessions.STAMP_EVERY_MS:
        return
    with work.write_once() as db:
        token_sessions.touch_session(
            db,
            family.pool_id,
            family.family_id,
            user_agent=work.user_agent,
            source_ip=work.source_ip,
            now=work.now,
        )
    if is_rotation and family.authentication.sso_session_id:
        with work.write_once() as db:
            sessions.stamp_sso_session(db, family.pool_id, family.authentication.sso_session_id, work.now)
