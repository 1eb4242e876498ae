"""Cross-origin requests from browsers: anybody may call the endpoints that take tokens or secrets and no cookies."""

from typing import Final

from starlette.responses import Response

_HEADERS: Final = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Allow-Headers": "authorization, content-type, x-amz-user-agent",
    "Access-Control-Max-Age": "86400",
}


def preflight(*methods: str) -> Response:
    """The answer to an OPTIONS request."""
    return Response(status_code=204, headers={**_HEADERS, "Access-Control-Allow-Methods": ", ".join(methods)})
