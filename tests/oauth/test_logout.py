"""/logout: Cognito's sign-out asks nobody, OpenID Connect's whom the app has not shown an ID token of."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest

from app.web.cookies import cookie_name
from tests.conftest import Clock
from tests.factories import Factory, MadeUser
from tests.oauth.relying_party import CALLBACK, SIGNED_OUT, OAuth, Party, answer_of

Parameters = Mapping[str, str]


def _signed_in(oauth: OAuth, web: Party) -> bool:
    return "code" in answer_of(oauth.authorize(web, prompt="none"))


def _logout(oauth: OAuth, parameters: Parameters, method: str = "GET") -> httpx.Response:
    """The answer to a request; of one by POST, the answer to what it is sent on to."""
    path = f"/{oauth.pool_id}/logout"
    if method == "GET":
        return oauth.http.get(path, params=dict(parameters))
    form = {"content-type": "application/x-www-form-urlencoded"}
    sent_on = oauth.http.post(path, content=urlencode(parameters), headers=form)
    assert (sent_on.status_code, "set-cookie" in sent_on.headers) == (303, False)
    return oauth.http.get(sent_on.headers["location"])


def _is_asked(oauth: OAuth, response: httpx.Response) -> bool:
    is_asked: bool = response.headers["location"].startswith(f"/{oauth.pool_id}/signout?request=")
    assert "set-cookie" not in response.headers or not is_asked
    return is_asked


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_cognito_logout(oauth: OAuth, web: Party, user: MadeUser, method: str) -> None:
    oauth.sign_in(user)
    response = _logout(oauth, {"client_id": web.client_id, "logout_uri": SIGNED_OUT}, method)
    assert (response.status_code, response.headers["location"]) == (302, SIGNED_OUT)
    cleared = response.headers["set-cookie"]
    assert cleared.startswith(cookie_name(oauth.resources.settings, "session", oauth.pool_id) + '=""')
    assert "Max-Age=0" in cleared
    assert not _signed_in(oauth, web)


def test_logout_ends_the_session_for_a_copied_cookie_too(oauth: OAuth, web: Party, user: MadeUser) -> None:
    oauth.sign_in(user)
    copied = dict(oauth.http.cookies)
    _logout(oauth, {"client_id": web.client_id, "logout_uri": SIGNED_OUT})
    oauth.http.cookies.update(copied)
    assert not _signed_in(oauth, web)


def test_logout_to_sign_in_again(oauth: OAuth, web: Party, user: MadeUser) -> None:
    oauth.sign_in(user)
    parameters = {"client_id": web.client_id, "redirect_uri": CALLBACK, "response_type": "code", "state": "s"}
    location = urlsplit(_logout(oauth, parameters).headers["location"])
    assert location.path == f"/{oauth.pool_id}/login"
    assert dict(parse_qsl(location.query)) == parameters
    assert not _signed_in(oauth, web)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_openid_logout(oauth: OAuth, web: Party, user: MadeUser, clock: Clock, method: str) -> None:
    hint = oauth.tokens(web, user)["id_token"]
    clock.advance(hours=2)  # an expired hint still tells the client and the user
    oauth.sign_in(user)
    parameters = {"id_token_hint": hint, "post_logout_redirect_uri": SIGNED_OUT, "state": "s&t"}
    response = _logout(oauth, parameters, method)
    assert response.headers["location"] == f"{SIGNED_OUT}?state=s%26t"
    assert not _signed_in(oauth, web)


def test_cognitos_logout_with_an_id_token_of_the_user(oauth: OAuth, web: Party, user: MadeUser) -> None:
    """Libraries that know both send both."""
    hint = oauth.tokens(web, user)["id_token"]
    assert _logout(oauth, {"id_token_hint": hint, "logout_uri": SIGNED_OUT}).headers["location"] == SIGNED_OUT
    assert not _signed_in(oauth, web)


def test_an_id_token_alone_ends_at_the_page_of_the_pool(oauth: OAuth, web: Party, user: MadeUser) -> None:
    hint = oauth.tokens(web, user)["id_token"]
    response = _logout(oauth, {"id_token_hint": hint})
    assert response.headers["location"] == f"/{oauth.pool_id}/signedout?client_id={web.client_id}"
    assert not _signed_in(oauth, web)


@pytest.mark.parametrize("method", ["GET", "POST"])
@pytest.mark.parametrize("parameters", [{}, {"state": "s"}, {"client_id": "unknown"}])
def test_a_session_that_nothing_speaks_for_is_asked_about(
    oauth: OAuth, web: Party, user: MadeUser, parameters: Parameters, method: str
) -> None:
    oauth.sign_in(user)
    assert _is_asked(oauth, _logout(oauth, parameters, method))
    named = {"client_id": web.client_id, "post_logout_redirect_uri": SIGNED_OUT}
    assert _is_asked(oauth, _logout(oauth, named, method))
    assert _signed_in(oauth, web)


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_the_id_token_of_somebody_else_signs_nobody_out(
    oauth: OAuth, web: Party, user: MadeUser, make: Factory, method: str
) -> None:
    """Anybody who can sign up has one."""
    mallory = oauth.tokens(web, make.user(oauth.pool_id))["id_token"]
    oauth.sign_in(user)
    parameters = {"id_token_hint": mallory, "post_logout_redirect_uri": SIGNED_OUT}
    assert _is_asked(oauth, _logout(oauth, parameters, method))
    assert _is_asked(oauth, _logout(oauth, {**parameters, "logout_uri": SIGNED_OUT}, method))
    assert _signed_in(oauth, web)


def test_without_a_session_nothing_is_asked(oauth: OAuth, web: Party, user: MadeUser, clock: Clock) -> None:
    page = f"/{oauth.pool_id}/signedout"
    named = {"client_id": web.client_id, "post_logout_redirect_uri": SIGNED_OUT, "state": "s"}
    for parameters, location in (({}, page), ({"state": "s"}, page), (named, f"{SIGNED_OUT}?state=s")):
        assert _logout(oauth, parameters).headers["location"] == location
    oauth.sign_in(user)
    clock.advance(hours=2)
    assert _logout(oauth, named).headers["location"] == f"{SIGNED_OUT}?state=s", "one that has expired is none"


def test_logout_goes_nowhere_unproven(oauth: OAuth, web: Party, app: Party, user: MadeUser) -> None:
    tokens = oauth.tokens(web, user)
    hint, mine = tokens["id_token"], {"client_id": web.client_id}
    forged = hint[:-8] + "AAAAAAAA"
    attempts = [
        {"logout_uri": SIGNED_OUT},
        {**mine, "logout_uri": "https://evil.example"},
        {**mine, "logout_uri": f"{SIGNED_OUT}?x=1"},
        {**mine, "logout_uri": CALLBACK},
        {**mine, "redirect_uri": SIGNED_OUT},
        {"post_logout_redirect_uri": SIGNED_OUT},
        {**mine, "post_logout_redirect_uri": f"{SIGNED_OUT}?x=1"},
        {"post_logout_redirect_uri": "https://evil.example", "id_token_hint": hint},
        {"post_logout_redirect_uri": SIGNED_OUT, "id_token_hint": forged},
        {"post_logout_redirect_uri": SIGNED_OUT, "id_token_hint": tokens["access_token"]},
        {"post_logout_redirect_uri": SIGNED_OUT, "id_token_hint": hint, "client_id": app.client_id},
        {"post_logout_redirect_uri": SIGNED_OUT, "proven_hint": hint},
        {**mine, "post_logout_redirect_uri": SIGNED_OUT, "state": "s" * 40_000},
    ]
    for parameters in attempts:
        response = _logout(oauth, parameters)
        assert response.headers["location"].startswith(f"/{oauth.pool_id}/error?error="), parameters
        assert "set-cookie" not in response.headers
    assert _signed_in(oauth, web)


def test_what_a_post_has_proven_is_good_for_a_moment_and_for_one_pool(
    oauth: OAuth, web: Party, user: MadeUser, clock: Clock, make: Factory
) -> None:
    hint = oauth.tokens(web, user)["id_token"]
    form = {"id_token_hint": hint, "post_logout_redirect_uri": SIGNED_OUT}
    location: str = oauth.http.post(f"/{oauth.pool_id}/logout", data=form).headers["location"]
    assert hint not in location
    elsewhere = oauth.http.get(location.replace(oauth.pool_id, make.pool()))
    assert "/error?error=" in elsewhere.headers["location"]
    clock.advance(minutes=5)
    assert "/error?error=" in oauth.http.get(location).headers["location"]
    assert _signed_in(oauth, web)


def test_a_forged_id_token_is_refused_when_it_is_posted(oauth: OAuth, web: Party, user: MadeUser) -> None:
    forged = oauth.tokens(web, user)["id_token"][:-8] + "AAAAAAAA"
    refused = oauth.http.post(f"/{oauth.pool_id}/logout", data={"id_token_hint": forged})
    assert refused.headers["location"].startswith(f"/{oauth.pool_id}/error?error=invalid_request")
    assert _signed_in(oauth, web)


def test_tokens_of_somebody_in_many_groups_are_taken_everywhere(
    oauth: OAuth, web: Party, user: MadeUser, operator: Any, public: Any
) -> None:
    """A hundred groups with long names make tokens of 18,000 characters."""
    for number in range(100):
        name = f"group-with-a-long-name-{number:03}-".ljust(124, "x")
        operator.create_group(UserPoolId=oauth.pool_id, GroupName=name)
        operator.admin_add_user_to_group(UserPoolId=oauth.pool_id, Username=user.username, GroupName=name)
    tokens = oauth.tokens(web, user, scope="openid aws.cognito.signin.user.admin")
    access, hint = tokens["access_token"], tokens["id_token"]
    assert min(len(access), len(hint)) > 17_000

    assert public.get_user(AccessToken=access)["Username"] == user.username
    assert oauth.userinfo(access).json()["sub"] == user.sub
    assert oauth.post("/oauth2/userInfo", {"access_token": access}).json()["sub"] == user.sub
    assert oauth.post("/oauth2/introspect", {"token": access}, web.basic).json()["active"] is True
    # Only refresh tokens are revoked: it is told so for what it is.
    refused = oauth.post("/oauth2/revoke", {"token": access}, web.basic)
    assert refused.json()["error"] == "unsupported_token_type"

    parameters = {"id_token_hint": hint, "post_logout_redirect_uri": SIGNED_OUT}
    sent_on = oauth.http.post(f"/{oauth.pool_id}/logout", data=parameters)
    assert len(sent_on.headers["location"]) < 1_000
    for method in ("GET", "POST"):
        oauth.sign_in(user)
        assert _logout(oauth, parameters, method).headers["location"] == SIGNED_OUT
        assert not _signed_in(oauth, web)
    public.global_sign_out(AccessToken=access)
    assert oauth.userinfo(access).status_code == 401
