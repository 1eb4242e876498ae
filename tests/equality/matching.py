"""Whether a value is what a table says, and if not, where it differs."""

import json
import re
from collections.abc import Mapping
from typing import Any

from tests.equality.language import ABSENT, Absent, Each, Has, Json, Only, SameSet


def difference(expected: Any, found: Any, path: str = "answer") -> str | None:
    """What is wrong with `found`, or None; references in `expected` are already values."""
    match expected:
        case type():
            return None if _is_a(expected, found) else f"{path}: {found!r} is no {expected.__name__}"
        case re.Pattern():
            fits = isinstance(found, str) and expected.fullmatch(found)
            return None if fits else f"{path}: {found!r} does not match {expected.pattern}"
        case Json():
            return difference(expected.value, json.loads(found), f"{path} as JSON")
        case Only() | Mapping():
            return _members(expected, found, path)
        case list() | tuple() | Has() | Each() | SameSet() | Absent():
            return _items(expected, found, path)
    return None if expected == found and _same_kind(expected, found) else f"{path}: {found!r} is not {expected!r}"


def _is_a(kind: type, found: Any) -> bool:
    """True is no number here, and a number without a fraction is a float, too."""
    if isinstance(found, bool):
        return kind in (bool, object)
    return isinstance(found, int | float if kind is float else kind)


def _same_kind(expected: Any, found: Any) -> bool:
    return isinstance(expected, bool) == isinstance(found, bool)


def _members(expected: Only | Mapping[str, Any], found: Any, path: str) -> str | None:
    named = expected.members if isinstance(expected, Only) else expected
    if not isinstance(found, Mapping):
        return f"{path}: {found!r} is no structure"
    if isinstance(expected, Only):
        wanted = {name for name, value in named.items() if value != ABSENT}
        if wanted != set(found):
            return f"{path}: has {sorted(found)}, not {sorted(wanted)}"
    for name, value in named.items():
        if value == ABSENT:
            if name in found:
                return f"{path}.{name}: {found[name]!r} should not be there"
        elif name not in found:
            return f"{path}.{name} is missing; there are {sorted(found)}"
        elif wrong := difference(value, found[name], f"{path}.{name}"):
            return wrong
    return None


def _items(expected: Any, found: Any, path: str) -> str | None:
    if not isinstance(found, list):
        return f"{path}: {found!r} is no list"
    match expected:
        case Absent():
            there = [item for item in found if item.get("Name") == expected.attribute]
            return f"{path}: {there[0]!r} should not be there" if there else None
        case Has():
            lacking = [item for item in expected.items if not _holds(found, item)]
            return f"{path}: {found!r} lacks {lacking[0]!r}" if lacking else None
        case Each():
            problems = [difference(expected.item, item, f"{path}[{turn}]") for turn, item in enumerate(found)]
            return next(filter(None, problems), None) if found else f"{path} is empty"
        case SameSet():
            same = len(found) == len(expected.values) and all(_holds(found, value) for value in expected.values)
            return None if same else f"{path}: {found!r} is not {expected.values!r}"
    if len(expected) != len(found):
        return f"{path}: {found!r} has {len(found)} items, not {len(expected)}"
    pairs = enumerate(zip(expected, found, strict=True))
    return next(filter(None, (difference(want, have, f"{path}[{turn}]") for turn, (want, have) in pairs)), None)


def _holds(found: list[Any], wanted: Any) -> bool:
    """Whether one of the items is what is wanted; Absent: whether none has the name."""
    if isinstance(wanted, Absent):
        return all(item.get("Name") != wanted.attribute for item in found)
    return any(difference(wanted, item) is None for item in found)
