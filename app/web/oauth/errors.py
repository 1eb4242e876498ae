"""How an error leaves the OAuth door: RFC 6749 section 5.2 as JSON, or for browsers a redirect, else the error page.

`RefusedError` is for what only this door knows: HTTP statuses and challenges.
"""

from typing import Final

import orjson
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from app.flows.authorize_requests import AuthorizeError, with_query
from app.kit.errors import (
    AppError,
    InternalErrorException,
    ResourceNotFoundException,
    ServiceUnavailableException,
    TooManyRequestsException,
)
from app.web.edge import Door, ErrorRenderer, UnroutedError
from app.web.house import browser_path

CORS: Final = {"Access-Control-Allow-Origin": "*"}
NO_STORE: Final = {"Cache-Control": "no-store", "Pragma": "no-cache"}
_STATUSES: Final = (
    (InternalErrorException, 500),
    (ServiceUnavailableException, 503),
    (TooManyRequestsException, 429),
    (ResourceNotFoundException, 404),
)


class RefusedError(AppError):
    """An answer with an HTTP status and, for 401 and 403, the value of WWW-Authenticate."""

    def __init__(self, error: str, description: str, status: int = 400, challenge: str | None = None) -> None:
        super().__init__(description)
        self.error = error
        self.status = status
        self.challenge = challenge


def describable(text: str) -> str:
    """A text with only the characters that `error_description` may have (RFC 6749 section 5.2)."""
    return "".join(letter if " " <= letter <= "~" and letter not in '"\\' else "'" for letter in text)


def error_response(error: str, description: str, status: int, challenge: str | None = None) -> Response:
    """The JSON response."""
    body = {"error": error}
    if description:
        body["error_description"] = describable(description)
    headers = {**CORS, **NO_STORE}
    if challenge is not None:
        headers["WWW-Authenticate"] = challenge
    return Response(orjson.dumps(body), status, headers, media_type="application/json")


def _render(_request: Request, error: AppError) -> Response:
    if isinstance(error, RefusedError):
        return error_response(error.error, error.message, error.status, error.challenge)
    return error_response(error.oauth_error, error.message, _status(error))


def _redirect(request: Request, error: AuthorizeError) -> Response:
    location = error.location()
    if location is None:
        told = [("error", error.error), *([("client_id", error.client_id)] if error.client_id else [])]
        location = with_query(f"{browser_path(request)}/error", told)
    return RedirectResponse(location, 303 if request.method == "POST" else 302, NO_STORE)


def _status(error: AppError) -> int:
    if isinstance(error, UnroutedError):
        return error.status
    return next((status for kind, status in _STATUSES if isinstance(error, kind)), 400)


def browser_door(show_error: ErrorRenderer) -> Door:
    """The endpoints that browsers are sent to. `show_error` gives the page for what is no fault of the request's."""

    def render_for_browser(request: Request, error: AppError) -> Response:
        return _redirect(request, error) if isinstance(error, AuthorizeError) else show_error(request, error)

    return Door("oauth", render_for_browser)


API = Door("oauth", _render)
