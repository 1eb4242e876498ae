"""AWS's REST protocols (cognito-sync, Lambda): an operation is a method and a path. None is built.

SDKs with AWS_ENDPOINT_URL send them here all the same; by its signature such a request is told from that of a browser.
"""

from starlette.requests import Request

from app.kit.errors import AppError, NotImplementedException
from app.web.edge import UnroutedError


def is_signed(request: Request) -> bool:
    """Whether a request claims to be signed with Signature Version 4, in its header or in its query. Nothing is verified."""
    authorization, query = request.headers.get("authorization", ""), request.scope["query_string"]
    return authorization.startswith("AWS4-") or b"X-Amz-Signature=" in query


def as_unbuilt(request: Request, error: AppError) -> AppError:
    """The error for a signed request whose path nothing answers, which may well be that of an operation; any other as it is."""
    if isinstance(error, UnroutedError) and error.status == 404 and is_signed(request):
        return NotImplementedException("No operation with this path is built yet.")
    return error
