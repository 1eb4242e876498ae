"""The error page: for requests that cannot be trusted or served. It repeats nothing that the request said."""

from starlette.requests import Request
from starlette.responses import Response

from app.core.clients import Client
from app.flows.find_app import find_app
from app.flows.work import Work
from app.kit import errors
from app.kit.errors import AppError
from app.web.edge import Door, UnroutedError
from app.web.forms import query_value
from app.web.house import house_of
from app.web.pages.branding import dressed_from_memory
from app.web.pages.browser_cookies import page_language
from app.web.pages.contexts import ErrorPage
from app.web.pages.responses import page_response, see_other
from app.web.pages.texts import ErrorPageKind, error_page_text
from app.web.places import moved_url

PRODUCT = "Poolhouse"
STATUS: dict[ErrorPageKind, int] = {
    "bad_request": 400,
    "no_cookie": 400,
    "expired": 400,
    "not_found": 404,
    "unknown_host": 421,
    "too_many_requests": 429,
    "unavailable": 503,
    "internal": 500,
}
_UNROUTED: dict[int, ErrorPageKind] = {404: "not_found", 405: "not_found", 421: "unknown_host"}
_BUSY = (errors.LimitExceededException, errors.TooManyRequestsException, errors.TooManyFailedAttemptsException)
_OURS = (
    errors.CodeDeliveryFailureException,
    errors.InternalErrorException,
    errors.InvalidLambdaResponseException,
    errors.InvalidUserPoolConfigurationException,
    errors.NotImplementedException,
    errors.UnexpectedLambdaException,
)


def status_of(error: AppError) -> int:
    """The HTTP status of a page that tells an error."""
    return error.status if isinstance(error, UnroutedError) else STATUS[_kind(error)]


def error_response(
    request: Request,
    kind: ErrorPageKind,
    restart_url: str | None = None,
    *,
    app: Client | None = None,
    status: int | None = None,
) -> Response:
    """The error page. Touches no database.

    `restart_url` leads back to where the sign-in began, the site of `app` (if it has one) to the app; `status` if it is not
    the kind's.
    """
    locale = page_language(request)
    title, text = error_page_text(kind, locale)
    page = ErrorPage(
        pool_name=_pool_name(request),
        client_name=app.name if app else "",
        title=title,
        text=text,
        request_id=request.scope["request_id"] if kind == "internal" else "",
        sign_in_url=restart_url,
        app_url=app.site_url if app else None,
    )
    page = dressed_from_memory(request, page, app.client_id if app else "")
    # It may stand in the middle of an app's sign-in, and lead back into it.
    return page_response(request, page, locale, status=status or STATUS[kind], keeps_opener=True)


def render_error(request: Request, error: AppError) -> Response:
    """How an error that no page could tell leaves this door."""
    return error_response(request, _kind(error), status=status_of(error))


async def show_error(request: Request) -> Response:
    """GET /error, where /oauth2/authorize and /logout send whom they cannot trust to be sent anywhere else."""
    house = house_of(request)
    return await house.bridge.call(_error_page, house.work(request), request)


def _error_page(work: Work, request: Request) -> Response:
    snapshot = work.snapshots.pool(request.scope["pool_id"])
    location = moved_url(request, work.settings, snapshot)
    if location is not None:
        return see_other(request, location)
    app = find_app(work, snapshot.pool.pool_id, query_value(request, "client_id"))
    return error_response(request, "bad_request", app=app)


PAGES = Door("pages", render_error)


def _kind(error: AppError) -> ErrorPageKind:
    if isinstance(error, _BUSY):
        return "too_many_requests"
    if isinstance(error, errors.ServiceUnavailableException):
        return "unavailable"
    if isinstance(error, _OURS):
        return "internal"
    if isinstance(error, UnroutedError):
        return _UNROUTED.get(error.status, "bad_request")
    return "not_found" if isinstance(error, errors.ResourceNotFoundException) else "bad_request"


def _pool_name(request: Request) -> str:
    known = house_of(request).resources.snapshots.peek_pool(request.scope.get("pool_id", ""))
    return known.pool.name if known else PRODUCT
