"""pycognito: SRP, and tokens checked against the pool's key set at `<endpoint>/<pool id>/.well-known/jwks.json`."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.config import Config
from pycognito import Cognito
from pycognito.exceptions import ForceChangePasswordException, TokenVerificationException

from conformance.clients.conftest import PASSWORD, Pool
from conformance.dev_server import DevServer

pytestmark = [
    pytest.mark.clients,
    # It calls datetime.utcnow(), deprecated from Python 3.12.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pycognito"),
]


@pytest.fixture
def connect(server: DevServer, pool: Pool) -> Callable[..., Any]:
    def make(username: str, **options: Any) -> Any:
        return Cognito(
            options.pop("user_pool_id", pool.pool_id),
            options.pop("client_id", pool.client_id),
            username=username,
            botocore_config=Config(signature_version=UNSIGNED),
            boto3_client_kwargs={"endpoint_url": server.facts.endpoint},
            **options,
        )

    return make


def test_srp_sign_in_and_token_verification(connect: Callable[..., Any], make_user: Callable[..., str]) -> None:
    username = make_user()
    person = connect(username)
    person.authenticate(password=PASSWORD)
    person.verify_tokens()
    assert person.id_claims["cognito:username"] == username
    assert person.access_claims["username"] == username
    assert person.access_claims["scope"] == "aws.cognito.signin.user.admin"
    assert person.get_user().email == f"{username}@example.com"

    before = person.access_token
    person.renew_access_token()
    assert person.access_token != before
    person.logout()

    forged = connect(username, access_token=before[:-4] + "AAAA", id_token=before)
    with pytest.raises(TokenVerificationException):
        forged.verify_tokens()


def test_a_wrong_password_by_srp(connect: Callable[..., Any], make_user: Callable[..., str]) -> None:
    person = connect(make_user())
    with pytest.raises(person.client.exceptions.NotAuthorizedException, match="Incorrect username or password"):
        person.authenticate(password="Wrong-Password-1")
    stranger = connect("nobody")
    with pytest.raises(person.client.exceptions.NotAuthorizedException, match="Incorrect username or password"):
        stranger.authenticate(password=PASSWORD)


def test_changing_the_password(connect: Callable[..., Any], make_user: Callable[..., str]) -> None:
    username = make_user()
    person = connect(username)
    person.authenticate(password=PASSWORD)
    person.change_password(PASSWORD, "Another-Horse-8")
    connect(username).authenticate(password="Another-Horse-8")
    with pytest.raises(person.client.exceptions.NotAuthorizedException):
        connect(username).authenticate(password=PASSWORD)


def test_a_new_password_is_required(connect: Callable[..., Any], make_user: Callable[..., str]) -> None:
    username = make_user(is_confirmed=False)
    with pytest.raises(ForceChangePasswordException):
        connect(username).authenticate(password=PASSWORD)
    person = connect(username)
    person.new_password_challenge(PASSWORD, "Another-Horse-8")
    assert person.id_claims["cognito:username"] == username
    connect(username).authenticate(password="Another-Horse-8")


def test_a_client_with_a_secret(connect: Callable[..., Any], server: DevServer) -> None:
    facts = server.facts
    person = connect(
        facts.username,
        user_pool_id=facts.user_pool_id,
        client_id=facts.confidential_client_id,
        client_secret=facts.confidential_client_secret,
    )
    person.authenticate(password=facts.password)
    person.renew_access_token()
    assert person.id_claims["aud"] == facts.confidential_client_id


def test_forgotten_password(connect: Callable[..., Any], make_user: Callable[..., str], server: DevServer) -> None:
    username = make_user()
    person = connect(username)
    person.initiate_forgot_password()
    code = server.wait_for_message(f"{username}@example.com")["code"]
    person.confirm_forgot_password(code, "Another-Horse-8")
    person.authenticate(password="Another-Horse-8")
