"""The triggers of federated sign-in, called as a sign-in through an identity provider will call them."""

from dataclasses import replace
from typing import Any

import pytest

from app.core.pools import Pool
from app.core.users import CONFIRMED, UNCONFIRMED, User
from app.flows.triggers import pre_sign_up
from app.flows.triggers.inbound_federation import call_inbound_federation
from app.flows.triggers.pre_sign_up import call_pre_sign_up
from app.flows.work import Resources, Work
from app.kit.errors import InvalidLambdaResponseException, UserLambdaValidationException
from tests.factories import Factory
from tests.functions import FakeFunctions
from tests.triggers import Triggers, failing

INBOUND, PRE_SIGN_UP = "InboundFederation_ExternalProvider", "PreSignUp_ExternalProvider"
SAID = {
    "tokenResponse": {"access_token": "a", "token_type": "Bearer", "expires_in": 3600, "scope": "openid"},
    "idToken": {"sub": "1234", "email": "Ada@Example.com", "groups": ["a", "b"]},
    "userInfo": {"name": "Ada", "email_verified": True},
}


class Scene:
    """A pool with both functions."""

    def __init__(self, make: Factory, resources: Resources, functions: FakeFunctions) -> None:
        self.triggers = Triggers(functions, ("PreSignUp", "InboundFederation"))
        self.work: Work = make.work()
        self.pool: Pool = resources.snapshots.pool(make.pool(LambdaConfig=self.triggers.config)).pool

    def inbound(self, response: Any, **changes: Any) -> dict[str, Any] | None:
        self.triggers.answers[INBOUND] = response
        options = {"provider_type": "OIDC", "attributes": SAID, **changes}
        return call_inbound_federation(
            self.work, self.pool, user_name="Acme_1234", client_id="c1", provider_name="Acme", **options
        )

    def pre_sign_up(self, response: Any) -> User:
        self.triggers.answers[PRE_SIGN_UP] = response
        user = User(self.pool.pool_id, "s", "Acme_1234", UNCONFIRMED, True, {"email": "a@example.com"}, {}, 0, 0, 0)
        return call_pre_sign_up(
            self.work,
            self.pool,
            user,
            pre_sign_up.EXTERNAL_PROVIDER,
            validation_data=None,
            metadata=None,
            client_id="c1",
        )


@pytest.fixture
def scene(make: Factory, resources: Resources, functions: FakeFunctions) -> Scene:
    return Scene(make, resources, functions)


class TestInboundFederation:
    def test_is_told_what_the_provider_said(self, scene: Scene) -> None:
        scene.inbound({})
        (event,) = scene.triggers.calls
        assert (event["triggerSource"], event["userName"], event["version"]) == (INBOUND, "Acme_1234", "1")
        assert event["request"] == {"providerName": "Acme", "providerType": "OIDC", "attributes": SAID}
        assert event["response"] == {"userAttributesToMap": {}}

    def test_of_a_saml_provider(self, scene: Scene) -> None:
        said = {"samlResponse": {"email": "ada@example.com", "groups": ["a"]}}
        scene.inbound({}, provider_type="SAML", attributes=said)
        assert scene.triggers.calls[0]["request"]["attributes"] == said

    def test_gives_all_that_is_to_be_kept(self, scene: Scene) -> None:
        mapped = {"email": "ada@example.com", "age": 36, "vip": True, "groups": ["a", "b"], "nothing": None}
        assert scene.inbound({"userAttributesToMap": mapped}) == mapped

    @pytest.mark.parametrize("response", [{}, {"userAttributesToMap": {}}, {"userAttributesToMap": None}])
    def test_may_keep_everything(self, scene: Scene, response: Any) -> None:
        assert scene.inbound(response) is None

    @pytest.mark.parametrize("mapped", [[], "x", {"address": {"street": "x"}}, {"groups": [["a"]]}])
    def test_what_cannot_be_mapped(self, scene: Scene, mapped: Any) -> None:
        with pytest.raises(InvalidLambdaResponseException):
            scene.inbound({"userAttributesToMap": mapped})

    def test_refuses(self, scene: Scene) -> None:
        with pytest.raises(UserLambdaValidationException, match=r"InboundFederation failed with error Not you\."):
            scene.inbound(failing("Not you"))

    def test_a_pool_without_one(self, scene: Scene) -> None:
        scene.pool = replace(scene.pool, configuration={})
        assert scene.inbound({"userAttributesToMap": {"a": "b"}}) is None
        assert scene.triggers.calls == []


class TestPreSignUp:
    def test_is_told_what_was_mapped(self, scene: Scene) -> None:
        assert scene.pre_sign_up({}).status == UNCONFIRMED
        (event,) = scene.triggers.calls
        assert (event["triggerSource"], event["userName"]) == (PRE_SIGN_UP, "Acme_1234")
        assert event["request"] == {"userAttributes": {"email": "a@example.com"}, "validationData": None}

    def test_confirms_and_verifies(self, scene: Scene) -> None:
        user = scene.pre_sign_up({"autoConfirmUser": True, "autoVerifyEmail": True})
        assert (user.status, user.has_verified("email")) == (CONFIRMED, True)

    def test_refuses(self, scene: Scene) -> None:
        with pytest.raises(UserLambdaValidationException, match=r"PreSignUp failed with error Link first\."):
            scene.pre_sign_up(failing("Link first"))
