"""Single sign-on where sessions are tracked: for how long each client silently reuses a browser's session, and what renews it."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection

from app.core.tokens import Authentication
from app.core.users import find_user_by_sub
from app.flows.authorize import authorize, seal_continuation
from app.flows.authorize_requests import check_request
from app.flows.browser_sessions import begin_session, find_session
from app.flows.work import Work
from app.kit.clock import MINUTE
from app.kit.ids import new_uuid
from tests.aws.cognito_idp.test_sessions import limit, ms, track
from tests.conftest import Clock
from tests.factories import Factory, MadeUser
from tests.oauth.relying_party import OAuth, Party, Verifier, answer_of


@pytest.fixture
def tracked(oauth: OAuth, operator: Any) -> OAuth:
    track(operator, oauth.pool_id)
    return oauth


def _is_silent(oauth: OAuth, party: Party) -> bool:
    """Whether a code comes at once; then `prompt=none` agrees, and else it says why not."""
    plain = oauth.authorize(party, **Verifier().parameters)
    silent = answer_of(oauth.authorize(party, prompt="none", **Verifier().parameters))
    assert silent.get("error") in (None, "login_required")
    is_silent = not httpx.URL(plain.headers["location"]).path.endswith("/login")
    assert is_silent == ("code" in silent)
    return is_silent


def test_each_client_has_its_limit(
    tracked: OAuth, web: Party, app: Party, user: MadeUser, operator: Any, clock: Clock
) -> None:
    long = tracked.client(GenerateSecret=True)
    limit(operator, tracked.pool_id, app.client_id, 5)
    limit(operator, tracked.pool_id, long.client_id, 129_600)
    tracked.sign_in(user)
    clock.advance(minutes=4, seconds=59)
    assert [_is_silent(tracked, party) for party in (app, web, long)] == [True, True, True]
    clock.advance(seconds=1)
    assert [_is_silent(tracked, party) for party in (app, web, long)] == [False, True, True]
    clock.advance(minutes=55)
    assert [_is_silent(tracked, party) for party in (app, web, long)] == [False, False, True]
    clock.advance(days=89, hours=22, minutes=59, seconds=59)
    assert [_is_silent(tracked, party) for party in (app, web, long)] == [False, False, True]
    clock.advance(seconds=1)
    assert not _is_silent(tracked, long)


def test_use_does_not_prolong_it(tracked: OAuth, web: Party, user: MadeUser, clock: Clock) -> None:
    tracked.sign_in(user)
    found = []
    for _ in range(3):
        clock.advance(minutes=20)
        found.append(_is_silent(tracked, web))
    assert found == [True, True, False]


def test_zero_always_asks_yet_others_reuse_what_it_gave(
    tracked: OAuth, web: Party, app: Party, user: MadeUser, operator: Any, make: Factory
) -> None:
    limit(operator, tracked.pool_id, app.client_id, 0)
    session_id = tracked.sign_in(user)
    assert [_is_silent(tracked, party) for party in (app, web)] == [False, True]
    # Whoever has just authenticated for this request gets the code: else nobody ever would.
    pairs = _pairs(tracked, app)
    continuation = seal_continuation(make.work(), tracked.pool_id, pairs, session_id)
    answer = answer_of(
        tracked.http.get(f"/{tracked.pool_id}/oauth2/authorize", params=[*pairs, ("continuation", continuation)])
    )
    assert "code" in answer
    assert not _is_silent(tracked, app)


def _pairs(oauth: OAuth, party: Party) -> list[tuple[str, str]]:
    """The parameters of a good request of a public client."""
    return list(httpx.QueryParams(oauth.authorize_query(party, **Verifier().parameters)).multi_items())


def test_a_limit_acts_at_once_when_lowered(
    tracked: OAuth, web: Party, user: MadeUser, operator: Any, clock: Clock
) -> None:
    limit(operator, tracked.pool_id, web.client_id, 600)
    tracked.sign_in(user)
    clock.advance(minutes=30)
    assert _is_silent(tracked, web)
    limit(operator, tracked.pool_id, web.client_id, 30)
    assert not _is_silent(tracked, web)
    limit(operator, tracked.pool_id, web.client_id, 31)
    assert _is_silent(tracked, web)


def test_without_tracking_it_is_an_hour_for_everybody(
    tracked: OAuth, web: Party, app: Party, user: MadeUser, operator: Any, clock: Clock
) -> None:
    limit(operator, tracked.pool_id, web.client_id, 129_600)
    limit(operator, tracked.pool_id, app.client_id, 0)
    tracked.sign_in(user)
    track(operator, tracked.pool_id, "DISABLED")
    clock.advance(minutes=59, seconds=59)
    assert [_is_silent(tracked, party) for party in (app, web)] == [True, True]
    clock.advance(seconds=1)
    assert [_is_silent(tracked, party) for party in (app, web)] == [False, False]
    # Its settings were dormant, not gone.
    track(operator, tracked.pool_id)
    assert [_is_silent(tracked, party) for party in (app, web)] == [False, True]


def test_max_age_still_counts(tracked: OAuth, web: Party, user: MadeUser, operator: Any, clock: Clock) -> None:
    limit(operator, tracked.pool_id, web.client_id, 600)
    tracked.sign_in(user)
    clock.advance(minutes=5)
    assert answer_of(tracked.authorize(web, prompt="none", max_age="299"))["error"] == "login_required"
    assert "code" in answer_of(tracked.authorize(web, prompt="none", max_age="300"))


def _authenticate(oauth: OAuth, user: MadeUser, secret: str | None, now: int) -> tuple[str, str]:
    """What the pages do once somebody has signed in, in a browser that shows `secret`."""
    work = oauth.make.work()
    with work.read() as db:
        found = find_user_by_sub(db, oauth.pool_id, user.sub)
    assert found is not None
    return begin_session(work, found, Authentication(now, ("pwd",), None, new_uuid()), replaced=secret)


def test_another_authentication_of_the_same_user_renews_the_session(
    tracked: OAuth, user: MadeUser, make: Factory, operator: Any, clock: Clock
) -> None:
    first, secret = _authenticate(tracked, user, None, clock.now)
    began = clock.now
    clock.advance(minutes=50)
    again, renewed = _authenticate(tracked, user, secret, clock.now)
    assert again == first
    assert renewed != secret
    assert find_session(make.work(), tracked.pool_id, secret) is None
    clock.advance(minutes=50)
    found = find_session(make.work(), tracked.pool_id, renewed)
    assert found is not None
    (session,) = operator.admin_list_user_sessions(UserPoolId=tracked.pool_id, Username=user.username)["Sessions"]
    assert session["SessionId"] == first
    assert ms(session["CreateDate"]) == began
    assert ms(session["LastActiveDate"]) == began + 50 * MINUTE


def test_another_user_in_the_same_browser_ends_the_session(
    tracked: OAuth, user: MadeUser, make: Factory, operator: Any, clock: Clock
) -> None:
    other = make.user(tracked.pool_id)
    first, secret = _authenticate(tracked, user, None, clock.now)
    second, _ = _authenticate(tracked, other, secret, clock.now)
    assert second != first
    assert find_session(make.work(), tracked.pool_id, secret) is None
    for name, left in ((user.username, []), (other.username, [second])):
        answer = operator.admin_list_user_sessions(UserPoolId=tracked.pool_id, Username=name)
        assert [session["SessionId"] for session in answer["Sessions"]] == left


def test_without_tracking_each_authentication_begins_a_session(
    oauth: OAuth, user: MadeUser, make: Factory, clock: Clock
) -> None:
    first, secret = _authenticate(oauth, user, None, clock.now)
    second, _ = _authenticate(oauth, user, secret, clock.now)
    assert second != first
    assert find_session(make.work(), oauth.pool_id, secret) is None


def test_an_expired_session_is_not_renewed(tracked: OAuth, user: MadeUser, clock: Clock) -> None:
    first, secret = _authenticate(tracked, user, None, clock.now)
    clock.advance(hours=1)
    assert _authenticate(tracked, user, secret, clock.now)[0] != first


def test_grants_and_rotations_are_activity_of_the_browser_session(
    tracked: OAuth, user: MadeUser, operator: Any, clock: Clock
) -> None:
    rotating = tracked.client(
        GenerateSecret=True,
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
    )
    keeping = tracked.client(GenerateSecret=True)
    tracked.sign_in(user)
    began = clock.now
    tokens = {
        party: tracked.redeem(party, answer_of(tracked.authorize(party))["code"]).json()
        for party in (rotating, keeping)
    }

    def last_active() -> int:
        answer = operator.admin_list_user_sessions(UserPoolId=tracked.pool_id, Username=user.username)
        (sso,) = (session for session in answer["Sessions"] if session["SessionType"] == "SSO")
        return (ms(sso["LastActiveDate"]) - began) // 1_000

    clock.advance(minutes=2)
    tracked.refresh(keeping, tokens[keeping]["refresh_token"])
    assert last_active() == 0
    tracked.refresh(rotating, tokens[rotating]["refresh_token"])
    assert last_active() == 120
    clock.advance(minutes=2)
    tracked.authorize(keeping)
    assert last_active() == 240


@dataclass
class Overtaken(Work):
    """A request in whose course, after its last read and before its first write, something else happens."""

    meanwhile: Callable[[], object] = field(default=lambda: None)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        self.meanwhile()
        with super().write() as db:
            yield db


def test_a_session_revoked_in_the_course_of_a_request_gives_no_code(
    tracked: OAuth, web: Party, user: MadeUser, operator: Any, make: Factory
) -> None:
    """Else tokens came through a session after all that had come through it was ended."""
    session_id, secret = _authenticate(tracked, user, None, make.work().now)
    plain = make.work()

    def revoke() -> None:
        operator.admin_revoke_user_session(
            UserPoolId=tracked.pool_id,
            Username=user.username,
            SessionId=session_id,
            RevokeAssociatedSessions="LINKED",
        )

    work = Overtaken(plain.resources, plain.now, plain.request_id, meanwhile=revoke)
    pairs = list(httpx.QueryParams(tracked.authorize_query(web)).multi_items())
    request = check_request(work, work.snapshots.pool(tracked.pool_id), pairs)
    assert find_session(work, tracked.pool_id, secret) is not None
    assert authorize(work, request, secret) is None
    assert find_session(work, tracked.pool_id, secret) is None
