"""A visit to an account page: one request, with everything about it settled before the page looks at it."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TypedDict
from urllib.parse import urlencode

from starlette.requests import Request
from starlette.responses import Response

from app.core.pools import Pool
from app.flows.account_access import Account
from app.flows.send_code import known_name
from app.flows.snapshots import ClientSnapshot
from app.flows.work import Work
from app.kit.translations import translate
from app.web.forms import Pairs, read_query
from app.web.house import browser_path
from app.web.pages import account_places as places
from app.web.pages import csrf
from app.web.pages import next as steps
from app.web.pages.account.texts import UNSAVED_TEXT, Done, done_text
from app.web.pages.branding import dressed
from app.web.pages.contexts import Form, PageContext
from app.web.pages.handles import Handle, Progress, open_handle, seal_handle
from app.web.pages.languages import language_menu
from app.web.pages.responses import page_response, see_other

# What of a form its page needs to be shown again.
_OF_ADDRESS = frozenset({"id", "request"})
# Of what `seal` makes: whose it is.
OWNER = "account"
_UNSAVED = "account.unsaved"
_SECTIONS = {
    "profile": places.PROFILE,
    "security": places.SECURITY,
    "sessions": places.SESSIONS,
    "data": places.DATA,
}


class Frame(TypedDict):
    """What every page of the account has around it."""

    pool_name: str
    client_name: str
    account: str
    detail: str
    urls: Mapping[str, str]
    sign_out: Form
    notice: str
    warning: str


@dataclass(frozen=True, slots=True)
class AccountVisit:
    """One request of somebody who is signed in. `nonce` is the secret of this browser's cookie, new when `is_new_browser`."""

    request: Request
    work: Work
    account: Account
    query: Mapping[str, str]
    nonce: str
    is_new_browser: bool
    locale: str

    @property
    def pool(self) -> Pool:
        return self.account.pool

    @property
    def name(self) -> str:
        """What the user signs in with."""
        return known_name(self.pool, self.account.user)

    @property
    def is_fresh(self) -> bool:
        """Whether the user has signed in recently enough for what matters."""
        return self.account.is_fresh(self.work.now)

    def frame(self) -> Frame:
        """The page's frame; `notice` is what the request before this one has done, `warning` what it has not, if it was ours."""
        attributes = self.account.user.attributes
        done = self.query.get("done", "")
        is_done = self._has_made(self.query.get("proof", ""), self._notice(done))
        is_unsaved = self._has_made(self.query.get(places.UNSAVED, ""), _UNSAVED)
        return {
            "pool_name": self.pool.name,
            "client_name": self.account.client.client.name,
            "account": self.name,
            "detail": next((attributes[name] for name in ("name", "email") if attributes.get(name)), ""),
            "urls": {name: self.url(place) for name, place in _SECTIONS.items()},
            "sign_out": self.form(places.PROFILE),
            "notice": done_text(done, self.locale) if is_done else "",
            "warning": translate(self.locale, UNSAVED_TEXT) if is_unsaved else "",
        }

    def url(self, place: str, **query: str) -> str:
        """A path of this origin. Those of the account name the app, without which a pool with several could not ask to sign in."""
        if places.is_account(place):
            query = {"client_id": self.account.client_id, **query}
        return browser_path(self.request) + places.address_of(place, query)

    def form(self, place: str, **hidden: str) -> Form:
        """A form of this user in this browser."""
        token = csrf.csrf_token(self.work.keyring, self.pool.pool_id, self.nonce, self._binding())
        return Form(action=self.url(place), csrf=token, hidden=hidden)

    def is_own_form(self, token: str) -> bool:
        """Whether the token is of a form that this browser was given for this user."""
        return self._has_made(token, self._binding())

    def go(self, place: str, done: Done | None = None, **query: str) -> Response:
        """303 to a page that says what was done, so that reloading and going back repeat nothing."""
        if done:
            proof = csrf.csrf_token(self.work.keyring, self.pool.pool_id, self.nonce, self._notice(done))
            query = {**query, "done": done, "proof": proof}
        return see_other(self.request, self.url(place, **query))

    def show(self, context: PageContext, status: int = 200, values: Mapping[str, str] | None = None) -> Response:
        """A page as a response. What follows a form may be shown once only, such as new recovery codes.

        `values` are what a form has sent that is shown again: those that the page is about belong to its address.
        """
        client = self.account.client
        if self.request.method == "GET":
            context = replace(context, languages=language_menu(read_query(self.request), self.locale))
        elif values:
            known = {name: value for name, value in values.items() if name in _OF_ADDRESS}
            address = f"?{urlencode({'client_id': client.client.client_id, **known})}" if known else ""
            context = replace(context, address=address)
        context = dressed(self.request, self.work, context, client.pool_snapshot, client)
        return page_response(self.request, context, self.locale, status=status)

    def seal(self, progress: Progress) -> str:
        """What a page must remember until its form comes back, for this user in this browser."""
        work = self.work
        return seal_handle(work.keyring, self.pool.pool_id, self._owner(), progress, self.nonce, work.now)

    def unseal(self, text: str) -> Progress | None:
        """What `seal` gave this user in this browser within the last hour; None for anything else."""
        handle: Handle | None = open_handle(self.work.keyring, self.pool.pool_id, text)
        is_ours = (
            handle is not None and handle.is_good(self.nonce, self.work.now) and handle.parameters == self._owner()
        )
        return handle.progress if handle and is_ours else None

    def sign_in_again(self, place: str, *, loses_form: bool) -> Response:
        """303 to the sign-in page, from where whoever signs in comes to the account page `place`."""
        progress = Progress(account=self.name, notice="sign_in_again")
        return to_sign_in(
            self.work, self.request, self.account.client, place, self.nonce, progress, loses_form=loses_form
        )

    def _has_made(self, token: str, binding: str) -> bool:
        return csrf.is_own_form(self.work.keyring, self.pool.pool_id, self.nonce, binding, token)

    def _owner(self) -> Pairs:
        return ((OWNER, self.account.user.sub),)

    def _binding(self) -> str:
        return f"account|{self.account.user.sub}"

    def _notice(self, done: str) -> str:
        return f"account.done|{self.account.user.sub}|{done}"


def to_sign_in(
    work: Work,
    request: Request,
    client: ClientSnapshot,
    place: str,
    nonce: str,
    progress: Progress,
    *,
    loses_form: bool,
) -> Response:
    """303 to the sign-in page, from where whoever signs in comes to the account page `place`.

    `loses_form` says that the request sent a form: after the sign-in the page says that it was not taken. Only the browser with
    this nonce is told so.
    """
    pool_id = client.pool.pool_id
    unsaved = csrf.csrf_token(work.keyring, pool_id, nonce, _UNSAVED) if loses_form else ""
    parameters = places.to_account(client.client.client_id, place, unsaved)
    handle = seal_handle(work.keyring, pool_id, parameters, progress, nonce, work.now)
    return see_other(request, f"{browser_path(request)}{steps.LOGIN}?{urlencode({'request': handle})}")
