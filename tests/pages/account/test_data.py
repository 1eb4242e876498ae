"""The download of everything, and the end of an account."""

import json
from typing import Any
from uuid import uuid4

import pytest

from tests.conftest import Clock
from tests.factories import PASSWORD, Factory
from tests.pages.account.conftest import Scene, SceneMaker
from tests.pages.account.test_security import _add_app
from tests.pages.browsing import Visitor


def test_the_download(guarded: Scene, clock: Clock, operator: Any) -> None:
    seed = _add_app(guarded, clock, "My phone")
    pool = {"UserPoolId": guarded.app.pool_id}
    operator.create_group(GroupName="sailors", Description="Those who sail", **pool)
    operator.admin_add_user_to_group(GroupName="sailors", Username=guarded.user.username, **pool)
    visitor = guarded.open("/account/data").submit(button="download")
    response = visitor.response
    assert response.headers["content-type"] == "application/json"
    assert response.headers["content-disposition"] == 'attachment; filename="account.json"'
    assert response.headers["cache-control"] == "no-store"
    assert response.headers["x-content-type-options"] == "nosniff"
    assert "sandbox" in response.headers["content-security-policy"]
    found = json.loads(response.text)
    assert found["profile"]["username"] == guarded.user.username
    assert found["profile"]["attributes"]["email"] == guarded.email
    assert found["groups"] == [{"name": "sailors", "description": "Those who sail"}]
    assert found["factors"]["authenticator_apps"] == [{"name": "My phone"}]
    assert found["factors"]["has_password"] is True
    assert found["factors"]["mfa"] == {"enabled": ["SOFTWARE_TOKEN_MFA"], "preferred": "SOFTWARE_TOKEN_MFA"}
    assert [session["current"] for session in found["sessions"]] == [True]
    kinds = [event["kind"] for event in found["events"]]
    assert "account.exported" in kinds
    assert "mfa.software_token_verified" in kinds
    assert found["has_older_events"] is False
    assert seed not in response.text
    for secret in ("hash", "verifier", "arn:", "seed"):
        assert secret not in response.text


def test_whose_user_id_is_no_name_finds_it_there(make_scene: SceneMaker, scene: Scene) -> None:
    named_by_mail = make_scene(username=f"kim-{uuid4().hex[:8]}@example.com", UsernameAttributes=["email"]).sign_in()
    user_id = named_by_mail.user.sub
    assert f"User ID The name of your account in our system. Support may ask you for it. {user_id}" in (
        named_by_mail.open("/account/data").text
    )
    assert user_id not in named_by_mail.open("/account").text
    assert "User ID" not in make_scene().sign_in().open("/account/data").text


def test_it_tells_nothing_of_others(guarded: Scene, make: Factory) -> None:
    other = make.user(guarded.app.pool_id, email="sam@example.com")
    text = guarded.open("/account/data").submit(button="download").response.text
    assert other.username not in text
    assert other.sub not in text


def test_the_download_needs_a_recent_sign_in(scene: Scene, clock: Clock) -> None:
    scene.open("/account/data")
    clock.advance(minutes=11)
    visitor = scene.visitor.submit(button="download")
    assert visitor.heading == "Sign in"
    assert "account.exported" not in scene.kinds()
    visitor.submit({"username": scene.user.username, "password": scene.user.password})
    assert visitor.path == "/account/data"


def test_downloads_have_an_end(scene: Scene) -> None:
    for _ in range(10):
        assert scene.open("/account/data").submit(button="download").response.status_code == 200
    assert scene.open("/account/data").submit(button="download").response.status_code == 429


def test_linked_accounts_are_listed(scene: Scene, operator: Any) -> None:
    assert "Linked accounts" not in scene.open("/account/data").text, "there are none"
    pool = {"UserPoolId": scene.app.pool_id}
    operator.create_identity_provider(
        ProviderName="Lighthouse",
        ProviderType="OIDC",
        ProviderDetails={
            "client_id": "x",
            "client_secret": "y",
            "attributes_request_method": "GET",
            "oidc_issuer": "https://idp.example",
            "authorize_scopes": "openid",
            "authorize_url": "https://idp.example/a",
            "token_url": "https://idp.example/t",
            "attributes_url": "https://idp.example/u",
            "jwks_uri": "https://idp.example/j",
        },
        **pool,
    )
    assert "Lighthouse" not in scene.open("/account/data").text
    operator.admin_link_provider_for_user(
        DestinationUser={"ProviderName": "Cognito", "ProviderAttributeValue": scene.user.username},
        SourceUser={
            "ProviderName": "Lighthouse",
            "ProviderAttributeName": "Cognito_Subject",
            "ProviderAttributeValue": "maya",
        },
        **pool,
    )
    assert "Lighthouse" in scene.open("/account/data").text
    found = json.loads(scene.visitor.submit(button="download").response.text)
    assert found["linked_accounts"][0]["provider"] == "Lighthouse"


@pytest.mark.parametrize("typed", ["", "delete", "DELETE MY ACCOUNT"])
def test_what_is_not_the_name_deletes_nothing(scene: Scene, typed: str) -> None:
    visitor = scene.open("/account/delete").submit({"confirmation": typed})
    assert visitor.wrong_inputs == {"confirmation": "This is not the name of your account. Type it as it is shown."}
    assert scene.open("/account").heading == "Your profile"


def test_the_end(scene: Scene, other_visitor: Visitor, operator: Any) -> None:
    other_visitor.open(scene.app.url()).submit({"username": scene.user.username, "password": scene.user.password})
    visitor = scene.open("/account/delete")
    action, form = visitor.action(), {**visitor.hidden(), "submit": "delete"}
    visitor.submit({"confirmation": f" {scene.user.username} "})
    assert visitor.heading == "Your account is deleted"
    assert "user.deleted" in scene.kinds()
    assert scene.notices() == ["Your account was deleted"]
    with pytest.raises(operator.exceptions.UserNotFoundException):
        operator.admin_get_user(UserPoolId=scene.app.pool_id, Username=scene.user.username)
    assert not [name for name in visitor.http.cookies if "session" in name and visitor.http.cookies[name]]
    for browser in (visitor, other_visitor):
        assert browser.open(scene.url("/account")).heading == "Sign in"
    for _ in range(2):
        assert visitor.post(action, form).heading == "Your account is deleted", "sent twice, or reloaded"
    assert other_visitor.post(action, form).heading == "Sign in"
    headers = {"origin": "https://evil.example"}
    assert visitor.post(action, form, headers=headers).heading == "Sign in"


def test_a_form_that_has_deleted_nothing_does_not_say_so(scene: Scene) -> None:
    visitor = scene.open("/account/delete")
    action, form = visitor.action(), {**visitor.hidden(), "submit": "delete", "confirmation": "x"}
    visitor.http.cookies.delete(next(name for name in visitor.http.cookies if "session" in name))
    of_sign_in = scene.open("/account").hidden()["request"]
    for handle in (form["request"], of_sign_in, "", "x"):
        assert visitor.post(action, {**form, "request": handle}).heading == "Sign in"


def test_the_name_is_what_one_signs_in_with(make_scene: SceneMaker) -> None:
    scene = make_scene(
        username="lee@example.com",
        UsernameAttributes=["email"],
        UsernameConfiguration={"CaseSensitive": False},
    )
    scene.visitor.open(scene.app.url()).submit({"email": scene.email, "username": scene.email, "password": PASSWORD})
    visitor = scene.open("/account/delete").submit({"confirmation": scene.user.username})
    assert visitor.wrong_inputs.keys() == {"confirmation"}
    assert visitor.submit({"confirmation": "LEE@example.com"}).heading == "Your account is deleted"


def test_deleting_needs_a_recent_sign_in(scene: Scene, clock: Clock) -> None:
    visitor = scene.open("/account/delete")
    clock.advance(minutes=11)
    visitor.submit({"confirmation": scene.user.username})
    assert visitor.heading == "Sign in"
    scene.operator.admin_get_user(UserPoolId=scene.app.pool_id, Username=scene.user.username)
