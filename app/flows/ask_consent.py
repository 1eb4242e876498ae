"""Consent: whether a user must be asked before an app hears of them, and what they have allowed.

OpenID Connect Core section 3.1.2.4. Apps of the pool's own operator need none; our client setting `Consent` says which do. A wish
for the question (prompt=consent) is granted to those and to strict clients; Cognito's pass over it in silence.
"""

from app.core import consents, users
from app.flows.authorize_requests import AuthorizeRequest
from app.flows.user_events import record_user_event
from app.flows.work import Work


def needs_consent(work: Work, request: AuthorizeRequest, sub: str) -> bool:
    """Whether the user must be asked before this request can be answered."""
    client = request.client.client
    if "consent" in request.prompts and (client.requires_consent or client.profile == "oidc"):
        return True
    return not has_consented(work, request, sub)


def has_consented(work: Work, request: AuthorizeRequest, sub: str) -> bool:
    """Whether the user has allowed all that the request wants, or need not be asked."""
    client = request.client.client
    if not client.requires_consent:
        return True
    with work.read() as db:
        allowed = consents.find_scope(db, client.pool_id, sub, client.client_id)
    return allowed.issuperset(request.scope.split())


def give_consent(work: Work, request: AuthorizeRequest, sub: str) -> None:
    """The user allows what the request wants; raises UserNotFoundException."""
    client = request.client.client
    with work.write() as db:
        user = users.lock_user(db, client.pool_id, sub)
        consents.allow(db, client.pool_id, sub, client.client_id, request.scope.split(), work.now)
        record_user_event(db, work, user, "consent.given", client_id=client.client_id, scope=request.scope)
