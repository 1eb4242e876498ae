"""Tracked sessions under parallel sign-ins: the limit is exact, and what a revocation ends does not begin again behind its back."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import httpx
import pytest
from botocore.exceptions import ClientError

from app.core import sessions, token_sessions
from app.flows.work import Resources
from tests.concurrency.burst import Burst, outcomes
from tests.conftest import Clock
from tests.factories import Factory, MadeUser
from tests.oauth.relying_party import OAuth, Party, answer_of

pytestmark = pytest.mark.slow
_BUSY = {"TooManyRequestsException", "temporarily_unavailable"}
_THREADS = 24


@dataclass(frozen=True)
class Tracked:
    """A pool that tracks sessions, with a user and a client."""

    pool_id: str
    user: MadeUser
    client_id: str


@pytest.fixture
def tracked(make: Factory, operator: Any) -> Tracked:
    pool_id = make.pool()
    operator.set_user_pool_session_configuration(
        UserPoolId=pool_id, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 5}
    )
    return Tracked(pool_id, make.user(pool_id), make.client(pool_id)["ClientId"])


def _live(resources: Resources, tracked: Tracked) -> list[token_sessions.TokenSession]:
    with resources.database.read() as db:
        return token_sessions.live_sessions(db, tracked.pool_id, tracked.user.sub, resources.clock())


def _together(calls: list[Callable[[], Any]]) -> list[Any]:
    """What each gives, with an error of the API in its place."""

    def run(call: Callable[[], Any]) -> Any:
        try:
            return call()
        except ClientError as error:
            return error

    with ThreadPoolExecutor(_THREADS) as threads:
        found = list(threads.map(run, calls))
    faults = [one for one in found if isinstance(one, ClientError) and _status(one) >= 500]
    assert faults == []
    return found


def _status(error: ClientError) -> int:
    return int(error.response["ResponseMetadata"]["HTTPStatusCode"])


def test_the_limit_is_exact(resources: Resources, tracked: Tracked) -> None:
    """However many sign in at once, each makes room for itself alone."""
    members = {
        "ClientId": tracked.client_id,
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": tracked.user.username, "PASSWORD": tracked.user.password},
    }
    settings = resources.settings.model_copy(update={"threads": 64})
    found = outcomes(Burst(replace(resources, settings=settings)).aws("InitiateAuth", lambda _: members, 200))
    assert set(found) <= {"200", *_BUSY}
    assert found["200"] > 20
    assert len(_live(resources, tracked)) == 5


def test_the_limit_holds_over_all_doors(
    resources: Resources, tracked: Tracked, make: Factory, public: Any, http: httpx.Client, clock: Clock
) -> None:
    """Sign-ins through the API, codes, refreshes and revocations of one user at once: no deadlock, never a session too many."""
    oauth = OAuth(http, make, resources, tracked.pool_id)
    rotation = {"RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 60}}
    options = {
        "GenerateSecret": True,
        "AllowedOAuthScopes": ["openid"],
        "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
    }
    party = oauth.client(**options, **rotation)
    oauth.sign_in(tracked.user)
    codes = [answer_of(oauth.authorize(party))["code"] for _ in range(30)]
    kept = oauth.redeem(party, codes.pop()).json()["refresh_token"]
    signed_in = make.tokens(tracked.client_id, tracked.user)
    clock.advance(minutes=2)  # so that a refresh has something to note

    def revoke_oldest() -> Any:
        live = _live(resources, tracked)
        session_id = min(live, key=lambda one: one.created_at).session_id if live else "tkn" + "0" * 25
        return public.revoke_user_session(AccessToken=signed_in["AccessToken"], SessionId=session_id)

    calls: list[Callable[[], Any]] = []
    for code in codes:
        calls += [
            partial(oauth.redeem, party, code),
            lambda: make.tokens(tracked.client_id, tracked.user),
            lambda: oauth.refresh(party, kept),
            lambda: len(_live(resources, tracked)),
            revoke_oldest,
        ]
    found = _together(calls)
    assert max(count for count in found if isinstance(count, int)) <= 5
    assert len(_live(resources, tracked)) <= 5
    statuses = Counter(reply.status_code for reply in found if isinstance(reply, httpx.Response))
    assert set(statuses) <= {200, 400, 429}
    assert statuses[200] >= 20


def test_nothing_comes_through_a_browser_that_was_revoked(
    resources: Resources, tracked: Tracked, make: Factory, operator: Any, http: httpx.Client
) -> None:
    """LINKED while codes are asked for and redeemed: what came through the session is over, early or late."""
    oauth = OAuth(http, make, resources, tracked.pool_id)
    party = oauth.client(GenerateSecret=True, AllowedOAuthScopes=["openid"])
    for _ in range(4):
        session_id = oauth.sign_in(tracked.user)
        revocation = {"SessionId": session_id, "RevokeAssociatedSessions": "LINKED"}
        codes = [answer_of(oauth.authorize(party))["code"] for _ in range(6)]
        calls: list[Callable[[], Any]] = []
        for number, code in enumerate(codes):
            calls += [partial(oauth.redeem, party, code), partial(_authorize_and_redeem, oauth, party)]
            if number == 3:
                owner = {"UserPoolId": tracked.pool_id, "Username": tracked.user.username}
                calls.append(partial(operator.admin_revoke_user_session, **owner, **revocation))
        found = _together(calls)
        assert not [answer for answer in found if isinstance(answer, ClientError)]
        assert {reply.status_code for reply in found if isinstance(reply, httpx.Response)} <= {200, 302, 400}
        assert not [one for one in _live(resources, tracked) if one.sso_session_id == session_id]
        assert httpx.URL(oauth.authorize(party).headers["location"]).path.endswith("/login")


@pytest.mark.parametrize("operation", ["set_user_password", "user_global_sign_out"])
def test_a_user_is_signed_out_while_browsers_are_at_work(
    resources: Resources, tracked: Tracked, make: Factory, operator: Any, http: httpx.Client, operation: str
) -> None:
    """Codes, redemptions and sign-ins at the same time: no deadlock, and no code of an ended session opens anything after it."""
    oauth = OAuth(http, make, resources, tracked.pool_id)
    party = oauth.client(GenerateSecret=True, AllowedOAuthScopes=["openid"])
    owner = {"UserPoolId": tracked.pool_id, "Username": tracked.user.username}
    password = {"Password": tracked.user.password, "Permanent": True} if operation == "set_user_password" else {}
    for _ in range(4):
        oauth.sign_in(tracked.user)
        codes = [answer_of(oauth.authorize(party))["code"] for _ in range(6)]
        waiting = codes.pop()
        end = partial(getattr(operator, f"admin_{operation}"), **owner, **password)
        calls: list[Callable[[], Any]] = [end, end]
        for code in codes:
            sign_in = partial(make.tokens, tracked.client_id, tracked.user)
            calls += [partial(oauth.redeem, party, code), partial(oauth.authorize, party), sign_in]
        found = _together(calls)
        assert {reply.status_code for reply in found if isinstance(reply, httpx.Response)} <= {200, 302, 400}
        assert oauth.redeem(party, waiting).status_code == 400
        with resources.database.read() as db:
            now = resources.clock()
            assert sessions.list_sso_sessions(db, tracked.pool_id, tracked.user.sub, now, before=None, limit=9) == []


def _authorize_and_redeem(oauth: OAuth, party: Party) -> httpx.Response:
    reply = oauth.authorize(party)
    code = httpx.URL(reply.headers["location"]).params.get("code")
    return oauth.redeem(party, code) if code else reply
