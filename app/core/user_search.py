"""ListUsers: the filter grammar, and one page of the users that a filter finds, by keyset on an index.

A filter is one condition, `name = "value"` or `name ^= "value"` (prefix); API Reference, ListUsers. Prefixes are ranges, not
LIKE, so that the index serves them on every database.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection, Select, select, tuple_

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
    found: list[Position] = []
    for query in _queries(pool_id, condition, fold, statuses, limits, after):
        rows = db.execute(query.limit(limit + 1 - len(found)))
        found += [list(row) for row in rows]
        if len(found) > limit:
            break
    return Page([str(row[-1]) for row in found[:limit]], found[limit - 1] if len(found) > limit else None)


def _queries(
    pool_id: str,
    condition: Filter | None,
    fold: Fold,
    statuses: tuple[str, ...],
    limits: SearchLimits,
    after: Position | None,
) -> list[Select[Any]]:
    """Queries whose results, one after the other, are what comes after a position; each reads one range of one index."""
    if condition is None or condition.name == "sub":
        whole = condition or Filter("sub", True, "")
        return [_range([User.sub], whole, whole.value, after).where(User.pool_id == pool_id)]
    match condition.name:
        case "username":
            columns = [User.folded_username, User.sub]
            return [_range(columns, condition, fold(condition.value), after).where(User.pool_id == pool_id)]
        case "cognito:user_status":
            wanted = Filter(condition.name, condition.is_prefix, condition.value.upper())
            return _groups(pool_id, User.status, [status for status in statuses if wanted.matches(status)], after)
        case "status":
            return _groups(
                pool_id, User.enabled, [on for text, on in _ENABLED.items() if condition.matches(text)], after
            )
        case name:
            value = fold(condition.value)[: limits.characters]
            query = _range([SearchableAttribute.folded, SearchableAttribute.sub], condition, value, after)
            return [query.where(SearchableAttribute.pool_id == pool_id, SearchableAttribute.name == name)]


def _range(columns: list[Any], condition: Filter, value: str, after: Position | None) -> Select[Any]:
    """The range of an index that a condition on its first column leaves after a position, in order.

    The position replaces the lower bound that it is beyond: with both, a database may start at the lower one.
    """
    query = select(*columns).order_by(*columns)
    if not condition.is_prefix:
        query = query.where(columns[0] == value)
        return query if after is None else query.where(columns[-1] > after[-1])
    end = _after_prefix(value)
    query = query.where(columns[0] < end) if end else query
    if after is None:
        return query.where(columns[0] >= value)
    return query.where(tuple_(*columns) > tuple_(*after)) if len(columns) > 1 else query.where(columns[0] > after[0])


def _groups(pool_id: str, column: Any, values: list[Any], after: Position | None) -> list[Select[Any]]:
    """One query for each value, the values in order; of the position's own value only what comes after it."""
    queries = []
    for value in sorted(value for value in values if after is None or value >= after[0]):
        query = select(column, User.sub).where(User.pool_id == pool_id, column == value).order_by(User.sub)
        queries.append(query.where(User.sub > after[-1]) if after and value == after[0] else query)
    return queries


def _after_prefix(prefix: str) -> str:
    """The least text after all that begin with `prefix`, empty if there is none."""
    stem = prefix.rstrip(_LAST_CHARACTER)
    if not stem:
        return ""
    following = ord(stem[-1]) + 1
    # Surrogates are no characters and cannot be stored.
    return stem[:-1] + chr(0xE000 if following == 0xD800 else following)
