"""From a request to a visit: pool and app client known, client and redirect URI proven, the form our own, the handle this
browser's and still good. What cannot be settled ends in an error page; only a proven client hears of it by redirect."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from app.flows.account_access import get_sign_in_client
from app.flows.authorize_requests import AuthorizeError, AuthorizeRequest, check_app, check_request
from app.flows.find_app import find_app
from app.flows.snapshots import ClientSnapshot, PoolSnapshot
from app.flows.work import Work
from app.kit.errors import ResourceNotFoundException
from app.kit.secrets import random_token
from app.web.forms import Pairs, read_query
from app.web.house import browser_path
from app.web.pages import csrf
from app.web.pages.account_places import account_place
from app.web.pages.browser_cookies import browser_nonce, chosen_language
from app.web.pages.error import error_response
from app.web.pages.handles import Progress, open_handle
from app.web.pages.languages import LANGUAGE, asked_languages, choose_language, with_language
from app.web.pages.responses import see_other
from app.web.pages.texts import ErrorPageKind
from app.web.pages.visits import Visit
from app.web.pages.ways_back import adds_passkey, way_back
from app.web.places import moved_url

# What is ours in a query; everything else belongs to the authorize request and is carried along as it came.
_OWN_PARAMETERS = frozenset({"request", "continuation"})


@dataclass(frozen=True, slots=True)
class _Arrival:
    """A request on its way to become a visit. `form` is None for GET; `is_linked` pages need no authorize request."""

    work: Work
    request: Request
    form: Mapping[str, str] | None
    snapshot: PoolSnapshot
    nonce: str
    is_linked: bool
    carried: Callable[[Pairs], Pairs] | None

    def visit(self) -> Visit | Response:
        opened = self._from_query() if self.form is None else self._from_form(self.form)
        if isinstance(opened, Response):
            return opened
        parameters, progress = opened
        proven = self._prove(parameters)
        if isinstance(proven, Response):
            return proven
        client, authorize = proven
        locale = choose_language(self.request, *asked_languages(parameters), chosen_language(self.request))
        self.work.locale = locale
        return Visit(
            request=self.request,
            work=self.work,
            client=client,
            authorize=authorize,
            parameters=parameters,
            progress=progress,
            nonce=self.nonce or random_token(),
            is_new_browser=not self.nonce,
            locale=locale,
        )

    def _from_query(self) -> tuple[Pairs, Progress] | Response:
        query = read_query(self.request)
        given = dict(query)
        if "request" in given:
            opened = self._open(given["request"])
            chosen = given.get(LANGUAGE, "")
            return opened if isinstance(opened, Response) else (with_language(opened[0], chosen), opened[1])
        kept = tuple(pair for pair in query if pair[0] not in _OWN_PARAMETERS)
        return self.carried(kept) if self.carried else kept, Progress()

    def _from_form(self, form: Mapping[str, str]) -> tuple[Pairs, Progress] | Response:
        work, pool_id = self.work, self.snapshot.pool.pool_id
        if not csrf.is_from_pool(work, self.request, self.snapshot):
            return self._refused()
        handle = form.get("request", "")
        opened = self._open(handle)
        if isinstance(opened, Response) or csrf.is_own_form(
            work.keyring, pool_id, self.nonce, handle, form.get("_csrf", "")
        ):
            return opened
        return error_response(self.request, "expired", self._restart(opened[0]))

    def _open(self, text: str) -> tuple[Pairs, Progress] | Response:
        handle = open_handle(self.work.keyring, self.snapshot.pool.pool_id, text)
        if handle is None:
            return self._refused()
        if not handle.is_good(self.nonce, self.work.now):
            kind: ErrorPageKind = "expired" if self.nonce or self.form is None else "no_cookie"
            return error_response(self.request, kind, self._restart(handle.parameters))
        return handle.parameters, handle.progress

    def _restart(self, parameters: Pairs) -> str | None:
        """Where the authorize request of a handle begins anew; it is proven again there."""
        if self.is_linked:
            return None
        place = way_back(self.snapshot.pool, parameters)
        if place is not None:
            return browser_path(self.request) + place
        return f"{browser_path(self.request)}/oauth2/authorize?{urlencode(parameters, quote_via=quote)}"

    def _prove(self, parameters: Pairs) -> tuple[ClientSnapshot, AuthorizeRequest | None] | Response:
        try:
            if self.is_linked:
                return self._client_of_link(parameters), None
            if adds_passkey(parameters):
                return check_app(self.work, self.snapshot, parameters), None
            if account_place(self.snapshot.pool, parameters):
                return get_sign_in_client(self.work, self.snapshot, dict(parameters).get("client_id", "")), None
            authorize = check_request(self.work, self.snapshot, parameters)
            return authorize.client, authorize
        except ResourceNotFoundException:
            return self._refused()
        except AuthorizeError as refused:
            location = refused.location()
            return self._refused(refused.client_id) if location is None else see_other(self.request, location)

    def _refused(self, client_id: str = "") -> Response:
        app = find_app(self.work, self.snapshot.pool.pool_id, client_id)
        return error_response(self.request, "bad_request", app=app)

    def _client_of_link(self, parameters: Pairs) -> ClientSnapshot:
        client = self.work.snapshots.client(dict(parameters).get("client_id", ""))
        if client.pool.pool_id != self.snapshot.pool.pool_id:
            raise ResourceNotFoundException()
        return client


def arrive(
    work: Work,
    request: Request,
    form: Mapping[str, str] | None,
    *,
    is_linked: bool = False,
    carried: Callable[[Pairs], Pairs] | None = None,
) -> Visit | Response:
    """The visit that a request makes, or the response that ends it. `carried` is what of a query travels with the forms.

    Raises ResourceNotFoundException for an unknown pool and InvalidParameterException for a query that cannot be read.
    """
    snapshot = work.snapshots.pool(request.scope["pool_id"])
    moved = find_move(work, request, snapshot, form)
    return moved or _Arrival(work, request, form, snapshot, browser_nonce(request), is_linked, carried).visit()


def find_move(work: Work, request: Request, snapshot: PoolSnapshot, form: Mapping[str, str] | None) -> Response | None:
    """The way to the host that the pool has by now, None for a request that came there. A form cannot be taken along."""
    location = moved_url(request, work.settings, snapshot)
    if location is None:
        return None
    return see_other(request, location) if form is None else error_response(request, "expired")
