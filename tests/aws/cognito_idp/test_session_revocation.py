"""Ending tracked sessions: RevokeUserSession, AdminRevokeUserSession, RevokeToken, each alone and with what is linked."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from app.db.tables.audit import AuditEvent
from app.flows.work import Resources
from tests.conftest import Clock
from tests.factories import Factory, MadeUser
from tests.oauth.relying_party import OAuth, Party, Verifier, answer_of

SCOPE = "openid aws.cognito.signin.user.admin"


@dataclass(frozen=True)
class Hosted:
    """A user with one browser, through which two apps were signed in to, and a session of the API beside."""

    oauth: OAuth
    user: MadeUser
    parties: tuple[Party, Party]
    tokens: tuple[dict[str, Any], dict[str, Any]]
    api: dict[str, Any]
    api_client: str

    @property
    def pool_id(self) -> str:
        return self.oauth.pool_id

    def is_alive(self, number: int) -> bool:
        """Whether the tokens of an app still work, which all of them do or none."""
        refreshed = self.oauth.refresh(self.parties[number], self.tokens[number]["refresh_token"]).status_code == 200
        assert refreshed == (self.oauth.userinfo(self.tokens[number]["access_token"]).status_code == 200)
        return refreshed

    def is_browser_signed_in(self) -> bool:
        return "code" in answer_of(self.oauth.authorize(self.parties[0], prompt="none", **Verifier().parameters))


@pytest.fixture
def hosted(http: httpx.Client, make: Factory, resources: Resources, operator: Any) -> Hosted:
    """With session tracking."""
    pool_id = make.pool()
    operator.set_user_pool_session_configuration(
        UserPoolId=pool_id, UserSessionTracking="ENABLED", TokenSession={"MaxPerUser": 20}
    )
    oauth, user = OAuth(http, make, resources, pool_id), make.user(pool_id)
    oauth.sign_in(user)
    scopes = SCOPE.split()
    parties = oauth.client(AllowedOAuthScopes=scopes), oauth.client(AllowedOAuthScopes=scopes)
    first, second = (_tokens(oauth, party) for party in parties)
    api_client = make.client(pool_id)["ClientId"]
    return Hosted(oauth, user, parties, (first, second), make.tokens(api_client, user), api_client)


def _tokens(oauth: OAuth, party: Party) -> dict[str, Any]:
    """Through the session that the browser has."""
    pkce = Verifier()
    code = answer_of(oauth.authorize(party, scope=SCOPE, **pkce.parameters))["code"]
    body: dict[str, Any] = oauth.redeem(party, code, pkce).json()
    return body


@dataclass(frozen=True)
class Known:
    """Ids of the sessions of `hosted`."""

    sso: str
    first: str
    second: str
    api: str


@pytest.fixture
def known(hosted: Hosted, operator: Any) -> Known:
    found = operator.admin_list_user_sessions(UserPoolId=hosted.pool_id, Username=hosted.user.username)["Sessions"]
    ids = {session.get("ClientId"): session["SessionId"] for session in found if session["SessionType"] == "TOKEN"}
    (sso,) = (session["SessionId"] for session in found if session["SessionType"] == "SSO")
    first, second = (ids[party.client_id] for party in hosted.parties)
    return Known(sso, first, second, ids[hosted.api_client])


@pytest.fixture(params=["user", "operator"])
def revoke(request: pytest.FixtureRequest, hosted: Hosted, public: Any, operator: Any) -> Callable[..., None]:
    """Ends a session as the user, with the API's access token, or as an operator."""

    def as_user(session_id: str, **how: str) -> None:
        public.revoke_user_session(AccessToken=hosted.api["AccessToken"], SessionId=session_id, **how)

    def as_operator(session_id: str, **how: str) -> None:
        operator.admin_revoke_user_session(
            UserPoolId=hosted.pool_id, Username=hosted.user.username, SessionId=session_id, **how
        )

    return as_user if request.param == "user" else as_operator


def _left(operator: Any, hosted: Hosted) -> set[str]:
    answer = operator.admin_list_user_sessions(UserPoolId=hosted.pool_id, Username=hosted.user.username)
    return {session["SessionId"] for session in answer["Sessions"]}


@pytest.mark.parametrize("how", [{}, {"RevokeAssociatedSessions": "NONE"}])
def test_a_token_session_alone(
    hosted: Hosted, known: Known, revoke: Callable[..., None], operator: Any, how: dict[str, str]
) -> None:
    revoke(known.first, **how)
    assert _left(operator, hosted) == {known.sso, known.second, known.api}
    assert (hosted.is_alive(0), hosted.is_alive(1), hosted.is_browser_signed_in()) == (False, True, True)


def test_a_token_session_with_the_browser_it_came_through(
    hosted: Hosted, known: Known, revoke: Callable[..., None], operator: Any
) -> None:
    revoke(known.first, RevokeAssociatedSessions="LINKED")
    assert _left(operator, hosted) == {known.second, known.api}
    assert (hosted.is_alive(0), hosted.is_alive(1), hosted.is_browser_signed_in()) == (False, True, False)


def test_a_browser_alone(hosted: Hosted, known: Known, revoke: Callable[..., None], operator: Any) -> None:
    revoke(known.sso)
    assert _left(operator, hosted) == {known.first, known.second, known.api}
    assert (hosted.is_alive(0), hosted.is_alive(1), hosted.is_browser_signed_in()) == (True, True, False)


def test_a_browser_with_what_came_through_it(
    hosted: Hosted, known: Known, revoke: Callable[..., None], operator: Any, public: Any
) -> None:
    pkce = Verifier()
    code = answer_of(hosted.oauth.authorize(hosted.parties[0], **pkce.parameters))["code"]
    revoke(known.sso, RevokeAssociatedSessions="LINKED")
    assert _left(operator, hosted) == {known.api}
    assert (hosted.is_alive(0), hosted.is_alive(1), hosted.is_browser_signed_in()) == (False, False, False)
    public.get_user(AccessToken=hosted.api["AccessToken"])
    # A code that it gave and nobody has redeemed yet gives no tokens either.
    assert hosted.oauth.redeem(hosted.parties[0], code, pkce).json()["error"] == "invalid_grant"


def test_a_session_of_the_api_has_nothing_linked(hosted: Hosted, known: Known, operator: Any, public: Any) -> None:
    operator.admin_revoke_user_session(
        UserPoolId=hosted.pool_id,
        Username=hosted.user.username,
        SessionId=known.api,
        RevokeAssociatedSessions="LINKED",
    )
    assert _left(operator, hosted) == {known.sso, known.first, known.second}
    with pytest.raises(public.exceptions.NotAuthorizedException):
        public.get_user(AccessToken=hosted.api["AccessToken"])
    with pytest.raises(public.exceptions.NotAuthorizedException):
        public.get_tokens_from_refresh_token(ClientId=hosted.api_client, RefreshToken=hosted.api["RefreshToken"])


def test_nobody_ends_the_session_they_are_in(hosted: Hosted, known: Known, public: Any, operator: Any) -> None:
    for how in ("NONE", "LINKED"):
        with pytest.raises(public.exceptions.InvalidParameterException):
            public.revoke_user_session(
                AccessToken=hosted.tokens[0]["access_token"], SessionId=known.first, RevokeAssociatedSessions=how
            )
    assert _left(operator, hosted) == {known.sso, known.first, known.second, known.api}
    # The browser that it came through is another session, and takes it along.
    public.revoke_user_session(
        AccessToken=hosted.tokens[0]["access_token"], SessionId=known.sso, RevokeAssociatedSessions="LINKED"
    )
    assert _left(operator, hosted) == {known.api}


def test_only_what_is_there_and_ones_own_can_be_ended(
    hosted: Hosted, known: Known, revoke: Callable[..., None], operator: Any, make: Factory
) -> None:
    stranger = make.user(hosted.pool_id)
    make.tokens(hosted.api_client, stranger)
    theirs = operator.admin_list_user_sessions(UserPoolId=hosted.pool_id, Username=stranger.username)["Sessions"]
    revoke(known.first)
    for session_id in (theirs[0]["SessionId"], known.first, "tkn" + "0" * 25, "sso" + "0" * 25):
        for how in ("NONE", "LINKED"):
            with pytest.raises(Exception, match=r"\(ResourceNotFoundException\).*does not exist"):
                revoke(session_id, RevokeAssociatedSessions=how)
    after = operator.admin_list_user_sessions(UserPoolId=hosted.pool_id, Username=stranger.username)["Sessions"]
    assert after == theirs
    for malformed in ("tkn" + "A" * 25, "abc" + "0" * 25):
        with pytest.raises(Exception, match=r"\(InvalidParameterException\)"):
            revoke(malformed)


def test_an_expired_browser_session_is_not_there(
    hosted: Hosted, known: Known, revoke: Callable[..., None], clock: Clock
) -> None:
    clock.advance(minutes=59)
    hosted.api["AccessToken"] = _refreshed(hosted)
    clock.advance(minutes=1)
    with pytest.raises(Exception, match=r"\(ResourceNotFoundException\)"):
        revoke(known.sso)


def _refreshed(hosted: Hosted) -> str:
    """A new access token of the API's session."""
    form = {"grant_type": "refresh_token", "refresh_token": hosted.api["RefreshToken"], "client_id": hosted.api_client}
    reply = hosted.oauth.post("/oauth2/token", form)
    assert reply.status_code == 200, reply.text
    return str(reply.json()["access_token"])


def test_the_username_must_be_the_sessions(hosted: Hosted, known: Known, operator: Any, make: Factory) -> None:
    stranger = make.user(hosted.pool_id)
    with pytest.raises(operator.exceptions.ResourceNotFoundException):
        operator.admin_revoke_user_session(UserPoolId=hosted.pool_id, Username=stranger.username, SessionId=known.first)
    with pytest.raises(operator.exceptions.UserNotFoundException):
        operator.admin_revoke_user_session(UserPoolId=hosted.pool_id, Username="nobody", SessionId=known.first)
    with pytest.raises(operator.exceptions.ResourceNotFoundException):
        operator.admin_revoke_user_session(
            UserPoolId="us-east-1_000000000", Username=hosted.user.username, SessionId=known.first
        )
    assert hosted.is_alive(0)


def test_without_tracking_there_is_nothing_to_end(
    hosted: Hosted, known: Known, revoke: Callable[..., None], operator: Any
) -> None:
    operator.set_user_pool_session_configuration(
        UserPoolId=hosted.pool_id, UserSessionTracking="DISABLED", TokenSession={"MaxPerUser": 20}
    )
    for session_id in (known.first, known.sso):
        with pytest.raises(Exception, match=r"\(ResourceNotFoundException\)"):
            revoke(session_id, RevokeAssociatedSessions="LINKED")
    assert (hosted.is_alive(0), hosted.is_browser_signed_in()) == (True, True)


@pytest.mark.parametrize(("how", "is_browser_left"), [("NONE", True), ("LINKED", False)])
def test_revoking_a_refresh_token(
    hosted: Hosted, known: Known, operator: Any, public: Any, how: str, is_browser_left: bool
) -> None:
    """LINKED takes the browser along, but not what else came through it."""
    for _ in range(2):  # again is a success, too
        public.revoke_token(
            ClientId=hosted.parties[0].client_id,
            Token=hosted.tokens[0]["refresh_token"],
            RevokeAssociatedSessions=how,
        )
    assert _left(operator, hosted) == {known.second, known.api} | ({known.sso} if is_browser_left else set())
    assert (hosted.is_alive(0), hosted.is_alive(1)) == (False, True)
    assert hosted.is_browser_signed_in() == is_browser_left


def test_linked_means_nothing_to_a_refresh_token_without_tracking_or_browser(
    hosted: Hosted, known: Known, operator: Any, public: Any
) -> None:
    public.revoke_token(ClientId=hosted.api_client, Token=hosted.api["RefreshToken"], RevokeAssociatedSessions="LINKED")
    assert _left(operator, hosted) == {known.sso, known.first, known.second}
    operator.set_user_pool_session_configuration(
        UserPoolId=hosted.pool_id, UserSessionTracking="DISABLED", TokenSession={"MaxPerUser": 20}
    )
    public.revoke_token(
        ClientId=hosted.parties[0].client_id,
        Token=hosted.tokens[0]["refresh_token"],
        RevokeAssociatedSessions="LINKED",
    )
    assert (hosted.is_alive(0), hosted.is_browser_signed_in()) == (False, True)


def test_the_audit_trail_tells_what_was_ended(
    hosted: Hosted, known: Known, operator: Any, resources: Resources
) -> None:
    operator.admin_revoke_user_session(
        UserPoolId=hosted.pool_id,
        Username=hosted.user.username,
        SessionId=known.sso,
        RevokeAssociatedSessions="LINKED",
    )
    with resources.database.read() as db:
        (event,) = db.execute(
            select(AuditEvent).where(AuditEvent.pool_id == hosted.pool_id, AuditEvent.kind == "session.revoked")
        ).all()
    assert (event.sub, event.details["session_id"]) == (hosted.user.sub, known.sso)
    assert sorted(event.details["ended"]) == sorted([known.sso, known.first, known.second])
    assert event.principal
