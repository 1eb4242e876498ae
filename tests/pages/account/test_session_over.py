"""What happens on an account page whose session has ended, or is too old for what its form asks: the way back, and what is said."""

from urllib.parse import parse_qs, urlsplit

import pytest

from app.web.pages.account_places import PLACES
from tests.conftest import Clock
from tests.factories import MadeUser
from tests.pages.account.conftest import Scene, SceneMaker
from tests.pages.browsing import Visitor
from tests.pages.conftest import AppMaker

ENDED = "Your session has ended. Sign in again."
UNDONE = "You had to sign in first, so nothing was changed. Please do it once more."


def _sign_in(visitor: Visitor, user: MadeUser) -> Visitor:
    return visitor.submit({"username": user.username, "password": user.password})


def _own_addresses(visitor: Visitor, scene: Scene) -> tuple[set[str], set[str]]:
    """The links and the actions of forms that lead to account pages."""
    found = (
        {link.get("href") for link in visitor.page.all("a")},
        {form.get("action") for form in visitor.page.all("form")},
    )
    links, actions = ({each for each in one if each.startswith(scene.url("/account"))} for one in found)
    return links, actions


@pytest.fixture
def of_two(make_scene: SceneMaker, make_app: AppMaker) -> Scene:
    """Signed in to the account page of a pool with two apps."""
    scene = make_scene()
    app = make_app(scene.app.pool_id, "https://second.example/cb")
    _sign_in(scene.open(f"/account?client_id={app.client_id}"), scene.user)
    return scene


def test_with_several_apps_every_link_and_form_still_leads_to_the_sign_in(of_two: Scene, clock: Clock) -> None:
    assert of_two.visitor.heading == "Your profile"
    links, actions = _own_addresses(of_two.visitor, of_two)
    for place in sorted(PLACES):
        more_links, more_actions = _own_addresses(of_two.open(place), of_two)
        links, actions = links | more_links, actions | more_actions
    assert {urlsplit(address).path.removeprefix(f"/{of_two.app.pool_id}") for address in links | actions} >= {
        "/account/sessions",
        "/account/email",
        "/account/password",
        "/account/delete",
    }
    clock.advance(minutes=61)
    for address in sorted(links):
        assert of_two.visitor.open(address).heading == "Sign in", address
    for address in sorted(actions):
        assert of_two.visitor.post(address, {"submit": "x"}).heading == "Sign in", address


def test_with_several_apps_the_page_can_be_reloaded_after_each_sign_in(of_two: Scene, clock: Clock) -> None:
    """Also where the page is about one of several things, and where a form was not ours."""
    for _ in range(2):
        here = str(of_two.visitor.response.url)
        clock.advance(minutes=61)
        _sign_in(of_two.visitor.open(here), of_two.user)
        assert of_two.visitor.path == "/account"
    refused = of_two.visitor.post(of_two.url("/account/passkey"), {"id": "abc", "_csrf": "x"})
    assert refused.heading == "This page has expired"
    (restart,) = (link.get("href") for link in refused.page.all("a") if "/account" in link.get("href"))
    assert parse_qs(urlsplit(restart).query).keys() == {"id", "client_id"}
    clock.advance(minutes=61)
    assert of_two.visitor.open(restart).heading == "Sign in"


def test_a_form_that_is_not_taken_is_told_before_and_after_the_sign_in(scene: Scene, clock: Clock) -> None:
    visitor = scene.open("/account")
    clock.advance(minutes=61)
    visitor.submit({"name": "Maya"})
    assert visitor.heading == "Sign in"
    assert ENDED in visitor.text
    assert visitor.page.one("h1").text == "Sign in"
    assert "to continue to your account" in visitor.text
    assert "Boats" not in visitor.text
    _sign_in(visitor, scene.user)
    assert (visitor.path, visitor.heading) == ("/account", "Your profile")
    assert UNDONE in visitor.text
    assert "name" not in scene.attributes()
    visitor.submit({"name": "Maya"})
    assert UNDONE not in visitor.text
    assert "Your profile is saved." in visitor.text
    assert scene.attributes()["name"] == "Maya"


def test_so_it_is_where_only_the_sign_in_is_too_long_ago(scene: Scene, clock: Clock) -> None:
    visitor = scene.open("/account/email")
    clock.advance(minutes=11)
    visitor.submit({"email": "maya@other.example"}, button="change")
    assert "sign in again" in visitor.text
    _sign_in(visitor, scene.user)
    assert visitor.path == "/account/email"
    assert UNDONE in visitor.text
    assert scene.attributes()["email"] == scene.email
    clock.advance(minutes=11)
    _sign_in(scene.open("/account/email"), scene.user)
    assert visitor.path == "/account/email"
    assert UNDONE not in visitor.text


def test_a_page_that_is_only_looked_at_says_that_the_session_has_ended(
    scene: Scene, clock: Clock, other_visitor: Visitor
) -> None:
    clock.advance(minutes=61)
    assert ENDED in scene.open("/account").text
    assert UNDONE not in _sign_in(scene.visitor, scene.user).text
    assert scene.visitor.heading == "Your profile"
    assert ENDED not in other_visitor.open(scene.url("/account")).text


def test_who_signs_up_on_the_way_is_told_the_same(make_scene: SceneMaker) -> None:
    assert "to continue to your account" in make_scene().open("/account").follow("Create an account").text


@pytest.mark.parametrize("proof", ["x", "another browser's"])
def test_nobody_else_can_have_it_said(scene: Scene, other_visitor: Visitor, clock: Clock, proof: str) -> None:
    clock.advance(minutes=61)
    _sign_in(scene.visitor.post(scene.url("/account"), {"submit": "save"}), scene.user)
    told = parse_qs(urlsplit(str(scene.visitor.response.url)).query)
    assert UNDONE in scene.visitor.text
    query = {"client_id": scene.app.client_id, "account": "/account"}
    query["unsaved"] = told["unsaved"][0] if proof != "x" else proof
    other_visitor.open(scene.url("/login"), params=query)
    _sign_in(other_visitor, scene.user)
    assert other_visitor.heading == "Your profile"
    assert UNDONE not in other_visitor.text


def test_a_form_of_another_site_is_no_change_of_theirs(scene: Scene, clock: Clock) -> None:
    clock.advance(minutes=61)
    headers = {"origin": "https://evil.example", "sec-fetch-site": "cross-site"}
    scene.visitor.post(scene.url("/account"), {"submit": "save"}, headers=headers)
    assert UNDONE not in _sign_in(scene.visitor, scene.user).text
