"""Forms and queries as browsers send them, read strictly: nothing ambiguous, oversized or undecodable gets further.

Raises InvalidParameterException, which a door renders as an error page. Its text is for the log, never for the page.
"""

import re
from collections.abc import Mapping

from starlette.requests import Request

from app.kit.errors import InvalidParameterException
from app.web.body import read_body
from app.web.urlencoded import parse_urlencoded

Pairs = tuple[tuple[str, str], ...]

MAX_BODY = 64 * 1024
# A handle may carry an authorize request of 8 KB, sealed and in base64, in the query of the page that follows a form.
MAX_QUERY = 32 * 1024
_MAX_DISCARDED = 1024 * 1024
_MAX_FIELDS = 120
_CONTENT_TYPE = "application/x-www-form-urlencoded"
# Tab, carriage return and line feed are what a textarea may hold.
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")


async def read_form(request: Request) -> Mapping[str, str]:
    """The fields of a POST body (WHATWG URL standard section 5, UTF-8), each name once."""
    kinds = request.headers.getlist("content-type")
    if len(kinds) != 1 or kinds[0].partition(";")[0].strip(" \t").lower() != _CONTENT_TYPE:
        raise InvalidParameterException(f"a form is {_CONTENT_TYPE}")
    body = await read_body(request, MAX_BODY, _MAX_DISCARDED)
    if body is None:
        raise InvalidParameterException("the form is too long")
    try:
        pairs = _parse(body.decode("ascii"))
    except UnicodeDecodeError:
        raise InvalidParameterException("a form body is ASCII") from None
    fields = dict(pairs)
    if len(fields) != len(pairs):
        raise InvalidParameterException("a field was sent twice")
    return fields


def read_query(request: Request) -> Pairs:
    """The parameters of the query in their order. Which of them may be repeated is for its readers to say."""
    query: bytes = request.scope["query_string"]
    if len(query) > MAX_QUERY:
        raise InvalidParameterException("the query is too long")
    return _parse(query.decode("latin-1"))


def lenient_query(request: Request) -> Pairs:
    """The parameters of the query, none if it cannot be read: for what a page can do without, an error page above all."""
    try:
        return read_query(request)
    except InvalidParameterException:
        return ()


def query_value(request: Request, name: str) -> str:
    """A parameter that a page or file can do without: "" where there is none, or several, or the query cannot be read."""
    values = [value for key, value in lenient_query(request) if key == name]
    return values[0] if len(values) == 1 else ""


def _parse(encoded: str) -> Pairs:
    try:
        pairs = parse_urlencoded(encoded, _MAX_FIELDS)
    except ValueError:
        raise InvalidParameterException("not form-encoded UTF-8, or too many fields") from None
    if any(_CONTROL.search(text) for pair in pairs for text in pair):
        raise InvalidParameterException("a field holds a control character")
    return tuple(pairs)
