"""What ends the sessions of browsers: a password that is changed elsewhere, an operator, signing out everywhere."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from app.core.sessions import list_sso_sessions
from tests.conftest import Clock
from tests.factories import Factory, MadeUser
from tests.in_process import InProcessServer
from tests.pages.account.conftest import Scene, SceneMaker
from tests.pages.browsing import App, Visitor, messages_to

NEW = "Other-Horse-8"
ADMIN = "aws.cognito.signin.user.admin"


def _browser(server: InProcessServer, app: App, user: MadeUser) -> Visitor:
    """A browser of its own that is signed in."""
    visitor = Visitor(server.http_client())
    visitor.open(app.url()).submit({"username": user.username, "password": user.password})
    assert visitor.code()
    return visitor


def _is_signed_in(visitor: Visitor, scene: Scene) -> bool:
    return visitor.open(scene.url("/account")).heading == "Your profile"


def _api_token(make: Factory, scene: Scene) -> str:
    client_id = make.client(scene.app.pool_id)["ClientId"]
    return str(make.tokens(client_id, scene.user)["AccessToken"])


def _reset_by_code(server: InProcessServer, scene: Scene, password: str = NEW) -> None:
    """The owner, in a browser that nobody is signed in to."""
    visitor = Visitor(server.http_client())
    visitor.open(scene.app.url("/forgotPassword")).submit({"username": scene.user.username})
    (code,) = re.findall(r"\b\d{6}\b", messages_to(scene.resources, scene.email)[0].text)
    visitor.submit({"code": code, "password": password, "confirm_password": password})
    assert "Your password is changed." in visitor.text


@pytest.fixture
def change(
    make: Factory, scene: Scene, operator: Any, public: Any, server: InProcessServer, request: pytest.FixtureRequest
) -> Callable[[], object]:
    """What somebody does to the user of `scene`, by the name of the operation."""
    names = {"UserPoolId": scene.app.pool_id, "Username": scene.user.username}
    changes: dict[str, Callable[[], object]] = {
        "ConfirmForgotPassword": lambda: _reset_by_code(server, scene),
        "AdminSetUserPassword": lambda: operator.admin_set_user_password(**names, Password=NEW, Permanent=True),
        "AdminResetUserPassword": lambda: operator.admin_reset_user_password(**names),
        "AdminDisableUser": lambda: operator.admin_disable_user(**names),
        "AdminUserGlobalSignOut": lambda: operator.admin_user_global_sign_out(**names),
        "GlobalSignOut": lambda: public.global_sign_out(AccessToken=_api_token(make, scene)),
        "ChangePassword": lambda: public.change_password(
            AccessToken=_api_token(make, scene), PreviousPassword=scene.user.password, ProposedPassword=NEW
        ),
    }
    return changes[request.param]


CHANGES = {
    "ConfirmForgotPassword": "password.reset",
    "AdminSetUserPassword": "password.set",
    "AdminResetUserPassword": "password.reset_requested",
    "AdminDisableUser": "user.disabled",
    "AdminUserGlobalSignOut": "sign_out",
    "GlobalSignOut": "sign_out",
    "ChangePassword": "password.changed",
}


@pytest.mark.parametrize(("change", "kind"), CHANGES.items(), indirect=["change"])
def test_every_browser_of_the_user_is_signed_out_and_nobody_elses(
    scene: Scene,
    make_scene: SceneMaker,
    make: Factory,
    server: InProcessServer,
    operator: Any,
    change: Callable[[], object],
    kind: str,
) -> None:
    """Also of one that is enabled again, and a code that a browser was given before opens nothing."""
    thief = _browser(server, scene.app, scene.user)
    waiting = thief.open(scene.app.url()).code()
    neighbour = _browser(server, scene.app, make.user(scene.app.pool_id))
    other = make_scene()
    namesake = _browser(server, other.app, make.user(other.app.pool_id, scene.user.username))
    assert _is_signed_in(thief, scene)
    assert _is_signed_in(scene.visitor, scene)

    change()

    operator.admin_enable_user(UserPoolId=scene.app.pool_id, Username=scene.user.username)
    assert not _is_signed_in(thief, scene)
    assert not _is_signed_in(scene.visitor, scene)
    assert "error" in scene.tokens(waiting)
    assert _is_signed_in(neighbour, scene)
    assert _is_signed_in(namesake, other)
    assert kind in scene.kinds()


def test_the_account_chooser_offers_nobody_who_was_signed_out(
    scene: Scene, make: Factory, server: InProcessServer
) -> None:
    other = make.user(scene.app.pool_id)
    scene.visitor.open(scene.app.url(prompt="select_account")).submit(button="another")
    scene.visitor.submit({"username": other.username, "password": other.password})
    chooser = scene.visitor.open(scene.app.url(prompt="select_account"))
    assert scene.user.username in chooser.text
    _reset_by_code(server, scene)
    chooser = scene.visitor.open(scene.app.url(prompt="select_account"))
    assert other.username in chooser.text
    assert scene.user.username not in chooser.text


def _token_of_browser(scene: Scene, **options: Any) -> str:
    """An access token that came through the session of the scene's browser."""
    scene.operator.update_user_pool_client(
        UserPoolId=scene.app.pool_id,
        ClientId=scene.app.client_id,
        CallbackURLs=[scene.app.redirect_uri],
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email", ADMIN],
        SupportedIdentityProviders=["COGNITO"],
        **options,
    )
    code = scene.visitor.open(scene.app.url(scope=f"openid {ADMIN}")).code()
    return str(scene.tokens(code)["access_token"])


@pytest.mark.parametrize("revocation", [True, False])
def test_the_browser_that_an_app_changes_the_password_in_stays(
    scene: Scene, server: InProcessServer, public: Any, clock: Clock, *, revocation: bool
) -> None:
    """Though what matters there needs a sign-in with the new password. Without revocation tokens name no family."""
    token = _token_of_browser(scene, EnableTokenRevocation=revocation)
    elsewhere = _browser(server, scene.app, scene.user)
    clock.advance(seconds=1)
    public.change_password(AccessToken=token, PreviousPassword=scene.user.password, ProposedPassword=NEW)
    assert not _is_signed_in(elsewhere, scene)
    assert _is_signed_in(scene.visitor, scene)
    visitor = scene.open("/account/email")
    assert visitor.heading == "Sign in"
    assert "sign in again" in visitor.text
    visitor.submit({"username": scene.user.username, "password": NEW})
    assert visitor.path == "/account/email"


def test_another_password_is_no_reason_to_sign_in_again_where_it_was_chosen(scene: Scene, clock: Clock) -> None:
    clock.advance(minutes=5)
    form = {"current_password": scene.user.password, "password": NEW, "confirm_password": NEW}
    assert "Your password is changed." in scene.open("/account/password").submit(form).text
    assert scene.open("/account/email").path == "/account/email"
    clock.advance(minutes=6)
    assert scene.open("/account/email").heading == "Sign in"


def test_a_refused_code_signs_nobody_out(scene: Scene, server: InProcessServer, clock: Clock) -> None:
    visitor = Visitor(server.http_client())
    visitor.open(scene.app.url("/forgotPassword")).submit({"username": scene.user.username})
    visitor.submit({"code": "000000", "password": NEW, "confirm_password": NEW})
    assert visitor.errors
    with scene.resources.database.read() as db:
        assert list_sso_sessions(db, scene.app.pool_id, scene.user.sub, clock(), before=None, limit=2)
    assert _is_signed_in(scene.visitor, scene)
