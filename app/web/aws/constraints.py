"""Single values against their shape: what type they must have on the wire, which constraints hold, AWS's words for each.

A `Scalar` is compiled once for a shape. Texts follow what the live service answers ("Member must have length ...").
"""

import base64
import binascii
import functools
import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

import regex

from app.kit.errors import SerializationException

Shape = Mapping[str, Any]
Find = Callable[[Any], tuple[str, ...]]

# Longer strings are matched with a time limit: some of AWS's patterns take quadratic time on hostile input.
_LONG = 4_096
_MATCH_SECONDS = 0.5
_INTEGER_BITS = {"integer": 31, "long": 63}
_NAMES = {
    "string": "a String",
    "integer": "an Integer",
    "long": "a Long",
    "boolean": "a Boolean",
    "float": "a Float",
    "double": "a Double",
    "blob": "a Blob",
    "timestamp": "a Timestamp",
    "structure": "a structure",
    "map": "a map",
    "list": "a list",
}
_TOKENS: Mapping[type, str] = {str: "STRING_VALUE", int: "NUMBER_VALUE", float: "DECIMAL_VALUE", bool: "BOOLEAN_VALUE"}


@dataclass(frozen=True, slots=True)
class Scalar:
    """`parse` gives the Python value or raises SerializationException; `find` gives the violated constraints' texts."""

    parse: Callable[[Any], Any]
    find: Find | None
    texts: tuple[str, ...]


def wrong_type(value: object, kind: str) -> SerializationException:
    """The error for a JSON value whose type cannot be the shape's."""
    if isinstance(value, dict):
        return SerializationException("Start of structure or map found where not expected.")
    if isinstance(value, list):
        return SerializationException("Start of list found where not expected")
    token = _TOKENS.get(type(value), "NULL_VALUE")
    return SerializationException(f"{token} can not be converted to {_NAMES[kind]}")


def compile_scalar(shape: Shape) -> Scalar:
    """The checks of one scalar shape."""
    kind = shape["type"]
    match kind:
        case "string":
            find = _string_constraints(shape)
            return Scalar(_parse_string, *find)
        case "integer" | "long":
            return Scalar(_integer_parser(kind), *_range_constraints(shape))
        case "float" | "double":
            return Scalar(_parse_float, *_range_constraints(shape))
        case "boolean":
            return Scalar(_parse_boolean, None, ())
        case "blob":
            return Scalar(_parse_blob, *size_constraints(shape))
        case "timestamp":
            return Scalar(_parse_timestamp, None, ())
        case _:
            raise LookupError(f"shapes of type {kind!r} are not supported")


def size_constraints(shape: Shape) -> tuple[Find | None, tuple[str, ...]]:
    """`min` and `max` on the length of a string (characters), blob (bytes), list or map (entries)."""
    return _bounds(shape, "length", len)


def _range_constraints(shape: Shape) -> tuple[Find | None, tuple[str, ...]]:
    return _bounds(shape, "value", lambda value: value)


def _bounds(shape: Shape, what: str, measure: Callable[[Any], float]) -> tuple[Find | None, tuple[str, ...]]:
    low, high = shape.get("min", -math.inf), shape.get("max", math.inf)
    too_high = f"Member must have {what} less than or equal to {high}"
    too_low = f"Member must have {what} greater than or equal to {low}"
    texts = (*((too_high,) if "max" in shape else ()), *((too_low,) if "min" in shape else ()))
    if not texts:
        return None, ()

    def find(value: Any) -> tuple[str, ...]:
        size = measure(value)
        if size > high:
            return (too_high,)
        if size < low:
            return (too_low,)
        return ()

    return find, texts


def _string_constraints(shape: Shape) -> tuple[Find | None, tuple[str, ...]]:
    size, size_texts = size_constraints(shape)
    form, form_texts = _pattern_constraint(shape)
    choice, choice_texts = _enum_constraint(shape)
    finds = [find for find in (size, form, choice) if find]
    texts = size_texts + form_texts + choice_texts
    if len(finds) < 2:
        return (finds[0] if finds else None), texts

    def find(value: str) -> tuple[str, ...]:
        found: tuple[str, ...] = ()
        for one in finds:
            found += one(value)
        return found

    return find, texts


def _pattern_constraint(shape: Shape) -> tuple[Find | None, tuple[str, ...]]:
    pattern = shape.get("pattern")
    if pattern is None:
        return None, ()
    text = f"Member must satisfy regular expression pattern: {pattern}"
    compiled, longest = compile_pattern(pattern), shape.get("max", math.inf)

    def find(value: str) -> tuple[str, ...]:
        size = len(value)
        # What is too long is refused for its length already and is not worth matching.
        return (text,) if size <= longest and not _matches(compiled, value, size) else ()

    return find, (text,)


@functools.cache
def compile_pattern(pattern: str) -> Any:
    r"""Java's reading of a model's pattern: `\w`, `\d` and `\s` are ASCII there, while `\p{L}` is all of Unicode.

    The ASCII flag would narrow `\p{...}` as well, so the few patterns that mix both keep Unicode's wider `\s`.
    """
    return regex.compile(pattern, 0 if "\\p{" in pattern else regex.ASCII)


def _matches(compiled: Any, value: str, size: int) -> bool:
    if size <= _LONG:
        return compiled.fullmatch(value) is not None
    try:
        return compiled.fullmatch(value, concurrent=True, timeout=_MATCH_SECONDS) is not None
    except TimeoutError:
        return False


def _enum_constraint(shape: Shape) -> tuple[Find | None, tuple[str, ...]]:
    values = shape.get("enum")
    if not values:
        return None, ()
    allowed = frozenset(values)
    texts = (f"Member must satisfy enum value set: [{', '.join(values)}]",)
    return (lambda value: () if value in allowed else texts), texts


def _parse_string(value: Any) -> str:
    if type(value) is not str:
        raise wrong_type(value, "string")
    return value


def _parse_boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise wrong_type(value, "boolean")
    return value


def _integer_parser(kind: str) -> Callable[[Any], int]:
    limit = 1 << _INTEGER_BITS[kind]

    def parse(value: Any) -> int:
        if type(value) is float and value.is_integer():
            value = int(value)
        if type(value) is not int or not -limit <= value < limit:
            raise wrong_type(value, kind)
        return value

    return parse


def _parse_float(value: Any) -> float:
    if type(value) is not float and type(value) is not int:
        raise wrong_type(value, "double")
    return float(value)


def _parse_blob(value: Any) -> bytes:
    if type(value) is not str:
        raise wrong_type(value, "blob")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise SerializationException("A blob must be base64 text") from None


def _parse_timestamp(value: Any) -> int:
    """Epoch seconds, or ISO 8601 text, to epoch milliseconds."""
    if type(value) is str:
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            raise wrong_type(value, "timestamp") from None
        value = (moment if moment.tzinfo else moment.replace(tzinfo=UTC)).timestamp()
    if (type(value) is not float and type(value) is not int) or abs(value) > 1e11:
        raise wrong_type(value, "timestamp")
    return round(value * 1000)
