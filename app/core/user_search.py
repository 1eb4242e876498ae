"""ListUsers: the filter grammar, and one page of the users that a filter finds, by keyset on an index.

A filter is one condition, `name = "value"` or `name ^= "value"` (prefix); API Reference, ListUsers. Prefixes are ranges, not
LIKE, so that the index serves them on every database.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Boolean, ColumnElement, Connection, Select, Text, cast, literal, select, true, tuple_

from app.db.tables.users import SearchableAttribute, User
from app.kit.errors import InvalidParameterException

Fold = Callable[[str], str]
Position = list[str | int]
_FILTER = re.compile(r'\s*([^\s=^"]+)\s*(\^?=)\s*"((?:[^"\\]|\\.)*)"\s*', re.DOTALL)
_ENABLED = {"Enabled": True, "Disabled": False}
_LAST_CHARACTER = "\U0010ffff"


@dataclass(frozen=True, slots=True)
class Filter:
    """One condition; `is_prefix` tells `^=` from `=`."""

    name: str
    is_prefix: bool
    value: str

    def matches(self, candidate: str) -> bool:
        """Whether the condition holds for a value."""
        return candidate.startswith(self.value) if self.is_prefix else candidate == self.value


@dataclass(frozen=True, slots=True)
class Page:
    """The subs found, in order, and where the next page begins (None: there is none)."""

    subs: list[str]
    next_position: Position | None


@dataclass(frozen=True, slots=True)
class SearchLimits:
    """Which attributes have rows to search by, and to how many characters values are kept there."""

    names: tuple[str, ...]
    characters: int


def parse_filter(text: str | None, limits: SearchLimits) -> Filter | None:
    """The condition of a filter, None for an empty one; raises InvalidParameterException."""
    if not text or not text.strip():
        return None
    match = _FILTER.fullmatch(text)
    if match is None:
        raise InvalidParameterException("Error while parsing filter")
    name, operator, value = match.groups()
    if name not in (*limits.names, "sub", "username", "status", "cognito:user_status"):
        raise InvalidParameterException(f"Invalid search attribute: {name}")
    return Filter(name, operator == "^=", re.sub(r"\\(.)", r"\1", value, flags=re.DOTALL))


def find_page(
    db: Connection,
    pool_id: str,
    condition: Filter | None,
    *,
    fold: Fold,
    statuses: tuple[str, ...],
    limits: SearchLimits,
    limit: int,
    after: Position | None,
) -> Page:
    """At most `limit` users after a position, sorted by the attribute searched by and then `sub`.

    `fold` is the form in which the pool compares names, `statuses` all that UserStatus may be.
    """
    order, query = _query(pool_id, condition, fold, statuses, limits)
    if query is None:
        return Page([], None)
    if after is not None:
        query = query.where(_is_after(order, after))
    found = db.execute(query.add_columns(*order).order_by(*order).limit(limit + 1)).all()
    last = list(found[limit - 1][1:]) if len(found) > limit else None
    return Page([row[0] for row in found[:limit]], last)


def _query(
    pool_id: str, condition: Filter | None, fold: Fold, statuses: tuple[str, ...], limits: SearchLimits
) -> tuple[list[ColumnElement[Any]], Select[Any] | None]:
    """The columns that order the result, and the query; no query where nothing can match."""
    users = select(User.sub).where(User.pool_id == pool_id)
    if condition is None:
        return [_column(User.sub)], users
    match condition.name:
        case "sub":
            return [_column(User.sub)], users.where(_compare(_column(User.sub), condition, condition.value))
        case "username":
            folded = _column(User.folded_username)
            return [folded, _column(User.sub)], users.where(_compare(folded, condition, fold(condition.value)))
        case "cognito:user_status":
            wanted = Filter(condition.name, condition.is_prefix, condition.value.upper())
            return _among(users, _column(User.status), [status for status in statuses if wanted.matches(status)])
        case "status":
            flags = [flag for text, flag in _ENABLED.items() if condition.matches(text)]
            return _among(users, _column(User.enabled), flags)
        case name:
            return _by_attribute(pool_id, name, condition, fold(condition.value)[: limits.characters])


def _among(
    users: Select[Any], column: ColumnElement[Any], values: list[Any]
) -> tuple[list[ColumnElement[Any]], Select[Any] | None]:
    return [column, _column(User.sub)], users.where(column.in_(values)) if values else None


def _by_attribute(
    pool_id: str, name: str, condition: Filter, value: str
) -> tuple[list[ColumnElement[Any]], Select[Any]]:
    folded, sub = _column(SearchableAttribute.folded), _column(SearchableAttribute.sub)
    query = select(sub).where(SearchableAttribute.pool_id == pool_id, SearchableAttribute.name == name)
    return [folded, sub], query.where(_compare(folded, condition, value))


def _compare(column: ColumnElement[Any], condition: Filter, value: str) -> ColumnElement[bool]:
    if not condition.is_prefix:
        return column == value
    end = _after_prefix(value)
    return (column >= value) & (column < end if end else true())


def _after_prefix(prefix: str) -> str:
    """The least text after all that begin with `prefix`, empty if there is none."""
    stem = prefix.rstrip(_LAST_CHARACTER)
    if not stem:
        return ""
    following = ord(stem[-1]) + 1
    # Surrogates are no characters and cannot be stored.
    return stem[:-1] + chr(0xE000 if following == 0xD800 else following)


def _is_after(order: list[ColumnElement[Any]], position: Position) -> ColumnElement[bool]:
    bounds = [cast(literal(value), Boolean) if isinstance(value, bool) else literal(value, Text) for value in position]
    return tuple_(*order) > tuple_(*bounds)


def _column(attribute: Any) -> ColumnElement[Any]:
    column: ColumnElement[Any] = attribute.expression
    return column
