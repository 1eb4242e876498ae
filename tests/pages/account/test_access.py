"""Who gets to the account pages: the setting, the session, recent sign-ins, and forms that are not ours."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from app.web.cookies import pool_tag
from app.web.pages.account_places import PLACES
from tests.conftest import Clock
from tests.factories import Factory
from tests.in_process import InProcessServer
from tests.pages.account.conftest import Scene, SceneMaker
from tests.pages.browsing import Visitor
from tests.pages.conftest import AppMaker

FRESH = ["/account/email", "/account/phone", "/account/password", "/account/delete"]


@pytest.mark.parametrize("place", sorted(PLACES))
def test_a_pool_has_none_unless_it_says_so(scene: Scene, ours: Any, place: str) -> None:
    assert scene.open(place).response.status_code == 200
    ours.update_pool_settings(UserPoolId=scene.app.pool_id, AccountPage="DISABLED")
    visitor = scene.open(place)
    assert (visitor.response.status_code, visitor.heading) == (404, "Page not found")
    posted = visitor.post(scene.url(place), {"submit": "save"})
    assert (posted.response.status_code, posted.heading) == (404, "Page not found")
    assert visitor.open("/us-east-1_nothing" + place).response.status_code == 404


def test_by_default_there_is_none(visitor: Visitor, make_app: AppMaker) -> None:
    assert visitor.open(f"/{make_app().pool_id}/account").response.status_code == 404


@pytest.mark.parametrize("place", sorted(PLACES))
def test_a_page_is_kept_and_framed_by_nobody(scene: Scene, place: str) -> None:
    headers = scene.open(place).response.headers
    assert headers["cache-control"] == "no-store"
    assert headers["x-frame-options"] == "DENY"
    assert headers["referrer-policy"] == "same-origin"
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; ")
    assert "form-action 'self';" in policy
    assert "frame-ancestors 'none'" in policy
    assert "unsafe" not in policy
    has_passkeys = place == "/account/add-passkey" and "Add a passkey" in scene.visitor.heading
    assert ("script-src" in policy) == (has_passkeys or place == "/account/password")


@pytest.mark.parametrize("place", ["/account", "/account/password", "/account/sessions"])
def test_a_sign_in_leads_to_the_page_that_was_asked_for(make_scene: SceneMaker, place: str) -> None:
    scene = make_scene()
    visitor = scene.open(place)
    assert visitor.heading == "Sign in"
    visitor.submit({"username": scene.user.username, "password": scene.user.password})
    assert (visitor.response.status_code, visitor.path) == (200, place)
    assert scene.user.username in visitor.text


def test_a_wrong_password_leads_nowhere(make_scene: SceneMaker) -> None:
    scene = make_scene()
    visitor = scene.open("/account").submit({"username": scene.user.username, "password": "Wrong-Horse-9"})
    assert visitor.heading == "Sign in"
    assert visitor.errors
    assert scene.open("/account").heading == "Sign in"


def test_of_several_apps_one_must_be_named(make_scene: SceneMaker, make_app: AppMaker) -> None:
    scene = make_scene()
    other = make_app(scene.app.pool_id, "https://second.example/cb")
    assert scene.open("/account").heading == "This link does not work"
    visitor = scene.open(f"/account?client_id={other.client_id}")
    visitor.submit({"username": scene.user.username, "password": scene.user.password})
    assert visitor.heading == "Your profile"
    assert scene.open("/account").heading == "Your profile"


@pytest.mark.parametrize(
    "account",
    [
        "//evil.example",
        "https://evil.example/account",
        "/account/../login",
        "/account/none",
        "/account?id=a b",
        "/account?next=/x",
        "/account\\@evil.example",
        "/accountx",
    ],
)
def test_a_sign_in_leads_to_no_other_place(make_scene: SceneMaker, account: str) -> None:
    scene = make_scene()
    answer = scene.visitor.http.get(scene.url("/login"), params={"client_id": scene.app.client_id, "account": account})
    assert answer.status_code == 400
    assert "<form" not in answer.text


def test_an_authorize_request_cannot_be_turned_into_one_of_the_account(make_scene: SceneMaker) -> None:
    scene = make_scene()
    answer = scene.visitor.http.get(scene.app.url("/login", account="/account"))
    assert answer.status_code == 200
    scene.visitor.open(scene.app.url("/login", account="/account"))
    scene.visitor.submit({"username": scene.user.username, "password": scene.user.password})
    assert scene.visitor.away.startswith("https://app.example/callback?code=")


def test_an_app_without_hosted_pages_is_no_way_in(make_scene: SceneMaker, make: Factory) -> None:
    scene = make_scene()
    machine = make.client(scene.app.pool_id)["ClientId"]
    foreign = make_scene().app.client_id
    for client_id in (machine, foreign, "nobody"):
        assert scene.open(f"/account?client_id={client_id}").heading == "This link does not work"
        answer = scene.visitor.http.get(scene.url("/login"), params={"client_id": client_id, "account": "/account"})
        assert answer.status_code == 400


@pytest.mark.parametrize("place", FRESH)
def test_what_matters_needs_a_recent_sign_in(scene: Scene, clock: Clock, place: str) -> None:
    assert scene.open(place).response.status_code == 200
    token = scene.visitor.hidden("sign_out")
    clock.advance(minutes=11)
    assert scene.open(place).heading == "Sign in"
    refused = scene.visitor.post(scene.url(place), {**token, "submit": "x"})
    assert refused.heading == "Sign in"
    assert "sign in again" in refused.text
    assert refused.page.with_id("username").get("value") == scene.user.username
    refused.submit({"username": scene.user.username, "password": scene.user.password})
    assert (refused.response.status_code, refused.path) == (200, place)


def test_other_pages_do_not(scene: Scene, clock: Clock) -> None:
    clock.advance(minutes=50)
    for place in ("/account", "/account/security", "/account/sessions", "/account/data"):
        assert scene.open(place).path == place


def test_the_session_has_an_end(scene: Scene, clock: Clock) -> None:
    clock.advance(minutes=61)
    assert scene.open("/account").heading == "Sign in"


def test_each_sign_in_has_a_secret_of_its_own(scene: Scene, clock: Clock, server: InProcessServer) -> None:
    """Session fixation: what the browser showed before a sign-in opens nothing after it."""
    jar = scene.visitor.http.cookies
    (name,) = (name for name in jar if "session" in name)
    before = jar[name]
    clock.advance(minutes=11)
    scene.open("/account/password").submit({"username": scene.user.username, "password": scene.user.password})
    assert scene.visitor.path == "/account/password"
    assert jar[name] != before
    with server.http_client() as client:
        client.cookies.set(name, before)
        assert Visitor(client).open(scene.url("/account")).heading == "Sign in"


def test_a_session_of_another_pool_opens_nothing(scene: Scene, make_scene: SceneMaker) -> None:
    other = make_scene()
    jar = scene.visitor.http.cookies
    (name,) = (name for name in jar if "session" in name)
    secret = jar[name]
    scene.visitor.http.cookies.set(f"ph_session_{pool_tag(other.app.pool_id)}", secret)
    assert scene.visitor.open(other.url("/account")).heading == "Sign in"


def _forged(scene: Scene) -> dict[str, str]:
    scene.open("/account")
    return {**scene.visitor.hidden("submit"), "name": "Mallory", "submit": "save"}


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": "https://evil.example"},
        {"origin": "null"},
        {"sec-fetch-site": "cross-site"},
        {"sec-fetch-site": "same-site"},
    ],
)
def test_a_form_of_another_site_does_nothing(scene: Scene, headers: dict[str, str]) -> None:
    form = _forged(scene)
    assert scene.visitor.post(scene.url("/account"), form, headers=headers).heading == "This page has expired"
    assert "name" not in scene.attributes()


def test_a_form_without_our_token_does_nothing(scene: Scene) -> None:
    form = _forged(scene)
    for token in ("", "x", form["_csrf"][:-1], form["_csrf"] + "A"):
        answer = scene.visitor.post(scene.url("/account"), {**form, "_csrf": token})
        assert (answer.response.status_code, answer.heading) == (400, "This page has expired")
    assert "name" not in scene.attributes()


def test_a_form_of_another_browser_or_user_does_nothing(scene: Scene, make: Factory, other_visitor: Visitor) -> None:
    """Two tabs: the form was made for whoever was signed in then."""
    form = _forged(scene)
    other = make.user(scene.app.pool_id)
    other_visitor.open(scene.app.url()).submit({"username": scene.user.username, "password": scene.user.password})
    assert other_visitor.post(scene.url("/account"), form).heading == "This page has expired"
    scene.visitor.open(scene.app.url(prompt="login")).submit({"username": other.username, "password": other.password})
    assert scene.visitor.post(scene.url("/account"), form).heading == "This page has expired"
    assert "name" not in scene.attributes()


def test_a_form_outlives_a_new_sign_in_of_its_user(scene: Scene) -> None:
    form = _forged(scene)
    scene.visitor.open(scene.app.url(prompt="login"))
    scene.visitor.submit({"username": scene.user.username, "password": scene.user.password})
    assert scene.visitor.post(scene.url("/account"), form).heading == "Your profile"
    assert scene.attributes()["name"] == "Mallory"


@pytest.mark.parametrize("change", ["disabled", "reset", "temporary", "deleted"])
def test_who_may_not_sign_in_has_no_account_page(scene: Scene, operator: Any, change: str) -> None:
    names = {"UserPoolId": scene.app.pool_id, "Username": scene.user.username}
    match change:
        case "disabled":
            operator.admin_disable_user(**names)
        case "reset":
            operator.admin_reset_user_password(**names)
        case "temporary":
            operator.admin_set_user_password(**names, Password="Other-Horse-8", Permanent=False)
        case _:
            operator.admin_delete_user(**names)
    assert scene.open("/account").heading == "Sign in"


def test_a_notice_is_only_ours(scene: Scene) -> None:
    assert "Your password is changed." not in scene.open("/account?done=password_changed&proof=x").text
    scene.open("/account").submit({"name": "Maya"})
    assert "Your profile is saved." in scene.visitor.text
    proof = str(scene.visitor.response.url.params["proof"])
    assert "Your password is changed." not in scene.open(f"/account?done=password_changed&proof={proof}").text


def test_the_way_out(scene: Scene) -> None:
    scene.open("/account/security").submit(button="sign_out")
    assert scene.visitor.heading == "You are signed out"
    assert scene.open("/account").heading == "Sign in"
    assert "session.ended" in scene.kinds()


def test_on_a_host_of_its_own(make_scene: SceneMaker, operator: Any, served: InProcessServer) -> None:
    """There at the root; from the issuer path the way leads there."""
    scene = make_scene()
    visitor = Visitor(served.http_client())
    host = f"{scene.app.client_id}.login.harbour.example"
    operator.create_user_pool_domain(
        UserPoolId=scene.app.pool_id,
        Domain=host,
        CustomDomainConfig={"CertificateArn": "arn:aws:acm:us-east-1:123456789012:certificate/abcdef"},
    )
    visitor.open(scene.url("/account/security?client_id=x"))
    assert visitor.away == f"https://{host}/account/security?client_id=x"
    found = visitor.http.get(f"https://{host}/account/security")
    location = found.headers["location"]
    assert (found.status_code, location.partition("?")[0]) == (303, "/login")
    assert parse_qs(urlsplit(location).query)["account"] == ["/account/security"]
    assert visitor.post(scene.url("/account"), {"submit": "save"}).heading == "This page has expired"
    visitor.http.close()


def test_signing_out_twice_is_signing_out(scene: Scene) -> None:
    visitor = scene.open("/account")
    action, form = visitor.action("sign_out"), {**visitor.hidden("sign_out"), "submit": "sign_out"}
    for _ in range(2):
        assert visitor.post(action, form).heading == "You are signed out"
