"""Pages of a list: what follows the caller's token, and the token for what follows that."""

from collections.abc import Callable
from typing import TypeVar

from app.db.tables.server import SERVER
from app.flows.work import Work
from app.kit.paging import page_position, page_token

T = TypeVar("T")
DEFAULT_LIMIT = 60


def list_page(
    work: Work,
    scope: tuple[str, ...],
    token: str | None,
    limit: int | None,
    load: Callable[[str | None, int], list[T]],
    position: Callable[[T], str],
) -> tuple[list[T], str | None]:
    """One page of the list that `scope` names, and the token of the next page, None after the last.

    `scope` begins with the pool's id (empty for lists of a whole account), and a token is good for exactly one scope.
    `load(after, count)` gives at most `count` entries behind a position, `position` tells an entry's. `limit` 0 or None is
    60. Raises InvalidParameterException for a token that is not of this list or has expired.
    """
    size = limit or DEFAULT_LIMIT
    key = work.keyring.key(scope[0] or SERVER, "pages")
    name = "|".join(scope)
    start = page_position(key, name, token, work.now)
    found = load(str(start[0]) if start else None, size + 1)
    if len(found) <= size:
        return found, None
    return found[:size], page_token(key, name, [position(found[size - 1])], work.now)
