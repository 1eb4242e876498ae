"""Users come over from where they were when they sign in, by functions as people write them: from another user pool (Python and
Node), and from an LDAP directory, Debian's slapd."""

import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from conformance.clients.conftest import PASSWORD, Pool, Pools
from conformance.clients.handlers import Handlers
from conformance.clients.receivers import Directory, directory
from conformance.dev_server import DevServer

pytestmark = pytest.mark.clients

WRONG = "Wrong-Horse-7"
_REFUSED = "UserMigration failed with error Wrong user name or password."
_ADMIN_FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Directory]:
    """A directory with two people who have their password of old."""
    with directory(tmp_path_factory.mktemp("slapd"), {"ada": ("Ada", PASSWORD), "bo*b": ("Bob", PASSWORD)}) as running:
        yield running


@pytest.fixture
def from_directory(server: DevServer, pools: Pools, people: Directory) -> tuple[Handlers, Pool, str]:
    """A pool whose users come from the directory, and the ARN of the function."""
    handlers = Handlers(server.boto("poolhouse"), "python")
    return handlers, *_migrating(handlers, pools, "migrate_from_ldap.handler", _ldap(people))


def test_from_another_user_pool(handlers: Handlers, pools: Pools, operator: Any, server: DevServer) -> None:
    old = pools.make(client={"ExplicitAuthFlows": _ADMIN_FLOWS})
    pool, arn = _migrating(
        handlers,
        pools,
        "migrate_from_pool.handler",
        {
            "OLD_POOL": old.pool_id,
            "OLD_CLIENT": old.client_id,
            "OLD_ENDPOINT": server.facts.endpoint,
            "AWS_ENDPOINT_URL": server.facts.endpoint,
            "AWS_ACCESS_KEY_ID": server.facts.access_key_id,
            "AWS_SECRET_ACCESS_KEY": server.facts.secret_access_key,
        },
    )
    username = pools.make_user(old, given_name="Zoë", nickname="Zo")

    _refuse(operator, pool, username, WRONG)
    _refuse(operator, pool, f"nobody-{secrets.token_hex(4)}", PASSWORD)
    assert _sign_in(operator, pool, username)["AuthenticationResult"]["AccessToken"]
    attributes = _attributes(operator, pool, username)
    assert attributes.pop("sub") != _attributes(operator, old, username)["sub"]
    assert attributes == {"email": f"{username}@example.com", "email_verified": "true", "given_name": "Zoë"}

    # From now on the old pool is not asked: not even its deletion of the user is noticed.
    operator.admin_delete_user(UserPoolId=old.pool_id, Username=username)
    before = handlers.wait_for_calls(arn, 3)
    assert _sign_in(operator, pool, username)["AuthenticationResult"]["AccessToken"]
    with pytest.raises(operator.exceptions.NotAuthorizedException, match="Incorrect username or password"):
        _sign_in(operator, pool, username, WRONG)
    assert handlers.wait_for_calls(arn, 3) == before


def test_from_a_directory(from_directory: tuple[Handlers, Pool, str], operator: Any) -> None:
    handlers, pool, arn = from_directory
    for username, password in (("ada", WRONG), ("a*", PASSWORD), ("nobody", PASSWORD)):
        _refuse(operator, pool, username, password)
    assert _sign_in(operator, pool, "ada")["AuthenticationResult"]["AccessToken"]
    found = _attributes(operator, pool, "ada")
    assert (found["email"], found["email_verified"], found["given_name"]) == ("ada@example.com", "true", "Ada")
    assert operator.admin_get_user(UserPoolId=pool.pool_id, Username="ada")["UserStatus"] == "CONFIRMED"
    before = handlers.wait_for_calls(arn, 4)
    assert _sign_in(operator, pool, "ada")["AuthenticationResult"]["AccessToken"]
    assert handlers.wait_for_calls(arn, 4) == before


def test_the_functions_own_words_where_existence_is_no_secret(
    from_directory: tuple[Handlers, Pool, str], operator: Any
) -> None:
    _, pool, _ = from_directory
    open_client = operator.create_user_pool_client(
        UserPoolId=pool.pool_id,
        ClientName="open",
        ExplicitAuthFlows=_ADMIN_FLOWS,
        PreventUserExistenceErrors="LEGACY",
    )["UserPoolClient"]["ClientId"]
    with pytest.raises(operator.exceptions.UserLambdaValidationException) as refused:
        _sign_in(operator, Pool(pool.pool_id, open_client), f"nobody-{secrets.token_hex(4)}")
    assert refused.value.response["Error"]["Message"] == _REFUSED


def test_from_a_directory_with_a_forgotten_password(
    from_directory: tuple[Handlers, Pool, str], operator: Any, server: DevServer
) -> None:
    _, pool, _ = from_directory
    operator.forgot_password(ClientId=pool.client_id, Username="bo*b")
    sent = server.wait_for_message("bo*b@example.com")
    assert operator.admin_get_user(UserPoolId=pool.pool_id, Username="bo*b")["UserStatus"] == "RESET_REQUIRED"
    operator.confirm_forgot_password(
        ClientId=pool.client_id, Username="bo*b", ConfirmationCode=sent["code"], Password="Second-Horse-8"
    )
    assert _sign_in(operator, pool, "bo*b", "Second-Horse-8")["AuthenticationResult"]["AccessToken"]


def _migrating(handlers: Handlers, pools: Pools, handler: str, environment: dict[str, str]) -> tuple[Pool, str]:
    arn = handlers.add(handler, environment)
    return pools.make(AutoVerifiedAttributes=["email"], LambdaConfig={"UserMigration": arn}), arn


def _ldap(people: Directory) -> dict[str, str]:
    return {"LDAP_URL": people.url, "LDAP_BASE": people.base}


def _sign_in(operator: Any, pool: Pool, username: str, password: str = PASSWORD) -> dict[str, Any]:
    answer: dict[str, Any] = operator.initiate_auth(
        ClientId=pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": username, "PASSWORD": password},
    )
    return answer


def _refuse(operator: Any, pool: Pool, username: str, password: str) -> None:
    """A function that raises leaves it open who there is, since the pool's client does; and nobody is made."""
    with pytest.raises(operator.exceptions.NotAuthorizedException, match="Incorrect username or password"):
        _sign_in(operator, pool, username, password)
    with pytest.raises(operator.exceptions.UserNotFoundException):
        operator.admin_get_user(UserPoolId=pool.pool_id, Username=username)


def _attributes(operator: Any, pool: Pool, username: str) -> dict[str, str]:
    user = operator.admin_get_user(UserPoolId=pool.pool_id, Username=username)
    return {attribute["Name"]: attribute["Value"] for attribute in user["UserAttributes"]}
