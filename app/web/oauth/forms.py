"""Parameters from the outside: strict, lean, bounded. Each may be given once (RFC 6749 section 3.1 and 3.2)."""

from collections.abc import Sequence
from typing import Final

from starlette.requests import Request

from app.web.body import read_body
from app.web.headers import header_values
from app.web.oauth.errors import RefusedError
from app.web.urlencoded import parse_urlencoded

_MAX_BODY: Final = 64 * 1024
_MAX_DISCARDED: Final = 4 * 1024 * 1024
_MAX_FIELDS: Final = 100
_FORM: Final = "application/x-www-form-urlencoded"


async def read_form(request: Request) -> dict[str, str]:
    """The parameters of a form body; raises RefusedError (`invalid_request`)."""
    return named(await read_pairs(request))


def named(pairs: Sequence[tuple[str, str]]) -> dict[str, str]:
    """The parameters by name, without those that have no value: they count as omitted (RFC 6749 section 3.1 and 3.2).

    Raises RefusedError (`invalid_request`) if one is given twice, with a value or without.
    """
    parameters = dict(pairs)
    if len(parameters) != len(pairs):
        raise RefusedError("invalid_request", "A parameter is given more than once.")
    return parameters if all(parameters.values()) else {name: value for name, value in parameters.items() if value}


async def read_pairs(request: Request) -> list[tuple[str, str]]:
    """The parameters of a form body in their order, repeated ones too; raises RefusedError (`invalid_request`)."""
    if not is_form(request):
        raise RefusedError("invalid_request", "The Content-Type must be application/x-www-form-urlencoded.")
    body = await read_body(request, _MAX_BODY, _MAX_DISCARDED)
    if body is None:
        raise RefusedError("invalid_request", f"The body is longer than {_MAX_BODY} bytes.", 413)
    return parse_pairs(body)


def is_form(request: Request) -> bool:
    """Whether the body says it is a form."""
    kinds = header_values(request.scope["headers"], b"content-type")
    return len(kinds) == 1 and kinds[0].partition(";")[0].strip(" \t").lower() == _FORM


def parse_pairs(encoded: bytes) -> list[tuple[str, str]]:
    """Parameters from their encoded form; raises RefusedError for what is no UTF-8, has null characters or too many fields."""
    try:
        pairs = parse_urlencoded(encoded.decode("ascii"), _MAX_FIELDS)
    except ValueError:
        raise RefusedError("invalid_request", "The parameters are malformed.") from None
    if b"%00" in encoded or b"\0" in encoded:
        raise RefusedError("invalid_request", "The parameters contain null characters.")
    return pairs
