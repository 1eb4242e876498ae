"""Errors whose cause is no call sequence: a race, a server's own settings, a limit too high to reach in a test."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import update

from app.db.tables.identity_providers import IdentityProvider
from app.flows import configure_identity_provider
from app.flows.work import Resources
from tests.authenticator import Authenticator
from tests.aws.refusals import refusal
from tests.conftest import ROOT_KEY
from tests.equality.tables.identity_providers import OIDC
from tests.equality.tables.passkeys import FLOWS, PASSKEYS
from tests.factories import Factory
from tests.in_process import InProcessServer


@pytest.fixture
def addressed(resources: Resources) -> Iterator[Any]:
    """A client of a server that is reached by its IP address."""
    settings = resources.settings.model_copy(update={"base_url": "http://127.0.0.1:9229"})
    running = InProcessServer(replace(resources, settings=settings))
    yield running.boto_client("cognito-idp", ROOT_KEY)
    running.close()


def test_a_provider_of_another_type_meanwhile(
    operator: Any, make: Factory, resources: Resources, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = {"UserPoolId": make.pool(), "ProviderName": "Example"}
    operator.create_identity_provider(**names, ProviderType="OIDC", ProviderDetails=OIDC)
    checked = configure_identity_provider._changes

    def replaced(*arguments: Any) -> dict[str, Any]:
        with resources.database.write() as db:
            of_pool = IdentityProvider.pool_id == names["UserPoolId"]
            db.execute(update(IdentityProvider).where(of_pool).values(type="SAML"))
        return checked(*arguments)

    monkeypatch.setattr(configure_identity_provider, "_changes", replaced)
    code, text, status = refusal(operator.update_identity_provider, **names, ProviderDetails=OIDC)
    assert (code, status) == ("ConcurrentModificationException", 400)
    assert text == "The resource was changed by another request."


def test_an_ip_address_is_no_relying_party(operator: Any, addressed: Any, make: Factory) -> None:
    pool_id = make.pool(Policies=PASSKEYS)
    client_id = make.client(pool_id, ExplicitAuthFlows=[*FLOWS, "ALLOW_ADMIN_USER_PASSWORD_AUTH"])["ClientId"]
    user = make.user(pool_id)
    token = make.tokens(client_id, user)["AccessToken"]
    options = operator.start_web_authn_registration(AccessToken=token)["CredentialCreationOptions"]
    operator.complete_web_authn_registration(AccessToken=token, Credential=Authenticator().create(options))
    refused = refusal(addressed.start_web_authn_registration, AccessToken=token)
    assert (refused[0], refused[2]) == ("WebAuthnConfigurationMissingException", 400)
    wish = {"USERNAME": user.username, "PREFERRED_CHALLENGE": "WEB_AUTHN"}
    for call, names in (
        (addressed.initiate_auth, {}),
        (addressed.admin_initiate_auth, {"UserPoolId": pool_id}),
    ):
        code, _, status = refusal(call, ClientId=client_id, AuthFlow="USER_AUTH", AuthParameters=wish, **names)
        assert (code, status) == ("InvalidUserPoolConfigurationException", 400)


def test_a_pool_has_so_many_apps(operator: Any, make: Factory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("app.core.clients.MAX_CLIENTS", 2)
    pool_id = make.pool()
    for _ in range(2):
        make.client(pool_id)
    code, _, status = refusal(operator.create_user_pool_client, UserPoolId=pool_id, ClientName="third")
    assert (code, status) == ("LimitExceededException", 400)
