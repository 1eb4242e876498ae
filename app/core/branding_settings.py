"""The Settings document of a managed login style: what may be in it.

What the outline (`core.branding_defaults`) knows must be of the same kind as there, since it becomes custom properties of a
style sheet; what it does not know is kept if it is harmless JSON. Cognito adds settings now and then.
"""

import math
import re
from collections.abc import Mapping
from typing import Any, Literal

import orjson

from app.kit.errors import InvalidParameterException
from app.kit.segments import check_outside_segment
from app.kit.slow import run_slow

MAX_SETTINGS_BYTES = 262_144
_MAX_TEXT = 256
_MAX_KEY = 128
_LARGEST = 1_000_000
_LARGEST_KNOWN = 1_000
_COLOUR = re.compile(r"[0-9a-fA-F]{8}")
_COLOUR_NAME = re.compile(r"(?:^c|C)olor$")
_KEYWORD = re.compile(r"[A-Z][A-Z0-9_]{0,63}")
Kind = Literal["object", "list", "boolean", "number", "colour", "keyword", "text", "null"]
_WORDS: Mapping[Kind, str] = {
    "object": "a JSON object",
    "list": "a list",
    "boolean": "true or false",
    "number": "a number",
    "colour": "a colour as eight hexadecimal digits, rrggbbaa",
    "keyword": "a keyword in upper case",
    "text": "a text",
    "null": "null",
}


def merge_settings(base: Mapping[str, Any], changes: Mapping[str, Any]) -> dict[str, Any]:
    """`base` with `changes` in it: objects are merged, everything else is replaced."""
    merged = dict(base)
    for name, value in changes.items():
        known = merged.get(name)
        is_object = isinstance(known, dict) and isinstance(value, dict)
        merged[name] = merge_settings(merged[name], value) if is_object else value
    return merged


def check_settings(settings: Any, outline: Mapping[str, Any]) -> None:
    """Raises InvalidParameterException, naming the first setting that is not as the outline has it. Not within a segment."""
    check_outside_segment("a look through settings")
    if not isinstance(settings, dict):
        raise InvalidParameterException("Settings must be a JSON object.")
    check_size(settings)
    run_slow(_check, settings, outline)


def check_size(settings: Mapping[str, Any]) -> None:
    """Raises InvalidParameterException for a document longer than MAX_SETTINGS_BYTES."""
    if len(orjson.dumps(settings)) > MAX_SETTINGS_BYTES:
        raise InvalidParameterException(f"Settings are longer than {MAX_SETTINGS_BYTES} bytes.")


def _check(settings: Mapping[str, Any], outline: Mapping[str, Any]) -> None:
    pending: list[tuple[str, str, Any, Any]] = [("Settings", "", settings, outline)]
    while pending:
        path, name, value, expected = pending.pop()
        _check_value(path, name, value, expected)
        if isinstance(value, dict):
            known = expected if isinstance(expected, dict) else {}
            for key, item in value.items():
                _check_text(path, key, _MAX_KEY)
                pending.append((f"{path}.{key}", key, item, known.get(key)))
        elif isinstance(value, list):
            pending.extend((f"{path}[{number}]", name, item, None) for number, item in enumerate(value))


def _check_value(path: str, name: str, value: Any, expected: Any) -> None:
    """`expected` is the outline's value at this place, None where it has none."""
    wanted = _wanted(name, value, expected)
    if wanted is not None and not _is_a(value, wanted):
        raise InvalidParameterException(f"{path[-_MAX_TEXT:]} must be {_WORDS[wanted]}.")
    if value is None:
        raise InvalidParameterException(f"{path[-_MAX_TEXT:]} must not be null.")
    if isinstance(value, str):
        _check_text(path, value, _MAX_TEXT)
    elif isinstance(value, int | float):
        low, high = (-_LARGEST, _LARGEST) if expected is None else (0, _LARGEST_KNOWN)
        if not (math.isfinite(value) and low <= value <= high):
            raise InvalidParameterException(f"{path[-_MAX_TEXT:]} must be a number from {low} to {high}.")


def _wanted(name: str, value: Any, expected: Any) -> Kind | None:
    if expected is not None:
        return _kind(expected)
    return "colour" if _COLOUR_NAME.search(name) and not isinstance(value, dict | list) else None


def _is_a(value: Any, wanted: Kind) -> bool:
    """Eight capitals and digits can be a colour or a keyword."""
    if isinstance(value, str) and wanted in ("colour", "keyword"):
        return (_COLOUR if wanted == "colour" else _KEYWORD).fullmatch(value) is not None
    return _kind(value) == wanted


def _kind(value: Any) -> Kind:
    match value:
        case dict():
            return "object"
        case list():
            return "list"
        case bool():
            return "boolean"
        case int() | float():
            return "number"
        case None:
            return "null"
    if _COLOUR.fullmatch(value):
        return "colour"
    return "keyword" if _KEYWORD.fullmatch(value) else "text"


def _check_text(path: str, text: str, longest: int) -> None:
    """No control characters, and none that turn or hide what follows."""
    if len(text) > longest:
        raise InvalidParameterException(f"A text in {path[-_MAX_TEXT:]} is longer than {longest} characters.")
    if not text.isprintable():
        raise InvalidParameterException(f"A text in {path[-_MAX_TEXT:]} has characters that cannot be printed.")
