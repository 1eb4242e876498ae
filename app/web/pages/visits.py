"""A visit: one request for a page, with everything about it settled before the page looks at it (arrivals.py settles it)."""

from dataclasses import dataclass, replace
from urllib.parse import quote, urlencode

from starlette.requests import Request
from starlette.responses import Response

from app.flows.authorize_requests import AuthorizeRequest
from app.flows.snapshots import ClientSnapshot
from app.flows.work import Work
from app.web.forms import MAX_QUERY, Pairs, read_query
from app.web.house import browser_path
from app.web.pages import csrf
from app.web.pages.account_places import account_place
from app.web.pages.branding import dressed
from app.web.pages.contexts import Form, FormPage, PageContext
from app.web.pages.handles import Progress, seal_handle
from app.web.pages.languages import language_menu
from app.web.pages.responses import page_response, see_other
from app.web.pages.ways_back import adds_passkey, way_back

# Of the pages with a button for another code.
RESEND_SCRIPTS = ("resend.js",)


@dataclass(frozen=True, slots=True)
class Visit:
    """One request for a page.

    `authorize` is the proven authorize request, None on the page that a mail links to and on the way to a page of our own
    (ways_back); `parameters` are its parameters as they came. `nonce` is the secret of this browser's cookie, new when `is_new_browser`.
    """

    request: Request
    work: Work
    client: ClientSnapshot
    authorize: AuthorizeRequest | None
    parameters: Pairs
    progress: Progress
    nonce: str
    is_new_browser: bool
    locale: str

    @property
    def pool_id(self) -> str:
        return self.client.pool.pool_id

    @property
    def pool_name(self) -> str:
        return self.client.pool.name

    @property
    def client_name(self) -> str:
        return self.client.client.name

    @property
    def redirect_uri(self) -> str:
        """The proven address of the app that this visit may lead to, "" without one."""
        if self.authorize is not None:
            return self.authorize.redirect_uri
        return dict(self.parameters)["redirect_uri"] if adds_passkey(self.parameters) else ""

    def restart_url(self) -> str:
        """Where this sign-in began: the authorize request, or the page that it leads to."""
        place = way_back(self.client.pool, self.parameters)
        return self.link("/oauth2/authorize") if place is None else browser_path(self.request) + place

    def link(self, path: str, *more: tuple[str, str]) -> str:
        """A path of this pool with the authorize request, and `more`, as its query."""
        query = urlencode([*self.parameters, *more], quote_via=quote)
        return f"{browser_path(self.request)}{path}?{query}"

    def form(self, path: str, progress: Progress | None = None) -> Form:
        """A form that takes the authorize request, and `progress` instead of this visit's if given, to a page.

        A page's own form keeps the page's address, so that it may be asked for again when the form has brought it back.
        """
        handle = self._seal(self.progress if progress is None else progress)
        token = csrf.csrf_token(self.work.keyring, self.pool_id, self.nonce, handle)
        return Form(action=f"{browser_path(self.request)}{path}{self._own_query(path)}", csrf=token, request=handle)

    def go(self, path: str, progress: Progress) -> Response:
        """303 to the next page, so that reloading and going back repeat nothing."""
        return self.go_to(self.step(path, progress))

    def step(self, path: str, progress: Progress) -> str:
        """A page of this sign-in, with how far it has got."""
        query = urlencode({"request": self._seal(progress)})
        return f"{browser_path(self.request)}{path}?{query}"

    def go_to(self, location: str) -> Response:
        """303 to a proven place, or a path of this origin."""
        return see_other(self.request, location)

    def show(self, context: PageContext, status: int = 200) -> Response:
        """A page as a response."""
        if self.request.method == "GET" or isinstance(context, FormPage):
            context = replace(context, languages=language_menu(self._address(), self.locale))
        if self.request.method == "POST" and not self.request.scope["query_string"]:
            context = replace(context, address=f"?{urlencode(self._address())}")
        context = replace(context, is_for_account=account_place(self.client.pool, self.parameters) is not None)
        context = dressed(self.request, self.work, context, self.client.pool_snapshot, self.client)
        return page_response(self.request, context, self.locale, status=status, is_for_app=bool(self.redirect_uri))

    def _address(self) -> Pairs:
        """The query that shows this page again."""
        is_address = self.request.method == "GET"
        return read_query(self.request) if is_address else (("request", self._seal(self.progress)),)

    def _own_query(self, path: str) -> str:
        scope = self.request.scope
        query: bytes = scope["query_string"]
        is_own = scope["path"].removeprefix(scope["pool_path"]).lower() == path.lower()
        return f"?{query.decode('ascii')}" if is_own and query and query.isascii() and len(query) <= MAX_QUERY else ""

    def _seal(self, progress: Progress) -> str:
        work = self.work
        return seal_handle(work.keyring, self.pool_id, self.parameters, progress, self.nonce, work.now)
