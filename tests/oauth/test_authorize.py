"""The authorization endpoint: who is sent where, and what a browser must have done before."""

from collections.abc import Callable
from urllib.parse import parse_qsl, urlsplit

import httpx
import pytest

from app.flows.authorize import seal_continuation
from app.flows.authorize_requests import Pairs
from tests.conftest import Clock
from tests.factories import Factory, MadeUser
from tests.oauth.relying_party import CALLBACK, OAuth, Party, Verifier, answer_of


def _login_parameters(response: httpx.Response, oauth: OAuth) -> list[tuple[str, str]]:
    """The parameters that a redirect takes to the sign-in page."""
    assert response.status_code == 302
    location = urlsplit(response.headers["location"])
    assert (location.netloc, location.path) == ("", f"/{oauth.pool_id}/login")
    return parse_qsl(location.query, keep_blank_values=True, strict_parsing=True)


def _continue(oauth: OAuth, make: Factory, pairs: Pairs, session_id: str) -> str:
    return seal_continuation(make.work(), oauth.pool_id, pairs, session_id)


def _redeem(oauth: OAuth, client: Party, code: str, given: dict[str, str]) -> httpx.Response:
    """Redeems a code with no redirect URI but the given one."""
    return oauth.post("/oauth2/token", {"grant_type": "authorization_code", "code": code, **given}, client.basic)


def test_without_a_session_the_browser_goes_to_login(oauth: OAuth, web: Party) -> None:
    response = oauth.authorize(web, login_hint="ada+1@example.com", lang="de", unknown="ü")
    pairs = dict(_login_parameters(response, oauth))
    assert pairs["login_hint"] == "ada+1@example.com"
    assert (pairs["state"], pairs["redirect_uri"], pairs["unknown"]) == ("st/?&=ate", CALLBACK, "ü")
    assert response.headers["cache-control"] == "no-store"
    assert "access-control-allow-origin" not in response.headers


def test_with_a_session_the_code_comes_at_once(oauth: OAuth, web: Party, user: MadeUser) -> None:
    oauth.sign_in(user)
    answer = answer_of(oauth.authorize(web))
    assert answer.keys() == {"tenant", "code", "state", "iss"}
    assert (answer["tenant"], answer["state"], answer["iss"]) == ("7", "st/?&=ate", oauth.issuer)
    assert len(answer["code"]) == 43


def test_private_scheme_redirect(oauth: OAuth, web: Party, user: MadeUser) -> None:
    oauth.sign_in(user)
    location = oauth.authorize(web, redirect_uri="myapp://callback").headers["location"]
    assert location.startswith("myapp://callback?code=")


def test_session_serves_every_client_of_the_pool_for_an_hour(
    oauth: OAuth, web: Party, app: Party, user: MadeUser, clock: Clock
) -> None:
    oauth.sign_in(user)
    clock.advance(minutes=59)
    assert "code" in answer_of(oauth.authorize(web))
    assert "code" in answer_of(oauth.authorize(app, **Verifier().parameters))
    clock.advance(minutes=1)
    _login_parameters(oauth.authorize(web), oauth)


def test_session_of_another_pool_is_worth_nothing(oauth: OAuth, web: Party, make: Factory) -> None:
    other = OAuth(oauth.http, make, oauth.resources, make.pool())
    other.sign_in(make.user(other.pool_id))
    _login_parameters(oauth.authorize(web), oauth)


def test_prompt_none(oauth: OAuth, web: Party, user: MadeUser) -> None:
    state = "x" * 128
    assert answer_of(oauth.authorize(web, prompt="none", state=state)) == {
        "tenant": "7",
        "error": "login_required",
        "error_description": "Nobody is signed in as the request wants.",
        "state": state,
        "iss": oauth.issuer,
    }
    oauth.sign_in(user)
    assert "code" in answer_of(oauth.authorize(web, prompt="none"))


def test_prompt_consent(oauth: OAuth, web: Party, user: MadeUser, set_client: Callable[..., None]) -> None:
    """Cognito's clients are answered as if it had not been wanted; for strict ones the pages ask."""
    oauth.sign_in(user)
    assert "code" in answer_of(oauth.authorize(web, prompt="consent"))
    set_client(web, Profile="oidc")
    for prompt in ("consent", "login consent"):
        assert _login_parameters(oauth.authorize(web, prompt=prompt), oauth)


def test_consent_that_is_required(
    oauth: OAuth, web: Party, user: MadeUser, set_client: Callable[..., None], make: Factory
) -> None:
    session_id = oauth.sign_in(user)
    set_client(web, Consent="REQUIRED")
    assert answer_of(oauth.authorize(web, prompt="none"))["error"] == "consent_required"
    pairs = _login_parameters(oauth.authorize(web), oauth)
    continuation = _continue(oauth, make, pairs, session_id)
    assert _login_parameters(oauth.authorize(web, continuation=continuation), oauth), "a sign-in is no consent"


def test_identity_providers_that_the_client_does_not_have_change_nothing(
    oauth: OAuth, web: Party, user: MadeUser
) -> None:
    for parameters in ({"identity_provider": "Nobody"}, {"idp_identifier": "nobody.example"}):
        _login_parameters(oauth.authorize(web, **parameters), oauth)
    oauth.sign_in(user)
    assert "code" in answer_of(oauth.authorize(web, identity_provider="Nobody"))


@pytest.mark.parametrize("prompt", ["login", "select_account", "login consent"])
def test_prompt_asks_again_until_continued(
    oauth: OAuth, web: Party, user: MadeUser, make: Factory, prompt: str
) -> None:
    session_id = oauth.sign_in(user)
    pairs = _login_parameters(oauth.authorize(web, prompt=prompt), oauth)
    continuation = _continue(oauth, make, pairs, session_id)
    assert "code" in answer_of(oauth.authorize(web, prompt=prompt, continuation=continuation))
    again = oauth.authorize(web, prompt=prompt, continuation=continuation)
    assert "continuation" not in dict(_login_parameters(again, oauth))


def test_continuation_is_bound_to_session_request_and_time(
    oauth: OAuth, web: Party, user: MadeUser, make: Factory, clock: Clock
) -> None:
    session_id = oauth.sign_in(user)
    pairs = _login_parameters(oauth.authorize(web, prompt="login"), oauth)
    for_other_session = _continue(oauth, make, pairs, "sso" + "0" * 25)
    _login_parameters(oauth.authorize(web, prompt="login", continuation=for_other_session), oauth)
    good = _continue(oauth, make, pairs, session_id)
    _login_parameters(oauth.authorize(web, prompt="login", state="other", continuation=good), oauth)
    _login_parameters(oauth.authorize(web, prompt="login", continuation=good[:-4] + "AAAA"), oauth)
    _login_parameters(oauth.authorize(web, prompt="login", continuation="é"), oauth)
    clock.advance(minutes=5)
    _login_parameters(oauth.authorize(web, prompt="login", continuation=good), oauth)


def test_max_age(oauth: OAuth, web: Party, user: MadeUser, clock: Clock) -> None:
    oauth.sign_in(user)
    clock.advance(seconds=2)
    assert "code" in answer_of(oauth.authorize(web, max_age="10000"))
    _login_parameters(oauth.authorize(web, max_age="1"), oauth)
    assert answer_of(oauth.authorize(web, max_age="1", prompt="none"))["error"] == "login_required"


def test_auth_time_is_that_of_the_session(oauth: OAuth, web: Party, user: MadeUser, clock: Clock) -> None:
    first = oauth.decode(oauth.tokens(web, user)["id_token"]).claims
    clock.advance(seconds=30)
    second = oauth.decode(oauth.redeem(web, answer_of(oauth.authorize(web))["code"]).json()["id_token"]).claims
    assert second["auth_time"] == first["auth_time"]
    assert second["iat"] == first["iat"] + 30


def test_id_token_hint(oauth: OAuth, web: Party, user: MadeUser, make: Factory) -> None:
    hint = oauth.tokens(web, user)["id_token"]
    assert "code" in answer_of(oauth.authorize(web, prompt="none", id_token_hint=hint))
    oauth.sign_in(make.user(oauth.pool_id))
    assert answer_of(oauth.authorize(web, prompt="none", id_token_hint=hint))["error"] == "login_required"


def test_an_expired_id_token_is_a_hint_too(oauth: OAuth, web: Party, user: MadeUser, clock: Clock) -> None:
    hint = oauth.tokens(web, user)["id_token"]
    clock.advance(days=400)
    oauth.sign_in(user)
    assert "code" in answer_of(oauth.authorize(web, prompt="none", id_token_hint=hint))


def test_what_is_no_id_token_of_the_pool_is_no_hint(oauth: OAuth, web: Party, user: MadeUser, make: Factory) -> None:
    tokens = oauth.tokens(web, user)
    header, claims, signature = tokens["id_token"].split(".")
    pool = make.pool()
    foreign = make.tokens(make.client(pool)["ClientId"], make.user(pool))["IdToken"]
    for hint in ("x", tokens["access_token"], f"{header}.{claims}.{signature[::-1]}", f"{header}.{claims}.", foreign):
        for prompt in ("", "none", "login"):
            answer = answer_of(oauth.authorize(web, prompt=prompt, id_token_hint=hint))
            assert (answer["error"], answer["state"]) == ("invalid_request", "st/?&=ate")


def test_another_user_than_the_one_hinted_at_signs_in(oauth: OAuth, web: Party, user: MadeUser, make: Factory) -> None:
    hint = oauth.tokens(web, user)["id_token"]
    session_id = oauth.sign_in(make.user(oauth.pool_id))
    pairs = _login_parameters(oauth.authorize(web, id_token_hint=hint), oauth)
    continuation = _continue(oauth, make, pairs, session_id)
    answer = answer_of(oauth.authorize(web, id_token_hint=hint, continuation=continuation))
    assert (answer["error"], answer["state"]) == ("login_required", "st/?&=ate")
    other = _continue(oauth, make, pairs, oauth.sign_in(user))
    assert "code" in answer_of(oauth.authorize(web, id_token_hint=hint, continuation=other))


def test_post_is_sent_on_as_get(oauth: OAuth, web: Party, user: MadeUser) -> None:
    oauth.sign_in(user)
    response = oauth.authorize_by_post(web)
    assert response.status_code == 303
    followed = oauth.http.get(response.headers["location"])
    assert "code" in answer_of(followed)


def test_default_scope_is_everything_allowed(oauth: OAuth, web: Party, user: MadeUser) -> None:
    tokens = oauth.tokens(web, user, scope=None)
    assert tokens["scope"].split()[0] == "openid"
    assert "orders/read" in tokens["scope"].split()


@pytest.mark.parametrize(
    ("parameters", "error"),
    [
        ({"response_type": None}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_type": "code id_token"}, "unsupported_response_type"),
        ({"scope": "openid nonsense"}, "invalid_scope"),
        ({"scope": "openid orders/write"}, "invalid_scope"),
        ({"scope": "email"}, "invalid_scope"),
        ({"code_challenge": "a" * 43}, "invalid_request"),
        ({"code_challenge": "a" * 43, "code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": "S256"}, "invalid_request"),
        ({"code_challenge": "short", "code_challenge_method": "S256"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "dance"}, "invalid_request"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"max_age": "1e3"}, "invalid_request"),
        ({"response_mode": "form_post"}, "invalid_request"),
        ({"request": "ey.ey."}, "request_not_supported"),
        ({"request_uri": "https://app.example/r"}, "request_uri_not_supported"),
        ({"resource": "http://api.example"}, "invalid_target"),
        ({"resource": "https://api.example/#f"}, "invalid_target"),
        ({"resource": "api"}, "invalid_target"),
    ],
)
def test_errors_go_to_the_client(
    oauth: OAuth, web: Party, user: MadeUser, parameters: dict[str, str | None], error: str
) -> None:
    oauth.sign_in(user)
    answer = answer_of(oauth.authorize(web, **parameters))
    assert answer["error"] == error
    assert answer.keys() == {"tenant", "error", "error_description", "state", "iss"}
    assert answer["state"] == "st/?&=ate"


def test_public_clients_must_use_pkce(oauth: OAuth, app: Party) -> None:
    assert answer_of(oauth.authorize(app))["error"] == "invalid_request"


def test_client_without_code_flow(oauth: OAuth) -> None:
    client = oauth.client(AllowedOAuthFlows=["implicit"])
    assert answer_of(oauth.authorize(client))["error"] == "unauthorized_client"


@pytest.mark.parametrize(
    "redirect_uri",
    [
        "https://evil.example/callback",
        "https://app.example/callback",
        "https://app.example/callback?tenant=7&x=1",
        "https://app.example/callback?tenant=8",
        "https://app.example/callback/?tenant=7",
        "https://app.example:443/callback?tenant=7",
        "https://APP.example/callback?tenant=7",
        "https://app.example/callback?tenant=7#f",
        "https://app.example@evil.example/callback?tenant=7",
        "https://app.example/callback/../callback?tenant=7",
        "//app.example/callback?tenant=7",
        "javascript:alert(1)",
        " https://app.example/callback?tenant=7",
        "https://app.example/callback?tenant=7\r\nSet-Cookie: a=b",
        "",
        None,
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_unproven_redirect_uri_is_never_followed(
    oauth: OAuth, web: Party, user: MadeUser, redirect_uri: str | None, method: str
) -> None:
    oauth.sign_in(user)
    request = oauth.authorize if method == "GET" else oauth.authorize_by_post
    response = request(web, redirect_uri=redirect_uri)
    assert response.status_code == (302 if method == "GET" else 303)
    expected = f"/{oauth.pool_id}/error?error=redirect_mismatch&client_id={web.client_id}"
    assert response.headers["location"] == expected


@pytest.mark.parametrize(
    "name",
    [
        *("request", "request_uri", "registration", "response_mode", "scope", "nonce", "prompt", "max_age", "resource"),
        *("code_challenge", "code_challenge_method", "login_hint", "id_token_hint", "continuation", "unknown"),
    ],
)
def test_parameters_without_a_value_count_as_omitted(oauth: OAuth, web: Party, user: MadeUser, name: str) -> None:
    """RFC 6749 section 3.1."""
    _login_parameters(oauth.authorize(web, **{name: ""}), oauth)
    oauth.sign_in(user)
    assert "code" in answer_of(oauth.authorize(web, **{name: ""}))


def test_state_without_a_value_does_not_come_back(oauth: OAuth, web: Party, user: MadeUser) -> None:
    assert "state" not in answer_of(oauth.authorize(web, state="", prompt="none"))
    oauth.sign_in(user)
    assert answer_of(oauth.authorize(web, state="")).keys() == {"tenant", "code", "iss"}


def test_a_blank_method_does_not_replace_pkce(oauth: OAuth, app: Party) -> None:
    blank = {"code_challenge": "", "code_challenge_method": ""}
    assert answer_of(oauth.authorize(app, **blank))["error"] == "invalid_request"


@pytest.mark.parametrize("omitted", [None, ""])
def test_default_redirect_uri(oauth: OAuth, user: MadeUser, omitted: str | None) -> None:
    """Whoever names a redirect URI for the code afterwards must name the one that was used."""
    client = oauth.client(GenerateSecret=True, DefaultRedirectURI=CALLBACK)
    for given in ({}, {"redirect_uri": CALLBACK}, {"redirect_uri": ""}):
        assert _redeem(oauth, client, oauth.code(client, user, redirect_uri=omitted), given).status_code == 200
    for wrong in ("myapp://callback", "https://evil.example", CALLBACK + "#"):
        code = oauth.code(client, user, redirect_uri=omitted)
        refused = _redeem(oauth, client, code, {"redirect_uri": wrong})
        assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    named = oauth.code(client, user)
    assert _redeem(oauth, client, named, {}).json()["error"] == "invalid_grant"


def test_unknown_and_foreign_clients(oauth: OAuth, make: Factory) -> None:
    foreign = OAuth(oauth.http, make, oauth.resources, make.pool()).client(AllowedOAuthScopes=["openid"])
    for client_id in ("0" * 26, foreign.client_id, "a b&c"):
        response = oauth.authorize(Party(oauth.pool_id, client_id, None))
        assert response.headers["location"].startswith(f"/{oauth.pool_id}/error?error=invalid_client&client_id=")
    response = oauth.authorize(Party(oauth.pool_id, "", None))
    assert response.headers["location"] == f"/{oauth.pool_id}/error?error=invalid_request"


def test_repeated_parameters(oauth: OAuth, web: Party, user: MadeUser) -> None:
    oauth.sign_in(user)
    base = f"/{oauth.pool_id}/oauth2/authorize?response_type=code&client_id={web.client_id}"
    good = f"{base}&redirect_uri=https%3A%2F%2Fapp.example%2Fcallback%3Ftenant%3D7"
    assert answer_of(oauth.http.get(f"{good}&scope=openid&scope=openid"))["error"] == "invalid_request"
    assert answer_of(oauth.http.get(f"{good}&nonce=&nonce=a"))["error"] == "invalid_request"
    twice = oauth.http.get(f"{good}&redirect_uri=https%3A%2F%2Fevil.example")
    assert twice.headers["location"].startswith(f"/{oauth.pool_id}/error?error=redirect_mismatch")
    states = answer_of(oauth.http.get(f"{good}&state=a&state=b"))
    assert (states["error"], "state" in states) == ("invalid_request", False)


def test_response_cannot_be_split(oauth: OAuth, web: Party, user: MadeUser) -> None:
    oauth.sign_in(user)
    response = oauth.authorize(web, state="a\r\nSet-Cookie: x=y")
    assert "%0D%0A" in response.headers["location"]
    assert answer_of(response)["state"] == "a\r\nSet-Cookie: x=y"
    assert "set-cookie" not in response.headers


@pytest.mark.parametrize("query", ["%ff=1", "client_id=%00", "a=" + "b" * 9_000, "&".join(["a=1"] * 101)])
def test_malformed_requests_end_on_the_error_page(oauth: OAuth, query: str) -> None:
    response = oauth.http.get(f"/{oauth.pool_id}/oauth2/authorize?{query}")
    assert response.status_code == 302
    assert response.headers["location"] == f"/{oauth.pool_id}/error?error=invalid_request"


def test_unknown_pool(oauth: OAuth) -> None:
    assert oauth.http.get("/us-east-1_000000000/oauth2/authorize").status_code == 404
