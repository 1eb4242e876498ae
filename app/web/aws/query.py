"""AWS's query protocol (STS, IAM): a form with `Action` and `Version` on `POST /`, answered in XML.

None of its operations is built. SDKs with AWS_ENDPOINT_URL send them here all the same, signed or not, and are told so in
the one form that they can read.
"""

import re
from html import escape
from typing import NoReturn

from starlette.requests import Request
from starlette.responses import Response

from app.kit.errors import AppError, NotImplementedException, UnknownOperationException
from app.web.aws.errors import as_told
from app.web.forms import read_form

_FORM = "application/x-www-form-urlencoded"
_ACTION = re.compile(r"[A-Za-z][A-Za-z0-9]{0,127}")
_VERSION = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# XML 1.0 section 2.2: characters that no document may hold, in any way of writing them.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def is_query(request: Request) -> bool:
    """Whether a request of this door is one of the query protocol: a form that names no target."""
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    return request.method == "POST" and kind == _FORM and "x-amz-target" not in request.headers


async def refuse(request: Request) -> NoReturn:
    """Raises NotImplementedException for an operation, UnknownOperationException and InvalidParameterException for none."""
    fields = await read_form(request)
    action = fields.get("Action", "")
    if not _ACTION.fullmatch(action) or not _VERSION.fullmatch(fields.get("Version", "")):
        raise UnknownOperationException("A request of the query protocol names its Action and Version.")
    raise NotImplementedException(f"{action} is not built yet.")


def render(error: AppError, request_id: str) -> Response:
    """The response for an error, as STS and IAM write it."""
    told, status = as_told(error, None)
    fault = "Sender" if status < 500 else "Receiver"
    content = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"<ErrorResponse><Error><Type>{fault}</Type><Code>{told.code}</Code><Message>{_text(told.message)}</Message></Error>"
        f"<RequestId>{request_id}</RequestId></ErrorResponse>\n"
    )
    headers = {"x-amzn-RequestId": request_id, "Cache-Control": "no-store"}
    return Response(content, status, headers, media_type="text/xml")


def _text(message: str) -> str:
    return escape(_NOT_XML.sub("?", message), quote=False)
