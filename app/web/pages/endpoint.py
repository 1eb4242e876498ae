"""One page as an ASGI endpoint: GET shows it; POST does what it is for, or shows it again with what is wrong.

This is the one place of the door where an error becomes a page again.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

from starlette.requests import Request
from starlette.responses import Response

from app.flows.work import Work
from app.kit.errors import AppError
from app.web.forms import Pairs, read_form
from app.web.house import house_of
from app.web.pages.arrivals import arrive
from app.web.pages.browser_cookies import keep_browser
from app.web.pages.contexts import PageContext, PageError
from app.web.pages.error import status_of
from app.web.pages.texts import page_error
from app.web.pages.visits import Visit

Values = Mapping[str, str]
_SECRETS = frozenset({"password", "confirm_password", "_csrf", "request", "submit"})


class Page(Protocol):
    """A page with a form."""

    # Inputs that an error may be tied to, besides those made from the pool's schema.
    inputs: frozenset[str]
    # Whether a mail links here, with no authorize request.
    is_linked: bool

    def show(self, visit: Visit, values: Values, errors: Sequence[PageError], /) -> PageContext | Response:
        """The page with its inputs filled with `values`, or the response that stands in its place."""

    def submit(self, visit: Visit, form: Values, /) -> Response | Sequence[PageError]:
        """Does what the form asks: the response, or what is wrong with the form. Raises AppError."""


class PageEndpoint:
    """GET and POST of a page. `carried` as in arrivals.arrive."""

    def __init__(self, page: Page, carried: Callable[[Pairs], Pairs] | None = None) -> None:
        self._page = page
        self._carried = carried

    async def __call__(self, request: Request) -> Response:
        house = house_of(request)
        form = await read_form(request) if request.method == "POST" else None
        return await house.bridge.call(self._answer, house.work(request), request, form)

    def _answer(self, work: Work, request: Request, form: Values | None) -> Response:
        visit = arrive(work, request, form, is_linked=self._page.is_linked, carried=self._carried)
        if isinstance(visit, Response):
            return visit
        response = self._show(visit, {}, (), 200) if form is None else self._submit(visit, form)
        keep_browser(visit, response)
        return response

    def _submit(self, visit: Visit, form: Values) -> Response:
        values = {name: value for name, value in form.items() if name not in _SECRETS}
        try:
            done = self._page.submit(visit, form)
        except AppError as error:
            problem = page_error(error, visit.locale, self._page.inputs | form.keys())
            return self._show(visit, values, (problem,), status_of(error))
        return done if isinstance(done, Response) else self._show(visit, values, done, 400)

    def _show(self, visit: Visit, values: Values, errors: Sequence[PageError], status: int) -> Response:
        shown = self._page.show(visit, values, errors)
        return shown if isinstance(shown, Response) else visit.show(shown, status)
