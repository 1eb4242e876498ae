"""pycognito: second factors by an authenticator app and by SMS, and devices that prove themselves by SRP."""

from collections.abc import Callable
from typing import Any

import pytest
import requests
from pycognito import aws_srp
from pycognito.aws_srp import AWSSRP
from pycognito.exceptions import SMSMFAChallengeException, SoftwareTokenMFAChallengeException

from conformance.clients.authenticator_app import AuthenticatorApp
from conformance.clients.conftest import PASSWORD, Pool, Pools
from conformance.clients.receivers import new_phone_number
from conformance.clients.tokens import claims_of
from conformance.dev_server import DevServer

pytestmark = [
    pytest.mark.clients,
    # It calls datetime.utcnow(), deprecated from Python 3.12.
    pytest.mark.filterwarnings("ignore::DeprecationWarning:pycognito"),
]

SMS = {"SmsConfiguration": {"SnsCallerArn": "arn:aws:iam::000000000000:role/sms"}}


@pytest.fixture(scope="module")
def pool(pools: Pools) -> Pool:
    """A pool with devices and optional second factors."""
    return pools.make(
        DeviceConfiguration={"ChallengeRequiredOnNewDevice": True, "DeviceOnlyRememberedOnUserPrompt": True},
        mfa={
            "MfaConfiguration": "OPTIONAL",
            "SoftwareTokenMfaConfiguration": {"Enabled": True},
            "SmsMfaConfiguration": SMS,
        },
    )


def test_an_authenticator_app(connect: Callable[..., Any], make_user: Callable[..., str]) -> None:
    username = make_user()
    person = connect(username)
    person.authenticate(password=PASSWORD)
    app = AuthenticatorApp(person.associate_software_token())
    code = app.code()
    with pytest.raises(person.client.exceptions.EnableSoftwareTokenMFAException):
        person.verify_software_token(_other(code))
    assert person.verify_software_token(code, "phone") is True
    person.set_user_mfa_preference(sms_mfa=False, software_token_mfa=True, preferred="SOFTWARE_TOKEN")

    with pytest.raises(SoftwareTokenMFAChallengeException):
        person.authenticate(password=PASSWORD)
    code = app.code()
    with pytest.raises(person.client.exceptions.CodeMismatchException, match="Invalid code"):
        person.respond_to_software_token_mfa_challenge(_other(code))
    person.respond_to_software_token_mfa_challenge(code)
    person.verify_tokens()
    assert person.access_claims["amr"] == ["pwd", "otp", "mfa"]

    person.set_user_mfa_preference(sms_mfa=False, software_token_mfa=False)
    person.authenticate(password=PASSWORD)
    assert person.access_claims["amr"] == ["pwd"]


def test_a_code_by_sms(connect: Callable[..., Any], make_user: Callable[..., str], server: DevServer) -> None:
    number = new_phone_number()
    username = make_user(phone_number=number, phone_number_verified="true")
    person = connect(username)
    person.authenticate(password=PASSWORD)
    person.set_user_mfa_preference(sms_mfa=True, software_token_mfa=False, preferred="SMS")
    with pytest.raises(SMSMFAChallengeException) as asked:
        person.authenticate(password=PASSWORD)
    # Another process goes on with the challenge, as a web app does.
    later = connect(username)
    later.respond_to_sms_mfa_challenge(server.wait_for_message(number)["code"], asked.value.get_tokens())
    assert later.access_claims["amr"] == ["pwd", "sms", "mfa"]


class TestDevices:
    @pytest.fixture(autouse=True)
    def address(self, server: DevServer, monkeypatch: pytest.MonkeyPatch) -> None:
        """Here, and here only, it posts to Amazon's address whatever endpoint it was told."""
        post = requests.post

        def post_here(url: str, **more: Any) -> requests.Response:
            assert url == f"https://cognito-idp.{server.facts.region}.amazonaws.com/"
            return post(server.facts.endpoint, **more)

        monkeypatch.setattr(aws_srp.requests, "post", post_here)

    def test_srp_of_user_and_device(
        self, connect: Callable[..., Any], make_user: Callable[..., str], pool: Pool
    ) -> None:
        username = make_user()
        client = connect(username).client

        def exchange(**device: str) -> Any:
            given = {"pool_id": pool.pool_id, "client_id": pool.client_id, "client": client}
            return AWSSRP(username=username, password=PASSWORD, **given, **device)

        first = exchange()
        tokens = first.authenticate_user()
        answer, password = first.confirm_device(tokens, device_name="workstation")
        assert answer.json() == {"UserConfirmationNecessary": True}
        metadata = tokens["AuthenticationResult"]["NewDeviceMetadata"]
        access_token, key = tokens["AuthenticationResult"]["AccessToken"], metadata["DeviceKey"]
        assert first.update_device_status(True, access_token, key).startswith("<Response [200]>")

        names = {"device_key": key, "device_group_key": metadata["DeviceGroupKey"], "device_password": password}
        proven = exchange(**names).authenticate_user()["AuthenticationResult"]
        assert "NewDeviceMetadata" not in proven
        assert claims_of(proven["AccessToken"])["device_key"] == key
        wrong = {**names, "device_password": "wrong"}
        with pytest.raises(client.exceptions.NotAuthorizedException):
            exchange(**wrong).authenticate_user()

        assert first.forget_device(access_token, key).startswith("<Response [200]>")
        with pytest.raises(client.exceptions.ResourceNotFoundException, match=r"Device does not exist\."):
            exchange(**names).authenticate_user()


def _other(code: str) -> str:
    return "000000" if code != "000000" else "000001"
