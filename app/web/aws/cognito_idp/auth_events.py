"""The history of a user's authentication, and what its owner or an administrator says about it."""

from typing import Any

from app.core import auth_events, pools, users
from app.core.auth_events import AuthEvent
from app.flows import give_feedback
from app.flows.configure_risk import check_threat_protection
from app.flows.work import Work
from app.web.aws.listing import list_page
from app.web.aws.registry import cognito_idp

Members = dict[str, Any]


@cognito_idp.operation("AdminListUserAuthEvents")
def admin_list_user_auth_events(
    work: Work, user_pool_id: str, username: str, max_results: int | None = None, next_token: str | None = None
) -> Members:
    """The newest first."""
    with work.read() as db:
        pool = pools.get_pool(db, user_pool_id)
        check_threat_protection(pool)
        user = users.get_user(db, pool, username)
    is_confirmed = user.status != users.UNCONFIRMED

    def load(after: str | None, count: int) -> list[AuthEvent]:
        with work.read() as db:
            return auth_events.list_auth_events(
                db, user_pool_id, user.sub, is_confirmed=is_confirmed, after=after, limit=count
            )

    scope = (user_pool_id, "AdminListUserAuthEvents", user.sub)
    found, token = list_page(work, scope, next_token, max_results, load, lambda event: event.position)
    return {"AuthEvents": [_auth_event(event) for event in found], "NextToken": token}


@cognito_idp.operation("AdminUpdateAuthEventFeedback")
def admin_update_auth_event_feedback(
    work: Work, user_pool_id: str, username: str, event_id: str, feedback_value: str
) -> None:
    """The newest word counts."""
    give_feedback.admin_give_feedback(work, user_pool_id, username, event_id, feedback_value)


@cognito_idp.operation("UpdateAuthEventFeedback")
def update_auth_event_feedback(
    work: Work, user_pool_id: str, username: str, event_id: str, feedback_token: str, feedback_value: str
) -> None:
    """By the token of a notification."""
    give_feedback.give_feedback(work, user_pool_id, username, event_id, feedback_token, feedback_value)


def _auth_event(event: AuthEvent) -> Members:
    """AuthEventType. No risk was assessed and nothing done about one, which is what NoRisk stands for; there is no level."""
    feedback = event.feedback
    return {
        "EventId": event.event_id,
        "EventType": event.event_type,
        "CreationDate": event.at,
        "EventResponse": event.response,
        "EventRisk": {"RiskDecision": "NoRisk", "CompromisedCredentialsDetected": False},
        "ChallengeResponses": [
            {"ChallengeName": name, "ChallengeResponse": result} for name, result in event.challenges
        ],
        "EventContextData": {"IpAddress": event.ip_address},
        "EventFeedback": feedback
        and {"FeedbackValue": feedback.value, "Provider": feedback.provider, "FeedbackDate": feedback.given_at},
    }
