"""Pools that send by functions of their own, which decrypt the codes with the AWS Encryption SDK, in Python and for Node."""

import json
import secrets
from collections.abc import Iterator
from typing import Any

import pytest

from conformance.clients.conftest import PASSWORD, Pool, Pools
from conformance.clients.handlers import Handlers
from conformance.clients.receivers import Mailbox, Receiver, Reply, new_phone_number, receiver, wait_until
from conformance.dev_server import DevServer

pytestmark = pytest.mark.clients

# What a temporary password of it must not come to: the event escapes these, the handler must get them back.
HARD_PASSWORD = "Horse<&>Staple-7"


@pytest.fixture(scope="module")
def sms() -> Iterator[Receiver]:
    """A provider of SMS."""
    with receiver(lambda _post: Reply(b"{}")) as running:
        yield running


@pytest.fixture
def pool(handlers: Handlers, pools: Pools, mail: Mailbox, sms: Receiver) -> Pool:
    """A pool with both senders, and a key for them."""
    key_arn = handlers.poolhouse.create_sender_key()["SenderKey"]["KeyArn"]
    key = handlers.poolhouse.export_sender_key(KeyArn=key_arn)["SenderKey"]
    environment = {
        "KEY_NAMESPACE": key["KeyNamespace"],
        "KEY_NAME": key["KeyName"],
        "WRAPPING_KEY": key["WrappingKey"],
        "SMS_URL": f"{sms.url}/messages",
        **mail.environment,
    }
    return pools.make(
        AutoVerifiedAttributes=["email"],
        LambdaConfig={
            "KMSKeyID": key_arn,
            "CustomEmailSender": _sender(handlers.add("custom_senders.email", environment)),
            "CustomSMSSender": _sender(handlers.add("custom_senders.sms", environment)),
        },
    )


def test_codes_go_out_by_the_pools_own_functions(
    pool: Pool, operator: Any, mail: Mailbox, sms: Receiver, server: DevServer
) -> None:
    username = f"user-{secrets.token_hex(4)}"
    email, number = f"{username}@example.com", new_phone_number()
    operator.sign_up(
        ClientId=pool.client_id,
        Username=username,
        Password=PASSWORD,
        UserAttributes=[{"Name": "email", "Value": email}, {"Name": "phone_number", "Value": number}],
    )
    sent = mail.wait(email)
    assert sent["Subject"] == "SignUp"
    code = sent.get_content().strip().removeprefix("Your code is ")
    operator.confirm_sign_up(ClientId=pool.client_id, Username=username, ConfirmationCode=code)

    token = operator.initiate_auth(
        ClientId=pool.client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": username, "PASSWORD": PASSWORD},
    )["AuthenticationResult"]["AccessToken"]
    operator.get_user_attribute_verification_code(AccessToken=token, AttributeName="phone_number")
    texts = wait_until(lambda: [said["text"] for said in map(_said, sms.posts) if said["to"] == number])
    code = texts[0].removeprefix("Your code is ")
    operator.verify_user_attribute(AccessToken=token, AttributeName="phone_number", Code=code)
    found = operator.admin_get_user(UserPoolId=pool.pool_id, Username=username)["UserAttributes"]
    assert {"Name": "phone_number_verified", "Value": "true"} in found
    # Nothing went out by the server's own gateways.
    assert server.messages(email) == server.messages(number) == []


def test_a_temporary_password_arrives_as_it_is(pool: Pool, operator: Any, mail: Mailbox) -> None:
    username = f"user-{secrets.token_hex(4)}"
    operator.admin_create_user(
        UserPoolId=pool.pool_id,
        Username=username,
        TemporaryPassword=HARD_PASSWORD,
        UserAttributes=[{"Name": "email", "Value": f"{username}@example.com"}],
        DesiredDeliveryMediums=["EMAIL"],
    )
    sent = mail.wait(f"{username}@example.com")
    assert sent["Subject"] == "AdminCreateUser"
    assert sent.get_content().strip() == f"Your code is {HARD_PASSWORD}"


def _sender(arn: str) -> dict[str, str]:
    return {"LambdaVersion": "V1_0", "LambdaArn": arn}


def _said(post: Any) -> dict[str, str]:
    said: dict[str, str] = json.loads(post.body)
    return said
