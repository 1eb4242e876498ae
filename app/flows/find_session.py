"""The challenge session that a response answers: of this client, this challenge, this kind of door and this user.

Most clients send it. SRP's claims carry it themselves, and to DEVICE_SRP_AUTH some send none, or the one before: those find
what was stored for them (`Step.recall`).
"""

from app.core import users
from app.flows.challenge_session import ChallengeSession, invalid_session, open_session
from app.flows.challenge_steps import Door, Step, Values
from app.flows.snapshots import ClientSnapshot
from app.flows.work import Work
from app.kit.errors import InvalidParameterException


def find_session(
    work: Work, client: ClientSnapshot, step: Step, session: str | None, responses: Values, door: Door
) -> ChallengeSession:
    """The session that is answered; raises InvalidParameterException for none, NotAuthorizedException for a wrong one."""
    text = step.find_session(session, responses)
    opened = open_session(work.keyring, text, work.now) if text else None
    if step.recall and (opened is None or opened.challenge != step.challenge):
        opened = _recalled(work, step.recall(work, client, responses), opened)
    if opened is None:
        raise InvalidParameterException("Missing required parameter Session")
    is_bound = opened.pool_id == client.pool.pool_id and opened.client_id == client.client.client_id
    if not is_bound or opened.challenge != step.challenge or (opened.door == "pages") != (door == "pages"):
        raise invalid_session()
    return opened


def check_is_theirs(client: ClientSnapshot, session: ChallengeSession, name: str | None) -> None:
    """The name of an answer must be one that its sender was told or typed; raises NotAuthorizedException."""
    if name is None:
        return
    pool = client.pool
    known = {users.folded(pool, session.username), users.folded(pool, session.asked_name), session.sub}
    if name != session.sub and users.folded(pool, name) not in known:
        raise invalid_session()


def _recalled(work: Work, text: str | None, given: ChallengeSession | None) -> ChallengeSession | None:
    """What was stored; where an earlier session was given it must be of the same sign-in."""
    stored = open_session(work.keyring, text, work.now) if text else None
    if given and (stored is None or stored.event_id != given.event_id):
        raise invalid_session()
    return stored
