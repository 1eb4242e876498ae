"""Refuses requests beyond the quotas of core.limits, whichever node they come to.

Doors call this only with POOLHOUSE_RATE_LIMITS=cognito, so that a server without quotas pays for one comparison of a setting.
With quotas each request costs one or two statements that commit by themselves.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from limits import RateLimitItemPerSecond
from limits.strategies import SlidingWindowCounterRateLimiter

from app.core import limits
from app.core.limits import (
    ACCOUNT_RECOVERY,
    AUTHENTICATION,
    CATEGORIES,
    CHALLENGE_FACTOR,
    CHALLENGE_RESPONSES,
    CLIENT_AUTHENTICATION,
    OF_OPERATION,
    REQUESTS_OF_POOL,
    Category,
)
from app.core.pools import Pool
from app.core.rate_windows import RateWindows
from app.flows.challenge_session import open_session
from app.flows.token_signatures import unverified_issuer
from app.flows.work import Work
from app.kit.clock import SECOND
from app.kit.errors import NotAuthorizedException, ResourceNotFoundException, TooManyRequestsException

Members = Mapping[str, Any]
# grant_type of the token endpoint -> category, and whether it has a second allotment of the same size.
_GRANTS = {
    "client_credentials": (CLIENT_AUTHENTICATION, False),
    "refresh_token": (AUTHENTICATION, False),
    "authorization_code": (AUTHENTICATION, True),
}
_REMEMBERED = 10_000


@dataclass(frozen=True, slots=True)
class _Payer:
    """Whose quota a request counts against; `pool_id` is empty where it names no pool."""

    account_id: str
    region: str
    pool_id: str

    def budget(self, *names: str) -> str:
        return "/".join((self.account_id, self.region, *names))


def check_operation_rate(work: Work, operation: str, members: Members) -> None:
    """Counts an AWS operation with its checked input members; raises TooManyRequestsException.

    What leads to no account (an unknown client, a token that is none) is not counted: the operation itself refuses it.
    """
    category = OF_OPERATION.get(operation)
    payer = _payer(work, members) if category else None
    if category is None or payer is None:
        return
    if category.caps_pools and payer.pool_id:
        _take(work, payer.budget(payer.pool_id, operation), REQUESTS_OF_POOL)
    if operation not in CHALLENGE_RESPONSES:
        _take(work, payer.budget(category.name), _rate(work, payer, category))
    elif members.get("ChallengeName") == "NEW_PASSWORD_REQUIRED":
        _take(work, payer.budget(ACCOUNT_RECOVERY), CATEGORIES[ACCOUNT_RECOVERY].free)
    else:
        rate = _rate(work, payer, category)
        if not _has_room(work, payer.budget(category.name, "challenges"), CHALLENGE_FACTOR * rate):
            _take(work, payer.budget(category.name), rate)


def check_grant_rate(work: Work, pool: Pool, grant_type: str) -> None:
    """Counts a request to the token endpoint; raises TooManyRequestsException."""
    if grant_type not in _GRANTS:
        return
    name, is_second = _GRANTS[grant_type]
    payer = _Payer(pool.account_id, pool.region, pool.pool_id)
    budget = payer.budget(name, "codes") if is_second else payer.budget(name)
    _take(work, budget, _rate(work, payer, CATEGORIES[name]))


def set_limit(work: Work, category: Category, requests: int) -> None:
    """Sets what the caller's account may have a second, in the Region of the call; as `limits.put_provisioned_limit`."""
    place = work.caller.account_id, work.region
    with work.write() as db:
        limits.put_provisioned_limit(db, *place, category, requests, work.now)
    work.resources.rates.provisioned.pop(place, None)


def _payer(work: Work, members: Members) -> _Payer | None:
    """The account of the pool that the input leads to, else the operator's."""
    pool = _pool(work, members)
    if pool is not None:
        return _Payer(pool.account_id, pool.region, pool.pool_id)
    caller = work.caller
    return _Payer(caller.account_id, work.region, "") if caller.kind == "operator" else None


def _pool(work: Work, members: Members) -> Pool | None:
    try:
        if "UserPoolId" in members:
            return work.snapshots.pool(members["UserPoolId"]).pool
        if "ClientId" in members:
            return work.snapshots.client(members["ClientId"]).pool
        pool_id = _pool_id(work, members)
        return work.snapshots.pool(pool_id).pool if pool_id else None
    except (ResourceNotFoundException, NotAuthorizedException):
        return None


def _pool_id(work: Work, members: Members) -> str:
    """The pool that an ARN, an access token or a challenge session names."""
    if "ResourceArn" in members:
        return str(members["ResourceArn"]).rpartition("/")[2]
    if "AccessToken" in members:
        pool_id = unverified_issuer(members["AccessToken"]).rpartition("/")[2]
        return pool_id if pool_id.isprintable() else ""
    return open_session(work.keyring, members["Session"], work.now).pool_id if "Session" in members else ""


def _rate(work: Work, payer: _Payer, category: Category) -> int:
    """Requests a second that the account has in a category; what another node has set is known within a second."""
    if not category.is_adjustable:
        return category.free
    known = work.resources.rates.provisioned
    place = payer.account_id, payer.region
    read_at, values = known.get(place, (0, {}))
    if not work.now - SECOND < read_at <= work.now:
        with work.read() as db:
            values = limits.provisioned_limits(db, *place)
        if len(known) >= _REMEMBERED:
            known.clear()
        known[place] = work.now, values
    return values.get(category.name, category.free)


def _take(work: Work, budget: str, rate: int) -> None:
    if not _has_room(work, budget, rate):
        raise TooManyRequestsException


def _has_room(work: Work, budget: str, rate: int) -> bool:
    """Counts a request against a budget if that has room for it.

    After a refusal no more than one request comes free in a `rate`th of a second, so for that long this process refuses
    without asking the database: a flood costs it no more than `rate` statements a second.
    """
    refused_until = work.resources.rates.refused_until
    if work.now < refused_until.get(budget, 0):
        return False
    with work.write_once() as db:
        limiter = SlidingWindowCounterRateLimiter(RateWindows(db, work.now))
        has_room = limiter.hit(_PerSecond(rate), budget)
    if not has_room:
        if len(refused_until) >= _REMEMBERED:
            refused_until.clear()
        refused_until[budget] = work.now + max(1, SECOND // rate)
    return has_room


class _PerSecond(RateLimitItemPerSecond):
    """So many requests a second of a budget, which keeps its count when the limit changes."""

    def key_for(self, *identifiers: bytes | str | float) -> str:
        """The budget's name alone."""
        return "/".join(str(identifier) for identifier in identifiers)
