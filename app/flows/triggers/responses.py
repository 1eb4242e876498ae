"""Reading a function's answer: members of the wrong type raise InvalidLambdaResponseException, unknown ones are ignored.

A member that is null means the same as one that is missing.
"""

from collections.abc import Mapping
from typing import Any

import orjson

from app.kit.errors import InvalidLambdaResponseException

Response = Mapping[str, Any]


def read_object(response: Response, name: str) -> dict[str, Any]:
    """A member that is an object, empty if it is missing."""
    value = response.get(name)
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise InvalidLambdaResponseException
    return value


def read_flag(response: Response, name: str) -> bool:
    """A truth value, false if it is missing; the texts `true` and `false` stand for the two (Cognito's own examples)."""
    value = response.get(name)
    if value is None or isinstance(value, bool):
        return bool(value)
    if value not in ("true", "false"):
        raise InvalidLambdaResponseException
    return bool(value == "true")


def read_text(response: Response, name: str, longest: int) -> str | None:
    """A text of at most `longest` characters; None if it is missing or empty."""
    value = response.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > longest:
        raise InvalidLambdaResponseException
    return value


def read_names(response: Response, name: str) -> tuple[str, ...]:
    """A list of texts, each once and in its order."""
    value = response.get(name)
    if value is None:
        return ()
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise InvalidLambdaResponseException
    return tuple(dict.fromkeys(value))


def read_texts(response: Response, name: str) -> dict[str, str]:
    """Texts by name. Numbers and truth values count as their text, null as no value."""
    return {key: _text(value) for key, value in read_object(response, name).items() if value is not None}


def _text(value: Any) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return orjson.dumps(value).decode()
    raise InvalidLambdaResponseException
