"""Session tracking: its configuration, what is listed, how many sessions a user may have. Ending them: test_session_revocation."""

import json
import re
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.core import sessions
from app.db.tables.audit import AuditEvent
from app.db.tables.tokens import TokenFamily
from app.flows.work import Resources
from app.kit.clock import HOUR
from tests.conftest import Clock
from tests.db.plans import watched
from tests.factories import Factory, MadeUser
from tests.oauth.relying_party import OAuth, Verifier

FIREFOX = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"
SAFARI = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) "
    "Version/17.5 Mobile/15E148 Safari/604.1"
)
ROTATING = {
    "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
    "ExplicitAuthFlows": ["ALLOW_USER_PASSWORD_AUTH"],
}
Tracker = Callable[..., str]
Caller = Callable[..., dict[str, Any]]


@pytest.fixture
def tracked(make: Factory, operator: Any) -> Tracker:
    """Makes a pool that tracks sessions."""

    def made(max_per_user: int = 20, **options: Any) -> str:
        pool_id = make.pool(**options)
        track(operator, pool_id, max_per_user=max_per_user)
        return pool_id

    return made


@pytest.fixture
def call(http: httpx.Client) -> Caller:
    """Sends an operation that needs no signature as a device of one's choice."""

    def sent(operation: str, user_agent: str, **members: Any) -> dict[str, Any]:
        headers = {
            "X-Amz-Target": f"AWSCognitoIdentityProviderService.{operation}",
            "Content-Type": "application/x-amz-json-1.1",
            "User-Agent": user_agent,
        }
        reply = http.post("/", content=json.dumps(members), headers=headers)
        assert reply.status_code == 200, reply.text
        answer: dict[str, Any] = reply.json()
        return answer

    return sent


def track(operator: Any, pool_id: str, state: str = "ENABLED", max_per_user: int = 20) -> dict[str, Any]:
    answer: dict[str, Any] = operator.set_user_pool_session_configuration(
        UserPoolId=pool_id, UserSessionTracking=state, TokenSession={"MaxPerUser": max_per_user}
    )
    return _told(answer)


def limit(operator: Any, pool_id: str, client_id: str, minutes: int) -> dict[str, Any]:
    answer: dict[str, Any] = operator.set_user_pool_client_session_configuration(
        UserPoolId=pool_id, ClientId=client_id, SSOSession={"MaxValidityMinutes": minutes}
    )
    return _told(answer)


def _told(answer: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in answer.items() if name != "ResponseMetadata"}


def _of_pool(operator: Any, pool_id: str) -> tuple[str, int]:
    found = operator.get_user_pool_session_configuration(UserPoolId=pool_id)
    assert found["UserPoolId"] == pool_id
    return found["UserSessionTracking"], found["TokenSession"]["MaxPerUser"]


def _of_client(operator: Any, pool_id: str, client_id: str) -> int:
    found = operator.get_user_pool_client_session_configuration(UserPoolId=pool_id, ClientId=client_id)
    assert (found["UserPoolId"], found["ClientId"]) == (pool_id, client_id)
    return int(found["SSOSession"]["MaxValidityMinutes"])


def listed(operator: Any, pool_id: str, user: MadeUser) -> list[dict[str, Any]]:
    """An operator's list."""
    answer = operator.admin_list_user_sessions(UserPoolId=pool_id, Username=user.username)
    found: list[dict[str, Any]] = answer["Sessions"]
    return found


def ms(date: datetime) -> int:
    """A date of the API as epoch milliseconds."""
    return round(date.timestamp() * 1_000)


def _ids(found: list[dict[str, Any]]) -> list[str]:
    return [session["SessionId"] for session in found]


# ---- configuration


def test_a_pool_tracks_nothing_until_told_to(operator: Any, make: Factory) -> None:
    pool_id = make.pool()
    assert _of_pool(operator, pool_id) == ("DISABLED", 20)
    told = {"UserPoolId": pool_id, "UserSessionTracking": "ENABLED", "TokenSession": {"MaxPerUser": 100}}
    assert track(operator, pool_id, max_per_user=100) == told
    assert _of_pool(operator, pool_id) == ("ENABLED", 100)
    track(operator, pool_id, "DISABLED", 1)
    assert _of_pool(operator, pool_id) == ("DISABLED", 1)


def test_a_clients_limit(operator: Any, tracked: Tracker, make: Factory) -> None:
    pool_id = tracked()
    client_id = make.client(pool_id)["ClientId"]
    assert _of_client(operator, pool_id, client_id) == 60
    told = {"UserPoolId": pool_id, "ClientId": client_id, "SSOSession": {"MaxValidityMinutes": 129_600}}
    assert limit(operator, pool_id, client_id, 129_600) == told
    assert limit(operator, pool_id, client_id, 0)["SSOSession"] == {"MaxValidityMinutes": 0}
    assert _of_client(operator, pool_id, client_id) == 0
    assert _of_client(operator, pool_id, make.client(pool_id)["ClientId"]) == 60


def test_updates_of_pool_and_client_leave_it(operator: Any, tracked: Tracker, make: Factory) -> None:
    pool_id = tracked(7)
    client_id = make.client(pool_id)["ClientId"]
    limit(operator, pool_id, client_id, 5)
    operator.update_user_pool(UserPoolId=pool_id)
    operator.update_user_pool_client(UserPoolId=pool_id, ClientId=client_id)
    assert _of_pool(operator, pool_id) == ("ENABLED", 7)
    assert _of_client(operator, pool_id, client_id) == 5


def test_a_clients_limit_sleeps_while_tracking_is_off(operator: Any, tracked: Tracker, make: Factory) -> None:
    pool_id = tracked()
    client_id = make.client(pool_id)["ClientId"]
    limit(operator, pool_id, client_id, 5)
    track(operator, pool_id, "DISABLED")
    assert _of_client(operator, pool_id, client_id) == 5
    with pytest.raises(operator.exceptions.OperationNotEnabledException):
        limit(operator, pool_id, client_id, 6)
    track(operator, pool_id)
    assert _of_client(operator, pool_id, client_id) == 5


def test_what_does_not_exist_is_not_configured(operator: Any, tracked: Tracker, make: Factory) -> None:
    pool_id, missing = tracked(), "us-east-1_000000000"
    foreign = make.client(tracked())["ClientId"]
    gone = make.client(pool_id)["ClientId"]
    limit(operator, pool_id, gone, 5)
    operator.delete_user_pool_client(UserPoolId=pool_id, ClientId=gone)
    calls: list[Callable[[], Any]] = [
        lambda: track(operator, missing),
        lambda: operator.get_user_pool_session_configuration(UserPoolId=missing),
        lambda: limit(operator, missing, foreign, 1),
        lambda: operator.get_user_pool_client_session_configuration(UserPoolId=missing, ClientId=foreign),
        *(
            lambda client_id=client_id: limit(operator, pool_id, client_id, 1)
            for client_id in (foreign, gone, "0" * 26)
        ),
        *(lambda client_id=client_id: _of_client(operator, pool_id, client_id) for client_id in (foreign, gone)),
    ]
    for refused in calls:
        with pytest.raises(operator.exceptions.ResourceNotFoundException):
            refused()


def test_bounds(operator: Any, tracked: Tracker, make: Factory) -> None:
    pool_id = tracked()
    client_id = make.client(pool_id)["ClientId"]
    with pytest.raises(operator.exceptions.InvalidParameterException):
        track(operator, pool_id, max_per_user=101)
    with pytest.raises(operator.exceptions.InvalidParameterException):
        limit(operator, pool_id, client_id, 129_601)
    with pytest.raises(operator.exceptions.InvalidParameterException):
        track(operator, pool_id, "SOMETIMES")
    assert _of_pool(operator, pool_id) == ("ENABLED", 20)


def test_the_lite_plan_has_no_sessions_where_plans_count(make: Factory, operator: Any, gated: Any) -> None:
    pool_id = make.pool(UserPoolTier="LITE")
    client_id = make.client(pool_id)["ClientId"]
    track(operator, pool_id, max_per_user=5)  # by default plans limit nothing
    with pytest.raises(gated.exceptions.FeatureUnavailableInTierException):
        track(gated, pool_id, "DISABLED")
    with pytest.raises(gated.exceptions.FeatureUnavailableInTierException):
        limit(gated, pool_id, client_id, 9)
    assert _of_pool(gated, pool_id) == ("ENABLED", 5)
    plus = make.pool(UserPoolTier="ESSENTIALS")
    track(gated, plus)
    assert limit(gated, plus, make.client(plus)["ClientId"], 9)["SSOSession"] == {"MaxValidityMinutes": 9}


# ---- lists


def test_a_user_sees_their_sessions(
    call: Caller, tracked: Tracker, make: Factory, public: Any, operator: Any, clock: Clock
) -> None:
    pool_id = tracked()
    user, began = make.user(pool_id), clock.now
    phone, laptop = (make.client(pool_id)["ClientId"] for _ in range(2))
    tokens = {}
    for client_id, agent in ((phone, SAFARI), (laptop, FIREFOX)):
        parameters = {"USERNAME": user.username, "PASSWORD": user.password}
        answer = call(
            "InitiateAuth", agent, ClientId=client_id, AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters
        )
        tokens[client_id] = answer["AuthenticationResult"]["AccessToken"]
        clock.advance(seconds=1)
    answer = public.list_user_sessions(AccessToken=tokens[phone])
    assert "NextToken" not in answer
    second, first = answer["Sessions"]
    for session in (first, second):
        assert session["SessionId"][:3] == "tkn"
        assert len(session.pop("SessionId")) == 28
    assert ms(first.pop("CreateDate")) == ms(first.pop("LastActiveDate")) == began
    assert ms(second.pop("CreateDate")) == ms(second.pop("LastActiveDate")) == began + 1_000
    common = {"SessionType": "TOKEN", "LastIPAddress": "127.0.0.1", "LastLocation": {"Country": "unknown"}}
    assert first == {**common, "ClientId": phone, "DeviceType": "iOS 17, Mobile Safari 17", "IsCurrentSession": True}
    assert second == {**common, "ClientId": laptop, "DeviceType": "Linux, Firefox 128", "IsCurrentSession": False}
    found = listed(operator, pool_id, user)
    assert _ids(found) == _ids(public.list_user_sessions(AccessToken=tokens[laptop])["Sessions"])
    assert [session["IsCurrentSession"] for session in found] == [False, False]


def test_a_hosted_sign_in_has_a_browser_session_and_what_came_through_it(
    tracked: Tracker, make: Factory, operator: Any, public: Any, http: httpx.Client, resources: Resources
) -> None:
    pool_id = tracked()
    oauth, user = OAuth(http, make, resources, pool_id), make.user(pool_id)
    http.headers["user-agent"] = FIREFOX
    web, pkce = oauth.client(AllowedOAuthScopes=["openid", "aws.cognito.signin.user.admin"]), Verifier()
    code = oauth.code(web, user, pkce, scope="openid aws.cognito.signin.user.admin")
    http.headers["user-agent"] = "curl/8.5.0"  # the app's back end: not what the user signed in with
    tokens = oauth.redeem(web, code, pkce).json()
    api = make.tokens(make.client(pool_id)["ClientId"], user)
    by_type = {
        (session["SessionType"], session["ClientId"]): session
        for session in listed(operator, pool_id, user)
        if "ClientId" in session
    }
    through = by_type["TOKEN", web.client_id]
    sso = next(session for session in listed(operator, pool_id, user) if session["SessionType"] == "SSO")
    assert sso["SessionId"][:3] == "sso"
    assert len(sso["SessionId"]) == 28
    assert "OriginSessionId" not in sso
    assert (through["OriginSessionId"], through["DeviceType"]) == (sso["SessionId"], "Linux, Firefox 128")
    current = [
        one
        for one in public.list_user_sessions(AccessToken=tokens["access_token"])["Sessions"]
        if one["IsCurrentSession"]
    ]
    assert _ids(current) == [through["SessionId"]]
    (by_api,) = [
        one for one in public.list_user_sessions(AccessToken=api["AccessToken"])["Sessions"] if one["IsCurrentSession"]
    ]
    assert "OriginSessionId" not in by_api


def test_without_tracking_there_is_no_record(
    operator: Any, public: Any, make: Factory, resources: Resources, http: httpx.Client
) -> None:
    pool_id = make.pool()
    user, client_id = make.user(pool_id), make.client(pool_id)["ClientId"]
    OAuth(http, make, resources, pool_id).sign_in(user)
    before = make.tokens(client_id, user)
    assert listed(operator, pool_id, user) == []
    assert public.list_user_sessions(AccessToken=before["AccessToken"])["Sessions"] == []
    with resources.database.read() as db:
        stored = db.execute(select(TokenFamily).where(TokenFamily.pool_id == pool_id)).one()
    assert (stored.session_id, stored.last_active_at, stored.user_agent, stored.source_ip) == (None,) * 4
    # What began without a record gets none later; it goes on all the same.
    track(operator, pool_id)
    public.get_tokens_from_refresh_token(ClientId=client_id, RefreshToken=before["RefreshToken"])
    assert {session["SessionType"] for session in listed(operator, pool_id, user)} == {"SSO"}
    after = make.tokens(client_id, user)
    assert [one["SessionType"] for one in listed(operator, pool_id, user)].count("TOKEN") == 1
    track(operator, pool_id, "DISABLED")
    assert public.list_user_sessions(AccessToken=after["AccessToken"])["Sessions"] == []


def test_tokens_of_a_session_always_name_it(
    make: Factory, tracked: Tracker, operator: Any, public: Any, resources: Resources, http: httpx.Client
) -> None:
    """Also where the client has token revocation off: an access token has to be told from those of other sessions."""
    pool_id = tracked()
    user, client_id = make.user(pool_id), make.client(pool_id, EnableTokenRevocation=False)["ClientId"]
    decode = OAuth(http, make, resources, pool_id).decode
    tokens = make.tokens(client_id, user)
    claims = decode(tokens["AccessToken"]).claims
    assert decode(tokens["IdToken"]).claims["origin_jti"] == claims["origin_jti"]
    (session,) = public.list_user_sessions(AccessToken=tokens["AccessToken"])["Sessions"]
    assert session["IsCurrentSession"] is True
    track(operator, pool_id, "DISABLED")
    untracked = decode(make.tokens(client_id, user)["AccessToken"]).claims
    assert untracked.keys() == claims.keys() - {"origin_jti"}


def test_what_has_ended_is_not_listed(
    tracked: Tracker, make: Factory, operator: Any, public: Any, clock: Clock
) -> None:
    pool_id = tracked()
    user = make.user(pool_id)
    short = make.client(pool_id, RefreshTokenValidity=1, TokenValidityUnits={"RefreshToken": "hours"})["ClientId"]
    long = make.client(pool_id)["ClientId"]
    make.tokens(short, user)
    revoked, kept = make.tokens(long, user), make.tokens(long, user)
    assert len(listed(operator, pool_id, user)) == 3
    public.revoke_token(ClientId=long, Token=revoked["RefreshToken"])
    clock.advance(hours=1)
    assert [session["ClientId"] for session in listed(operator, pool_id, user)] == [long]
    clock.advance(seconds=1)
    operator.admin_user_global_sign_out(UserPoolId=pool_id, Username=user.username)
    assert listed(operator, pool_id, user) == []
    with pytest.raises(public.exceptions.NotAuthorizedException):
        public.list_user_sessions(AccessToken=kept["AccessToken"])


def test_nobody_elses_sessions_are_listed(tracked: Tracker, make: Factory, operator: Any, public: Any) -> None:
    pool_id, other = tracked(), tracked()
    user, client_id = make.user(pool_id), make.client(pool_id)["ClientId"]
    make.tokens(client_id, make.user(pool_id))
    namesake = make.user(other, user.username)
    make.tokens(make.client(other)["ClientId"], namesake)
    assert listed(operator, pool_id, user) == []
    with pytest.raises(operator.exceptions.UserNotFoundException):
        operator.admin_list_user_sessions(UserPoolId=pool_id, Username="nobody")
    with pytest.raises(operator.exceptions.ResourceNotFoundException):
        operator.admin_list_user_sessions(UserPoolId="us-east-1_000000000", Username=user.username)
    with pytest.raises(public.exceptions.NotAuthorizedException):
        public.list_user_sessions(AccessToken="ey.ey.ey")


def test_pages(tracked: Tracker, make: Factory, operator: Any, public: Any, resources: Resources, clock: Clock) -> None:
    """More than 125 at once can only be browsers: each was signed in to on its own."""
    pool_id = tracked()
    user, other, client_id = make.user(pool_id), make.user(pool_id), make.client(pool_id)["ClientId"]
    made = [sessions.new_sso_session_id() for _ in range(130)]
    with resources.database.write() as db:
        for number, session_id in enumerate(made):
            sessions.create_sso_session(
                db,
                pool_id,
                user.sub,
                session_id,
                {"auth_time": clock.now, "amr": ["pwd"], "acr": None, "event_id": "e"},
                client_id=client_id,
                user_agent="",
                source_ip="203.0.113.7",
                lifetime_ms=HOUR,
                now=clock.now + number // 2,  # two of each moment
            )
    tokens = make.tokens(client_id, user)
    first = operator.admin_list_user_sessions(UserPoolId=pool_id, Username=user.username)
    assert len(first["Sessions"]) == 125
    second = operator.admin_list_user_sessions(UserPoolId=pool_id, Username=user.username, NextToken=first["NextToken"])
    assert "NextToken" not in second
    found = [*first["Sessions"], *second["Sessions"]]
    assert set(_ids(found)) > set(made)
    assert len(_ids(found)) == len(set(_ids(found))) == 131
    newest_first = [session["CreateDate"] for session in found]
    assert newest_first == sorted(newest_first, reverse=True)
    assert {session["LastIPAddress"] for session in found if session["SessionType"] == "SSO"} == {"203.0.113.7"}
    assert {session["DeviceType"] for session in found if session["SessionType"] == "SSO"} == {"unknown"}
    own = public.list_user_sessions(AccessToken=tokens["AccessToken"])
    rest = public.list_user_sessions(AccessToken=tokens["AccessToken"], NextToken=own["NextToken"])
    assert _ids([*own["Sessions"], *rest["Sessions"]]) == _ids(found)
    for token in (first["NextToken"], own["NextToken"][:-4] + "AAAA", "abc"):
        with pytest.raises(public.exceptions.InvalidParameterException):
            public.list_user_sessions(AccessToken=tokens["AccessToken"], NextToken=token)
    with pytest.raises(operator.exceptions.InvalidParameterException):
        operator.admin_list_user_sessions(UserPoolId=pool_id, Username=other.username, NextToken=first["NextToken"])


# ---- how many, and how fresh


def test_one_too_many_ends_the_least_recently_used(
    tracked: Tracker, make: Factory, operator: Any, public: Any, clock: Clock, resources: Resources
) -> None:
    pool_id = tracked(3)
    user, clients = make.user(pool_id), [make.client(pool_id)["ClientId"] for _ in range(2)]
    signed_in = []
    for number in range(3):
        signed_in.append((clients[number % 2], make.tokens(clients[number % 2], user)))
        clock.advance(minutes=1)
    oldest_client, oldest = signed_in[0]
    public.get_tokens_from_refresh_token(ClientId=oldest_client, RefreshToken=oldest["RefreshToken"])
    second = next(one["SessionId"] for one in listed(operator, pool_id, user) if one["ClientId"] == clients[1])
    make.tokens(clients[0], user)
    found = listed(operator, pool_id, user)
    assert len(found) == 3
    assert second not in _ids(found)
    with pytest.raises(public.exceptions.NotAuthorizedException) as refused:
        public.get_tokens_from_refresh_token(ClientId=clients[1], RefreshToken=signed_in[1][1]["RefreshToken"])
    assert refused.value.response["Error"]["Message"] == "Refresh Token has been revoked"
    with pytest.raises(public.exceptions.NotAuthorizedException):
        public.get_user(AccessToken=signed_in[1][1]["AccessToken"])
    for client_id, kept in (signed_in[0], signed_in[2]):
        public.get_user(AccessToken=kept["AccessToken"])
        public.get_tokens_from_refresh_token(ClientId=client_id, RefreshToken=kept["RefreshToken"])
    with resources.database.read() as db:
        (event,) = db.execute(
            select(AuditEvent).where(AuditEvent.pool_id == pool_id, AuditEvent.kind == "session.evicted")
        ).all()
    assert (event.sub, event.client_id, event.details["session_id"]) == (user.sub, clients[1], second)


def test_a_lower_limit_acts_at_the_next_sign_in(tracked: Tracker, make: Factory, operator: Any, clock: Clock) -> None:
    pool_id = tracked(5)
    user, other, client_id = make.user(pool_id), make.user(pool_id), make.client(pool_id)["ClientId"]
    for _ in range(5):
        make.tokens(client_id, user)
        clock.advance(seconds=1)
    make.tokens(client_id, other)
    track(operator, pool_id, max_per_user=2)
    before = listed(operator, pool_id, user)
    assert len(before) == 5
    make.tokens(client_id, user)
    after = listed(operator, pool_id, user)
    assert len(after) == 2
    assert after[1] == before[0]
    assert len(listed(operator, pool_id, other)) == 1
    track(operator, pool_id, max_per_user=1)
    make.tokens(client_id, user)
    assert len(listed(operator, pool_id, user)) == 1


def test_a_failed_sign_in_ends_nothing(tracked: Tracker, make: Factory, operator: Any) -> None:
    pool_id = tracked(1)
    user, client_id = make.user(pool_id), make.client(pool_id)["ClientId"]
    make.tokens(client_id, user)
    before = listed(operator, pool_id, user)
    with pytest.raises(operator.exceptions.NotAuthorizedException):
        make.tokens(client_id, replace(user, password="Wrong-Horse-7"))
    assert listed(operator, pool_id, user) == before


def test_use_is_noted_once_a_minute_with_the_device_of_its_day(
    call: Caller, tracked: Tracker, make: Factory, operator: Any, clock: Clock
) -> None:
    pool_id = tracked()
    user, client_id = make.user(pool_id), make.client(pool_id, **ROTATING)["ClientId"]
    token, began = make.tokens(client_id, user)["RefreshToken"], clock.now

    def refreshed(agent: str) -> tuple[int, str]:
        nonlocal token
        answer = call("GetTokensFromRefreshToken", agent, ClientId=client_id, RefreshToken=token)
        token = answer["AuthenticationResult"]["RefreshToken"]
        (session,) = listed(operator, pool_id, user)
        assert ms(session["CreateDate"]) == began
        return (ms(session["LastActiveDate"]) - began) // 1_000, session["DeviceType"]

    clock.advance(seconds=59)
    assert refreshed(SAFARI) == (0, "Linux, Boto3 1")
    clock.advance(seconds=1)
    assert refreshed(SAFARI) == (60, "iOS 17, Mobile Safari 17")
    clock.advance(seconds=59)
    assert refreshed(FIREFOX) == (60, "iOS 17, Mobile Safari 17")
    clock.advance(seconds=1)
    assert refreshed(FIREFOX) == (120, "Linux, Firefox 128")


@pytest.mark.parametrize("options", [{}, ROTATING], ids=["keeps", "rotates"])
def test_a_refresh_costs_one_statement_more_a_minute_and_none_without_tracking(
    make: Factory, operator: Any, public: Any, clock: Clock, options: dict[str, Any]
) -> None:
    pool_id = make.pool()
    user, client_id = make.user(pool_id), make.client(pool_id, **options)["ClientId"]

    def statements(token: str) -> tuple[list[str], str]:
        with watched() as watch:
            answer = public.get_tokens_from_refresh_token(ClientId=client_id, RefreshToken=token)[
                "AuthenticationResult"
            ]
        found = [
            plan.statement
            for plan in watch.plans
            if re.search("token_families|refresh_tokens|sso_sess", plan.statement)
        ]
        return found, answer.get("RefreshToken", token)

    token = make.tokens(client_id, user)["RefreshToken"]
    clock.advance(minutes=5)
    without, _ = statements(token)
    track(operator, pool_id)
    token = make.tokens(client_id, user)["RefreshToken"]
    same, token = statements(token)
    assert same == without
    clock.advance(minutes=1)
    more, token = statements(token)
    assert len(more) == len(without) + 1
    assert next(one for one in more if one not in without).startswith("UPDATE token_families")
    again, _ = statements(token)
    assert again == without
