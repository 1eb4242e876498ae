"""Pools whose users have an account page, and people who are signed in there."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import uuid4

import pytest

from app.core.audit import list_events_of
from app.flows.work import Resources
from tests.factories import SNS, Factory, MadeUser
from tests.pages.browsing import App, Visitor, messages_to
from tests.pages.conftest import AppMaker


@dataclass
class Scene:
    """A user of an app, with a browser in which they are signed in once `sign_in` was called."""

    app: App
    user: MadeUser
    email: str
    visitor: Visitor
    operator: Any
    resources: Resources

    def url(self, place: str) -> str:
        """A path of the pool."""
        return f"/{self.app.pool_id}{place}"

    def sign_in(self) -> "Scene":
        """A sign-in to the app."""
        self.visitor.open(self.app.url()).submit({"username": self.user.username, "password": self.user.password})
        assert self.visitor.code()
        return self

    def open(self, place: str) -> Visitor:
        """An account page."""
        return self.visitor.open(self.url(place))

    def switch_on(self) -> "Scene":
        """Codes by mail as the user's second step, in a pool that has them."""
        names = {"UserPoolId": self.app.pool_id, "Username": self.user.username}
        self.operator.admin_set_user_mfa_preference(EmailMfaSettings={"Enabled": True, "PreferredMfa": True}, **names)
        return self

    def tokens(self, code: str) -> dict[str, Any]:
        """What the app gets for a code."""
        answer = self.visitor.http.post(self.url("/oauth2/token"), data=self.app.exchange(code))
        tokens: dict[str, Any] = answer.json()
        return tokens

    def refresh(self, tokens: dict[str, Any]) -> int:
        """The status with which the app's tokens are refreshed."""
        form = {"grant_type": "refresh_token", "client_id": self.app.client_id}
        form["refresh_token"] = tokens["refresh_token"]
        return self.visitor.http.post(self.url("/oauth2/token"), data=form).status_code

    def kinds(self) -> list[str]:
        """What the audit trail has of the user. The clock of the tests stands still, so in no order."""
        with self.resources.database.read() as db:
            return [event.kind for event in list_events_of(db, self.app.pool_id, self.user.sub, limit=100)]

    def notices(self) -> list[str]:
        """The subjects of the mails to the address that the user had at first, newest first."""
        return [message.subject for message in messages_to(self.resources, self.email)]

    def attributes(self) -> dict[str, str]:
        """The user's attributes."""
        found = self.operator.admin_get_user(UserPoolId=self.app.pool_id, Username=self.user.username)
        return {item["Name"]: item["Value"] for item in found["UserAttributes"]}


SceneMaker = Callable[..., Scene]


@pytest.fixture
def make_scene(
    make_app: AppMaker, make: Factory, visitor: Visitor, operator: Any, ours: Any, resources: Resources
) -> SceneMaker:
    """Makes a pool with account pages, an app and a user who has a confirmed e-mail address."""

    def made(
        settings: dict[str, Any] | None = None,
        attributes: dict[str, str] | None = None,
        username: str | None = None,
        **options: Any,
    ) -> Scene:
        app = make_app(**options)
        email = username or f"maya-{uuid4().hex[:8]}@example.com"
        ours.update_pool_settings(UserPoolId=app.pool_id, AccountPage="ENABLED", **(settings or {}))
        known = {"email": email, "email_verified": "true", **(attributes or {})}
        return Scene(app, make.user(app.pool_id, username, **known), email, visitor, operator, resources)

    return made


@pytest.fixture
def scene(make_scene: SceneMaker) -> Scene:
    """Somebody who has just signed in."""
    return make_scene().sign_in()


@pytest.fixture
def guarded(make_scene: SceneMaker, operator: Any) -> Scene:
    """The same in a pool with every second step, recovery codes and several authenticator apps."""
    scene = make_scene(
        settings={"RecoveryCodes": "ENABLED", "SeveralSoftwareTokens": "ENABLED"},
        attributes={"phone_number": "+12065550100", "phone_number_verified": "true"},
        SmsConfiguration=SNS,
    )
    operator.set_user_pool_mfa_config(
        UserPoolId=scene.app.pool_id,
        MfaConfiguration="OPTIONAL",
        SoftwareTokenMfaConfiguration={"Enabled": True},
        SmsMfaConfiguration={"SmsConfiguration": SNS},
        EmailMfaConfiguration={"Subject": "Your code", "Message": "Your code: {####}"},
    )
    return scene.sign_in()
