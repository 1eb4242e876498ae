"""GET and POST /login: the sign-in form, or the choice of going on with the account that this browser is signed in to.

Where the pool lets people choose what to begin with, the form asks who they are; /challenge shows the choice.
"""

from collections.abc import Sequence
from dataclasses import replace

from starlette.responses import Response

from app.core.sessions import SsoSession
from app.flows.ask_consent import needs_consent
from app.flows.authorize_requests import AuthorizeRequest
from app.kit.errors import AppError, NotAuthorizedException
from app.web.cookies import session_secret
from app.web.pages import next as steps
from app.web.pages.accounts import SignedInAccount, change_to, choices, continuable
from app.web.pages.contexts import Field, FormPage, PageError, SelectAccountPage, SignInPage
from app.web.pages.endpoint import Values
from app.web.pages.fields import identifier_field
from app.web.pages.handles import Progress
from app.web.pages.password_rules import PASSWORD_SCRIPTS
from app.web.pages.pool_forms import account_name, is_sign_up_open
from app.web.pages.texts import PASSKEY_REFUSED, WAY_IN_UNKNOWN, WRONG_DETAILS, form_problem, missing_values, page_text
from app.web.pages.visits import Visit
from app.web.pages.ways_in import SCRIPTS, begin, begin_with_passkey, passkey_prompt, ways_in


class LoginPage:
    """Sign-in by username and password, or the question for the name alone."""

    inputs = frozenset({"username", "password"})
    is_linked = False

    def show(self, visit: Visit, values: Values, errors: Sequence[PageError]) -> FormPage | Response:
        """The account chooser where one may be continued with, else the form; nothing for an app that forbids to ask."""
        if visit.authorize and "none" in visit.authorize.prompts:
            return visit.go_to(visit.link("/oauth2/authorize"))
        is_first_look = not values and not errors and visit.progress == Progress()
        accounts = continuable(visit) if is_first_look else []
        session = accounts[0].session if accounts and accounts[0].secret == session_secret(visit.request) else None
        if session and visit.authorize and _only_consent_is_missing(visit, visit.authorize, session):
            return steps.continue_as(visit, session.session_id, session.sub)
        chooser = _chooser(visit, accounts) if accounts else None
        return chooser or _form(visit, values, errors)

    def submit(self, visit: Visit, form: Values) -> Response | Sequence[PageError]:
        """Signs in with what was typed, or goes on with the session that there is."""
        choice = form.get("submit")
        if choice == "another":
            return visit.go(steps.LOGIN, Progress(is_other_account=True))
        if choice == "continue" or "account" in form:
            return _continue(visit, form.get("account"))
        if choice == "passkey":
            return _sign_in_with_passkey(visit, form)
        if not form.get("password") and ways_in(visit) != ("PASSWORD",):
            return _identify(visit, form)
        return _sign_in(visit, form)


def _continue(visit: Visit, session_id: str | None) -> Response:
    """With the account that was chosen, else the one at hand."""
    accounts = continuable(visit)
    chosen = next((known for known in accounts if session_id in (None, known.session.session_id)), None)
    if chosen is None:
        return visit.go(steps.LOGIN, Progress(notice="session_expired"))
    response = steps.continue_as(visit, chosen.session.session_id, chosen.session.sub)
    change_to(visit, chosen, response)
    return response


def _identify(visit: Visit, form: Values) -> Response | Sequence[PageError]:
    account = account_name(visit.client.pool, form.get("username", ""))
    problems = missing_values([_identifier(visit)], {"username": account})
    if problems:
        return problems
    ways = ways_in(visit)
    if len(ways) == 1:
        return steps.go_on(visit, begin(visit, ways[0], account), account)
    return visit.go(steps.CHALLENGE, Progress(account=account, challenge=steps.SELECT))


def _sign_in_with_passkey(visit: Visit, form: Values) -> Response | Sequence[PageError]:
    try:
        answer, account = begin_with_passkey(visit, form)
    except NotAuthorizedException:
        return [page_text(PASSKEY_REFUSED, visit.locale)]
    return steps.go_on(visit, answer, account)


def _sign_in(visit: Visit, form: Values) -> Response | Sequence[PageError]:
    account, password = account_name(visit.client.pool, form.get("username", "")), form.get("password", "")
    problems = missing_values([_identifier(visit)], {"username": account})
    if not password:
        problems.append(form_problem("password_missing", visit.locale))
    if problems:
        return problems
    try:
        answer = begin(visit, "PASSWORD", account, PASSWORD=password)
    except AppError as error:
        detour = steps.find_detour(visit, error, account)
        if detour is None:
            raise
        return detour
    return steps.go_on(visit, answer, account)


def _form(visit: Visit, values: Values, errors: Sequence[PageError]) -> SignInPage:
    hint = (visit.authorize and visit.authorize.login_hint) or ""
    progress = visit.progress
    is_open = is_sign_up_open(visit.client.pool)
    asks_password = ways_in(visit) == ("PASSWORD",)
    if progress.notice == "refused" and not errors:
        errors = [page_text(WRONG_DETAILS, visit.locale)]
    if _names_unknown_provider(visit) and progress == Progress() and not (errors or values):
        errors = [page_text(WAY_IN_UNKNOWN, visit.locale)]
    own = Progress(is_other_account=progress.is_other_account)
    passkey = passkey_prompt(visit, steps.LOGIN, own)
    identifier = _identifier(visit)
    return SignInPage(
        pool_name=visit.pool_name,
        client_name=visit.client_name,
        scripts=[*(SCRIPTS if passkey else ()), *(PASSWORD_SCRIPTS if asks_password else ())],
        form=visit.form(steps.LOGIN, own),
        values={"username": progress.account or hint, **values},
        errors=errors,
        identifier=replace(identifier, autocomplete="username webauthn") if passkey else identifier,
        asks_password=asks_password,
        passkey=passkey,
        notice=progress.notice,
        sign_up_url=visit.link(steps.SIGN_UP) if is_open else None,
        forgot_password_url=visit.link(steps.FORGOT_PASSWORD) if asks_password else None,
    )


def _names_unknown_provider(visit: Visit) -> bool:
    """Whether the app has named a provider to sign in with that is not there. It is told to the person, as Cognito does."""
    named = dict(visit.parameters)
    return (named.get("identity_provider") or "COGNITO") != "COGNITO" or bool(named.get("idp_identifier"))


def _identifier(visit: Visit) -> Field:
    pool = visit.client.pool
    return identifier_field(pool.username_attributes, pool.alias_attributes, visit.locale)


def _only_consent_is_missing(visit: Visit, request: AuthorizeRequest, session: SsoSession) -> bool:
    return "select_account" not in request.prompts and needs_consent(visit.work, request, session.sub)


def _chooser(visit: Visit, accounts: Sequence[SignedInAccount]) -> SelectAccountPage | None:
    shown = choices(visit, accounts)
    if not shown:
        return None
    return SelectAccountPage(
        pool_name=visit.pool_name, client_name=visit.client_name, form=visit.form(steps.LOGIN), accounts=shown
    )
