"""pycognito with an operator's access key: users, groups, clients and identity providers of a pool."""

import secrets
from collections.abc import Callable
from typing import Any

import pytest

from conformance.clients.conftest import PASSWORD, Pool, Pools
from conformance.dev_server import DevServer

pytestmark = [
    pytest.mark.clients,
    # It calls datetime.utcnow(), deprecated from Python 3.12.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pycognito"),
]

PROVIDER = {
    "client_id": "poolhouse",
    "client_secret": "s3cret",
    "authorize_scopes": "openid",
    "attributes_request_method": "GET",
    "oidc_issuer": "https://idp.example.com",
}


@pytest.fixture
def pool(pools: Pools) -> Pool:
    """An empty pool whose client serves operators, too."""
    flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    return pools.make(client={"ExplicitAuthFlows": flows})


@pytest.fixture
def administer(connect: Callable[..., Any], server: DevServer) -> Callable[..., Any]:
    """Pycognito's object for a user name, with the operator's access key."""
    key = {"access_key": server.facts.access_key_id, "secret_key": server.facts.secret_access_key}
    return lambda username="": connect(username, **key)


def test_users(administer: Callable[..., Any]) -> None:
    operator = administer()
    made = operator.admin_create_user(
        "ada", temporary_password=PASSWORD, additional_kwargs={"MessageAction": "SUPPRESS"}, email="ada@example.com"
    )
    assert made["User"]["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    ada = administer("ada")
    ada.new_password_challenge(PASSWORD, "Another-Horse-8")
    ada.admin_authenticate(password="Another-Horse-8")
    ada.verify_tokens()

    user = ada.admin_get_user()
    assert (user.user_status, user.enabled, user.email) == ("CONFIRMED", True, "ada@example.com")
    ada.admin_update_profile({"name": "Ada Lovelace", "email_verified": True})
    user = ada.admin_get_user(attr_map={"name": "full_name"})
    assert (user.full_name, user.email_verified) == ("Ada Lovelace", True)
    user.full_name = "Ada King"
    user.save(admin=True)
    assert ada.admin_get_user().name == "Ada King"

    operator.admin_disable_user("ada")
    with pytest.raises(ada.client.exceptions.NotAuthorizedException, match=r"User is disabled\."):
        ada.admin_authenticate(password="Another-Horse-8")
    operator.admin_enable_user("ada")
    ada.admin_authenticate(password="Another-Horse-8")
    user.delete(admin=True)
    with pytest.raises(ada.client.exceptions.UserNotFoundException):
        ada.admin_get_user()


def test_a_sign_up_is_confirmed_and_a_password_reset(administer: Callable[..., Any], server: DevServer) -> None:
    email = f"{secrets.token_hex(4)}@example.com"
    ada = administer("ada")
    ada.set_base_attributes(email=email)
    ada.register("ada", PASSWORD)
    ada.admin_confirm_sign_up()
    ada.admin_update_profile({"email_verified": True})
    ada.admin_authenticate(password=PASSWORD)
    ada.admin_reset_password("ada")
    with pytest.raises(ada.client.exceptions.PasswordResetRequiredException):
        ada.admin_authenticate(password=PASSWORD)
    ada.confirm_forgot_password(server.wait_for_message(email)["code"], "Another-Horse-8")
    ada.admin_authenticate(password="Another-Horse-8")


def test_groups_and_the_list_of_users(administer: Callable[..., Any], pools: Pools, pool: Pool) -> None:
    operator, names = administer(), [f"user-{number:02}" for number in range(70)]
    for name in names:
        pools.operator.admin_create_user(UserPoolId=pool.pool_id, Username=name, MessageAction="SUPPRESS")
    assert sorted(user.username for user in operator.get_users()) == names

    for number, name in enumerate(("engineers", "poets")):
        pools.operator.create_group(
            UserPoolId=pool.pool_id, GroupName=name, Description=f"All {name}", Precedence=number
        )
        operator.admin_add_user_to_group("user-00", name)
    group = operator.get_group("poets")
    assert (group.group_name, group.description, group.precedence) == ("poets", "All poets", 1)
    assert sorted(group.group_name for group in operator.get_groups()) == ["engineers", "poets"]
    assert sorted(operator.admin_list_groups_for_user("user-00")) == ["engineers", "poets"]
    operator.admin_remove_user_from_group("user-00", "poets")
    assert operator.admin_list_groups_for_user("user-00") == ["engineers"]


def test_clients_and_identity_providers(administer: Callable[..., Any], pool: Pool) -> None:
    operator, pool_id = administer(), pool.pool_id
    operator.admin_create_identity_provider(pool_id, "Elsewhere", "OIDC", dict(PROVIDER))
    described = operator.admin_describe_identity_provider(pool_id, "Elsewhere")["IdentityProvider"]
    assert described["ProviderType"] == "OIDC"
    operator.admin_update_identity_provider(pool_id, "Elsewhere", AttributeMapping={"email": "mail"})
    described = operator.admin_describe_identity_provider(pool_id, "Elsewhere")["IdentityProvider"]
    assert described["AttributeMapping"]["email"] == "mail"

    operator.admin_update_user_pool_client(pool_id, pool.client_id, ClientName="renamed")
    client = operator.describe_user_pool_client(pool_id, pool.client_id)
    assert (client["ClientId"], client["ClientName"]) == (pool.client_id, "renamed")
