"""The JSON of a request, read strictly: what two readers could understand in two ways is refused."""

import json
from typing import Any

import orjson

from app.kit.errors import InvalidParameterException, SerializationException


def decode(body: bytes) -> dict[str, Any]:
    """The request's JSON object; an empty body is an empty one.

    Raises SerializationException for anything but a JSON object or a name that stands twice in one object (RFC 8259
    section 4), InvalidParameterException for characters that no database of ours can hold (U+0000 and lone surrogates).
    """
    if not body:
        return {}
    try:
        data = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        if "surrogate" in str(error) and body.isascii():
            raise InvalidParameterException("Invalid Unicode in the request: a lone surrogate") from None
        raise SerializationException("The request body is not valid JSON") from None
    if type(data) is not dict:
        raise SerializationException("The request body must be a JSON object")
    if body.count(b":") != _count_members(data):
        _check_names(body)
    if b"\\u0000" in body and _has_nul(data):
        raise InvalidParameterException("Invalid character in the request: U+0000")
    return data


def _count_members(data: Any) -> int:
    """How many members all objects have together.

    Each was written with one colon outside of strings. So if the body has no more colons than orjson has kept members, none
    is lost: of two members with one name it keeps the last and says nothing.
    """
    count, pending = 0, [data]
    while pending:
        item = pending.pop()
        if type(item) is dict:
            count += len(item)
            pending.extend(item.values())
        elif type(item) is list:
            pending.extend(item)
    return count


def _check_names(body: bytes) -> None:
    """Reads every object's names once more: a member was lost or, far more often, a string holds a colon."""
    try:
        _NAMES.decode(body.decode())
    except RecursionError:
        raise SerializationException("The request body is nested too deeply") from None


def _unique(members: list[tuple[str, Any]]) -> None:
    if len(dict(members)) != len(members):
        raise SerializationException("The request body gives a member twice")


# What the values are does not matter, and numbers stay text: making one of thousands of digits takes long.
_NAMES = json.JSONDecoder(object_pairs_hook=_unique, parse_int=str, parse_float=str)


def _has_nul(data: Any) -> bool:
    pending = [data]
    while pending:
        item = pending.pop()
        if isinstance(item, dict):
            pending.extend(item.keys())
            pending.extend(item.values())
        elif isinstance(item, list):
            pending.extend(item)
        elif isinstance(item, str) and "\0" in item:
            return True
    return False
