"""One account page as an ASGI endpoint: whose it is, whether the form is our own, whether the sign-in is recent enough.

The page is there only where the pool says so. Without a session the way leads to the sign-in pages and back; so it does where
the page, or what its form asks for, needs a sign-in of the last minutes.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from app.flows.account_access import find_account, get_sign_in_client, has_account_page
from app.flows.find_app import find_app
from app.flows.snapshots import PoolSnapshot
from app.flows.work import Work
from app.kit.errors import AppError, InvalidParameterException, ResourceNotFoundException
from app.kit.secrets import random_token
from app.web.cookies import give_nonce, session_secret
from app.web.edge import UnroutedError
from app.web.forms import read_form, read_query
from app.web.house import browser_path, house_of
from app.web.pages import account_places as places
from app.web.pages import csrf
from app.web.pages import next as steps
from app.web.pages.account.contexts import AccountContext
from app.web.pages.account.done_before import find_done
from app.web.pages.account.visits import AccountVisit, to_sign_in
from app.web.pages.arrivals import find_move
from app.web.pages.browser_cookies import browser_nonce, keep_language, page_language
from app.web.pages.contexts import PageError
from app.web.pages.error import error_response, status_of
from app.web.pages.handles import Progress
from app.web.pages.responses import see_other
from app.web.pages.texts import page_error

Values = Mapping[str, str]
_SECRETS = frozenset({"current_password", "password", "confirm_password", "code", "_csrf", "submit"})


class Page(Protocol):
    """A page of the account."""

    place: str
    # Inputs that an error may be tied to, besides those that were sent.
    inputs: frozenset[str]

    def needs_fresh(self, form: Values | None, /) -> bool:
        """Whether showing the page (None) or doing what its form asks needs a recent sign-in."""

    def show(self, visit: AccountVisit, values: Values, errors: Sequence[PageError], /) -> AccountContext | Response:
        """The page with its inputs filled with `values`, or the response that stands in its place."""

    def submit(self, visit: AccountVisit, form: Values, /) -> Response | Sequence[PageError]:
        """Does what the form asks: the response, or what is wrong with the form. Raises AppError."""


class AccountEndpoint:
    """GET and POST of an account page."""

    def __init__(self, page: Page) -> None:
        self._page = page

    async def __call__(self, request: Request) -> Response:
        house = house_of(request)
        form = await read_form(request) if request.method == "POST" else None
        return await house.bridge.call(self._answer, house.work(request), request, form)

    def _answer(self, work: Work, request: Request, form: Values | None) -> Response:
        snapshot = _snapshot(work, request)
        moved = find_move(work, request, snapshot, form)
        if moved is not None:
            return moved
        query = _query(request)
        place = _with_id(self._page.place, query if form is None else form)
        account = find_account(work, snapshot, session_secret(request))
        if account is None:
            done = find_done(work, request, snapshot, query, form)
            response = done or _sign_in(work, request, snapshot, place, query.get("client_id", ""), form)
            keep_language(request, response, tuple(query.items()))
            return response
        nonce = browser_nonce(request)
        work.locale = page_language(request)
        visit = AccountVisit(
            request=request,
            work=work,
            account=account,
            query=query,
            nonce=nonce or random_token(),
            is_new_browser=not nonce,
            locale=work.locale,
        )
        response = self._respond(visit, snapshot, place, form)
        if visit.is_new_browser:
            give_nonce(response, work.settings, snapshot.pool.pool_id, visit.nonce)
        keep_language(request, response, tuple(query.items()))
        return response

    def _respond(self, visit: AccountVisit, snapshot: PoolSnapshot, place: str, form: Values | None) -> Response:
        if form is not None and not _is_own(visit, snapshot, form):
            return error_response(visit.request, "expired", visit.url(place))
        if self._page.needs_fresh(form) and not visit.is_fresh:
            return visit.sign_in_again(place, loses_form=form is not None)
        if form is None:
            return self._show(visit, {}, (), 200)
        return self._submit(visit, form)

    def _submit(self, visit: AccountVisit, form: Values) -> Response:
        values = {name: value for name, value in form.items() if name not in _SECRETS}
        try:
            done = self._page.submit(visit, form)
        except AppError as error:
            problem = page_error(error, visit.locale, self._page.inputs | form.keys())
            return self._show(visit, values, (problem,), status_of(error))
        return done if isinstance(done, Response) else self._show(visit, values, done, 400)

    def _show(self, visit: AccountVisit, values: Values, errors: Sequence[PageError], status: int) -> Response:
        shown = self._page.show(visit, values, errors)
        return shown if isinstance(shown, Response) else visit.show(shown, status, values)


def _snapshot(work: Work, request: Request) -> PoolSnapshot:
    """The pool, if it has account pages; else there is nothing here, whether or not there is a pool."""
    snapshot = work.snapshots.pool(request.scope["pool_id"])
    if not has_account_page(snapshot.pool):
        raise UnroutedError("Not found.", 404)
    return snapshot


def _query(request: Request) -> Values:
    pairs = read_query(request)
    query = dict(pairs)
    if len(query) != len(pairs):
        raise InvalidParameterException("a parameter was sent twice")
    return query


def _with_id(place: str, values: Values) -> str:
    """The page with the one thing that it is about, so that a sign-in leads back to it."""
    wanted = f"{place}?id={values.get('id', '')}"
    return wanted if places.is_place(wanted) else place


def _is_own(visit: AccountVisit, snapshot: PoolSnapshot, form: Values) -> bool:
    return csrf.is_from_pool(visit.work, visit.request, snapshot) and visit.is_own_form(form.get("_csrf", ""))


def _sign_in(
    work: Work, request: Request, snapshot: PoolSnapshot, place: str, client_id: str, form: Values | None
) -> Response:
    """To the sign-in pages, which say so if a session has ended; an error page where nothing tells with which app."""
    try:
        client = get_sign_in_client(work, snapshot, client_id)
    except ResourceNotFoundException:
        return error_response(request, "bad_request", app=find_app(work, snapshot.pool.pool_id, ""))
    loses_form = form is not None and csrf.is_from_pool(work, request, snapshot)
    if not loses_form and not session_secret(request):
        query = places.query_of(places.to_account(client.client.client_id, place))
        return see_other(request, f"{browser_path(request)}{steps.LOGIN}?{query}")
    known = browser_nonce(request)
    nonce, progress = known or random_token(), Progress(notice="session_expired")
    response = to_sign_in(work, request, client, place, nonce, progress, loses_form=loses_form)
    if not known:
        give_nonce(response, work.settings, snapshot.pool.pool_id, nonce)
    return response
