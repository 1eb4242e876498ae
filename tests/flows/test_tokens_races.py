"""A thousand at once: a code and a rotated refresh token are used once, whatever the timing."""

import threading
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from app.core import authorization_codes, sessions, tokens
from app.core.authorization_codes import AuthorizationCode
from app.core.sessions import SpentSession
from app.core.tokens import Authentication
from app.flows.exchange_code import exchange_code, find_code
from app.flows.issue_tokens import Tokens
from app.flows.refresh_tokens import refresh
from app.kit.clock import MINUTE
from app.kit.errors import AppError
from app.kit.ids import new_uuid
from tests.factories import Factory

pytestmark = pytest.mark.slow
_PARALLEL = 1_000
_THREADS = 100
_CODE_CLIENT = {
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthScopes": ["openid"],
    "CallbackURLs": ["https://app.example/callback"],
    "SupportedIdentityProviders": ["COGNITO"],
    "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
}


def _outcomes(call: Callable[[], Any]) -> tuple[list[Any], Counter[str]]:
    """What a thousand calls give: results, and the errors counted by code."""
    start = threading.Barrier(_THREADS)

    def run(number: int) -> Any:
        if number < _THREADS:
            start.wait()
        try:
            return call()
        except AppError as error:
            return error

    with ThreadPoolExecutor(_THREADS) as threads:
        outcomes = list(threads.map(run, range(_PARALLEL)))
    errors = Counter(outcome.code for outcome in outcomes if isinstance(outcome, AppError))
    return [outcome for outcome in outcomes if not isinstance(outcome, AppError)], errors


def _stored_code(make: Factory, pool_id: str, client_id: str, sub: str) -> str:
    work = make.work()
    code = AuthorizationCode(
        pool_id=pool_id,
        client_id=client_id,
        sub=sub,
        redirect_uri="https://app.example/callback",
        scope="openid",
        code_challenge=None,
        nonce=None,
        authentication=Authentication(work.now, ("pwd",), None, new_uuid()).to_json(),
        family_id=new_uuid(),
        created_at=work.now,
        expires_at=work.now + 5 * MINUTE,
    )
    with work.write() as db:
        return authorization_codes.create_code(db, code)


def test_one_code_redeemed_a_thousand_times_at_once(make: Factory) -> None:
    pool_id = make.pool()
    client_id = make.client(pool_id, **_CODE_CLIENT)["ClientId"]
    text = _stored_code(make, pool_id, client_id, make.user(pool_id).sub)

    def redeem() -> Tokens:
        work = make.work()
        client = work.snapshots.client(client_id)
        return exchange_code(work, client, find_code(work, client, text), text)

    succeeded, errors = _outcomes(redeem)

    assert len(succeeded) == 1
    assert errors == {"NotAuthorizedException": _PARALLEL - 1}
    work = make.work()
    with pytest.raises(AppError, match="revoked"):
        refresh(work, work.snapshots.client(client_id), succeeded[0].refresh_token)


@pytest.mark.parametrize("grace", [0, 30])
def test_one_refresh_token_rotated_a_thousand_times_at_once(make: Factory, grace: int) -> None:
    pool_id = make.pool()
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": grace}
    client_id = make.client(pool_id, **_CODE_CLIENT, RefreshTokenRotation=rotation)["ClientId"]
    first = make.tokens(client_id, make.user(pool_id))["RefreshToken"]

    def rotate() -> Tokens:
        work = make.work()
        return refresh(work, work.snapshots.client(client_id), first)

    succeeded, errors = _outcomes(rotate)

    work = make.work()
    if grace:
        assert len({tokens.refresh_token for tokens in succeeded}) == _PARALLEL
    else:
        assert len(succeeded) == 1
        # Whoever reads before the family is revoked hears of reuse, the others of the revocation.
        assert set(errors) <= {"RefreshTokenReuseException", "NotAuthorizedException"}
        with pytest.raises(AppError, match="revoked"):
            refresh(work, work.snapshots.client(client_id), succeeded[0].refresh_token)


def test_one_session_spent_a_thousand_times_at_once(make: Factory) -> None:
    pool_id, spent = make.pool(), SpentSession(new_uuid(), make.work().now + MINUTE)

    def spend() -> bool:
        with make.work().write() as db:
            sessions.spend(db, pool_id, spent)
        return True

    succeeded, errors = _outcomes(spend)
    assert (len(succeeded), errors["NotAuthorizedException"]) == (1, _PARALLEL - 1)


def test_sign_out_everywhere_counts_each_family_once(make: Factory) -> None:
    pool_id = make.pool()
    client_id = make.client(pool_id, **_CODE_CLIENT)["ClientId"]
    user = make.user(pool_id)
    for _ in range(3):
        make.tokens(client_id, user)
    work = make.work()
    with work.write() as db:
        assert tokens.revoke_families_of(db, pool_id, user.sub, work.now) == 3
        assert tokens.revoke_families_of(db, pool_id, user.sub, work.now) == 0
