"""GET and POST /signout: whether somebody wants to sign out, where /logout cannot tell.

What has expired is asked anew, without the place to go to. So is what no form of ours has answered, or one that showed other
accounts than those that are signed in by now.
"""

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from app.core import users
from app.core.sessions import SsoSession
from app.flows.find_app import find_app
from app.flows.send_code import known_name
from app.flows.sign_out import SignOutQuestion, live_sessions, open_question, sign_out
from app.flows.snapshots import PoolSnapshot
from app.flows.work import Work
from app.kit.secrets import random_token
from app.web.cookies import give_nonce, other_secrets, session_secret, sign_browser_out
from app.web.forms import query_value, read_form, read_query
from app.web.house import browser_path, house_of
from app.web.pages import csrf
from app.web.pages import next as steps
from app.web.pages.arrivals import find_move
from app.web.pages.branding import dressed
from app.web.pages.browser_cookies import browser_nonce, keep_language, page_language
from app.web.pages.contexts import Form, SignOutPage
from app.web.pages.languages import language_menu
from app.web.pages.responses import page_response, see_other

_LOGOUT = "/logout"


async def ask_to_sign_out(request: Request) -> Response:
    """The question, or what follows it: the place that /logout has proven, or the page that says so."""
    house = house_of(request)
    form = await read_form(request) if request.method == "POST" else None
    return await house.bridge.call(_answer, house.work(request), request, form)


def _answer(work: Work, request: Request, form: Mapping[str, str] | None) -> Response:
    snapshot = work.snapshots.pool(request.scope["pool_id"])
    moved = find_move(work, request, snapshot, form)
    if moved is not None:
        return moved
    pool_id = snapshot.pool.pool_id
    sealed = query_value(request, "request") if form is None else form.get("request", "")
    question = open_question(work, pool_id, sealed)
    if question is None:
        return see_other(request, browser_path(request) + _LOGOUT)
    secrets = (session_secret(request), *other_secrets(request))
    sessions = live_sessions(work, pool_id, secrets)
    if not sessions:
        return see_other(request, question.location)
    if form is None:
        return _show(work, request, snapshot, question, sealed, sessions)
    binding = _binding(sealed, sessions)
    if not csrf.is_from_pool(work, request, snapshot) or not csrf.is_own_form(
        work.keyring, pool_id, browser_nonce(request), binding, form.get("_csrf", "")
    ):
        return see_other(request, f"{browser_path(request)}{steps.SIGN_OUT}?{urlencode({'request': sealed})}")
    sign_out(work, pool_id, secrets)
    response = see_other(request, question.location)
    sign_browser_out(response, work.settings, pool_id)
    return response


def _show(
    work: Work,
    request: Request,
    snapshot: PoolSnapshot,
    question: SignOutQuestion,
    sealed: str,
    sessions: Sequence[SsoSession],
) -> Response:
    pool, locale = snapshot.pool, page_language(request)
    known = browser_nonce(request)
    nonce = known or random_token()
    app = find_app(work, pool.pool_id, question.client_id)
    page = SignOutPage(
        pool_name=pool.name,
        client_name=app.name if app else "",
        languages=language_menu(read_query(request), locale),
        form=Form(
            action=browser_path(request) + steps.SIGN_OUT,
            csrf=csrf.csrf_token(work.keyring, pool.pool_id, nonce, _binding(sealed, sessions)),
            request=sealed,
        ),
        accounts=_names(work, snapshot, sessions),
        app_url=app.site_url if app else None,
    )
    client = work.snapshots.client(app.client_id) if app else None
    page = dressed(request, work, page, snapshot, client)
    response = page_response(request, page, locale, is_for_app=not question.location.startswith("/"))
    if not known:
        give_nonce(response, work.settings, pool.pool_id, nonce)
    keep_language(request, response, read_query(request))
    return response


def _names(work: Work, snapshot: PoolSnapshot, sessions: Sequence[SsoSession]) -> list[str]:
    with work.read() as db:
        found = [users.find_user_by_sub(db, snapshot.pool.pool_id, session.sub) for session in sessions]
    return [known_name(snapshot.pool, user) for user in found if user is not None]


def _binding(sealed: str, sessions: Sequence[SsoSession]) -> str:
    """What a form answers: this question, of these users."""
    return "|".join(["sign out", sealed, *(session.sub for session in sessions)])
