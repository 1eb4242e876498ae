"""pycognito: SRP, and tokens checked against the pool's key set at `<endpoint>/<pool id>/.well-known/jwks.json`."""

import secrets
from collections.abc import Callable
from typing import Any

import pytest
import requests
from pycognito.exceptions import ForceChangePasswordException, TokenVerificationException
from pycognito.utils import RequestsSrpAuth

from conformance.clients.conftest import PASSWORD
from conformance.dev_server import DevServer

pytestmark = [
    pytest.mark.clients,
    # It calls datetime.utcnow(), deprecated from Python 3.12.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pycognito"),
]


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


def test_signing_up(connect: Callable[..., Any], server: DevServer) -> None:
    username, email = f"zoë-{secrets.token_hex(4)}", f"{secrets.token_hex(4)}@example.com"
    person = connect(username)
    person.set_base_attributes(email=email, name="Zoë")
    answer = person.register(username, PASSWORD)
    assert answer["UserConfirmed"] is False
    assert answer["CodeDeliveryDetails"]["Destination"] == f"{email[0]}***@e***"
    with pytest.raises(person.client.exceptions.UserNotConfirmedException):
        person.authenticate(password=PASSWORD)
    server.wait_for_message(email)
    person.resend_confirmation_code(username)
    person.confirm_sign_up(server.wait_for_message(email, 2)["code"])
    person.authenticate(password=PASSWORD)
    user = person.get_user(attr_map={"name": "full_name"})
    assert (user.email, user.email_verified, user.full_name) == (email, True, "Zoë")


def test_one_s_own_attributes(connect: Callable[..., Any], make_user: Callable[..., str], server: DevServer) -> None:
    person = connect(make_user())
    person.authenticate(password=PASSWORD)
    assert person.check_token() is False
    email = f"{secrets.token_hex(4)}@example.com"
    person.update_profile({"email": email, "nickname": "Zo"})
    server.wait_for_message(email)
    assert person.get_user().email_verified is False
    person.send_verification()
    person.validate_verification(server.wait_for_message(email, 2)["code"])
    user = person.get_user()
    assert (user.email, user.email_verified, user.nickname) == (email, True, "Zo")
    user.nickname = "Zozo"
    user.save()
    assert person.get_user().nickname == "Zozo"
    user.delete()
    with pytest.raises(person.client.exceptions.NotAuthorizedException):
        person.authenticate(password=PASSWORD)


def test_requests_carry_the_access_token(connect: Callable[..., Any], make_user: Callable[..., str]) -> None:
    person = connect(make_user())
    sign = RequestsSrpAuth(cognito=person, password=PASSWORD)
    request = requests.Request("GET", "https://api.example.com/", auth=sign).prepare()
    assert request.headers["Authorization"] == f"Bearer {person.access_token}"
    person.verify_tokens()
