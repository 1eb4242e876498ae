"""How an error leaves the AWS door: the JSON 1.1 envelope with its three headers, as Cognito's endpoint writes it."""

import orjson
from starlette.responses import Response

from app.kit.errors import AppError, UnknownOperationException
from app.web.aws.registry import Operation, status_of
from app.web.edge import UnroutedError

CONTENT_TYPE = "application/x-amz-json-1.1"
_MAX_HEADER_CHARACTERS = 1_024


def render(error: AppError, operation: Operation | None, request_id: str) -> Response:
    """The response for an error; `operation` is None when it could not be told which one was meant."""
    return _envelope(*as_told(error, operation), request_id)


def as_told(error: AppError, operation: Operation | None) -> tuple[AppError, int]:
    """The error by an AWS name, and its HTTP status."""
    if isinstance(error, UnroutedError):
        return UnknownOperationException(error.message), error.status
    return error, status_of(error, operation)


def _envelope(error: AppError, status: int, request_id: str) -> Response:
    body = orjson.dumps({"__type": error.code, "message": error.message, **error.members})
    headers = {
        "x-amzn-RequestId": request_id,
        "x-amzn-ErrorType": f"{error.code}:",
        "Content-Type": CONTENT_TYPE,
        "Cache-Control": "no-store",
    }
    if _fits_header(error.message):
        headers["x-amzn-ErrorMessage"] = error.message
    return Response(body, status, headers)


def _fits_header(text: str) -> bool:
    return 0 < len(text) <= _MAX_HEADER_CHARACTERS and text.isascii() and text.isprintable()
