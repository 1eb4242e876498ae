"""GET and POST /consent: whether an app of somebody else may hear of the user. Nobody comes here but from a sign-in.

Each sign-in is good for one answer, and for as long as its continuation (flows.authorize): afterwards the request begins anew,
so that one that wants a new sign-in (`prompt`, `max_age`) gets it.
"""

from collections.abc import Sequence

from starlette.responses import Response

from app.core import users
from app.core.sessions import SsoSession
from app.flows.app_terms import find_app_terms
from app.flows.ask_consent import give_consent
from app.flows.authorize import end_continuation, is_continuation_open
from app.flows.browser_sessions import find_session
from app.flows.send_code import known_name
from app.web.cookies import session_secret
from app.web.pages import next as steps
from app.web.pages.contexts import ConsentPage, PageContext, PageError
from app.web.pages.endpoint import Values
from app.web.pages.handles import Progress
from app.web.pages.texts import scope_texts
from app.web.pages.visits import Visit


class ConsentFormPage:
    """What an app wants, with a button to allow it and one to deny it."""

    inputs: frozenset[str] = frozenset()
    is_linked = False

    def show(self, visit: Visit, _: Values, errors: Sequence[PageError]) -> PageContext | Response:
        """The question."""
        session, request = _session(visit), visit.authorize
        if session is None or request is None:
            return _sign_in(visit)
        if not _is_open(visit):
            return visit.go_to(visit.restart_url())
        with visit.work.read() as db:
            user = users.find_user_by_sub(db, visit.pool_id, session.sub)
        documents = find_app_terms(visit.work, visit.client, visit.locale)
        servers = visit.client.pool_snapshot.resource_servers
        described = {
            f"{server.identifier}/{scope['ScopeName']}": scope["ScopeDescription"]
            for server in servers
            for scope in server.scopes
        }
        return ConsentPage(
            pool_name=visit.pool_name,
            client_name=visit.client_name,
            form=visit.form(steps.CONSENT),
            errors=errors,
            account=known_name(visit.client.pool, user) if user else "",
            wishes=scope_texts(request.scope.split(), described, visit.locale),
            change_url=visit.step(steps.LOGIN, Progress(is_other_account=True)),
            terms_url=documents.terms_of_use,
            privacy_url=documents.privacy_policy,
        )

    def submit(self, visit: Visit, form: Values) -> Response | Sequence[PageError]:
        """Back to the app, with what was answered; where the sign-in is good for no answer any more, the request begins anew."""
        session, request = _session(visit), visit.authorize
        if session is None or request is None:
            return _sign_in(visit)
        if form.get("submit") != "allow":
            end_continuation(visit.work, visit.pool_id, visit.progress.continuation)
            refused = request.refused("access_denied", "The user does not consent.")
            return visit.go_to(refused.location() or "")
        give_consent(visit.work, request, session.sub)
        return steps.finish(visit, visit.progress.continuation) if _is_open(visit) else visit.go_to(visit.restart_url())


def _session(visit: Visit) -> SsoSession | None:
    """This browser's session, if it is the one with which the way led here."""
    session = find_session(visit.work, visit.pool_id, session_secret(visit.request))
    return session if session and session.session_id == visit.progress.consents else None


def _is_open(visit: Visit) -> bool:
    return is_continuation_open(visit.work, visit.pool_id, visit.progress.continuation)


def _sign_in(visit: Visit) -> Response:
    return visit.go(steps.LOGIN, Progress(notice="session_expired"))
