"""Keys for custom senders: made, listed, exported on record, kept while a pool names them."""

import base64
import json
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select

from app.db.tables.audit import AuditEvent
from app.db.tables.sender_keys import SenderKey
from app.flows.work import Resources
from tests.aws.refusals import refusal
from tests.factories import Factory
from tests.in_process import InProcessServer

FUNCTION = {"LambdaVersion": "V1_0", "LambdaArn": "arn:aws:lambda:us-east-1:123456789012:function:mail"}
READ_ONLY = '{"Statement": [{"Effect": "Allow", "Action": ["poolhouse:Get*", "poolhouse:List*"], "Resource": "*"}]}'


def create(ours: Any, **members: str) -> str:
    return str(ours.create_sender_key(**members)["SenderKey"]["KeyArn"])


def new_arn() -> str:
    return f"arn:aws:kms:eu-west-1:999999999999:key/{uuid4()}"


def exports(resources: Resources, key_arn: str) -> int:
    with resources.database.read() as db:
        events = db.execute(select(AuditEvent.details).where(AuditEvent.kind == "ExportSenderKey")).scalars()
        return sum(details == {"KeyArn": key_arn} for details in events)


def test_a_key_is_exported_as_a_raw_aes_keyring_takes_it(ours: Any, resources: Resources) -> None:
    key_arn = create(ours)
    assert key_arn.startswith("arn:aws:kms:us-east-1:123456789012:key/")
    shown = ours.export_sender_key(KeyArn=key_arn)["SenderKey"]
    assert (shown["KeyNamespace"], shown["KeyName"]) == ("poolhouse", key_arn)
    key = base64.b64decode(shown["WrappingKey"], validate=True)
    assert len(key) == 32
    assert ours.export_sender_key(KeyArn=key_arn)["SenderKey"] == shown
    assert exports(resources, key_arn) == 2
    with resources.database.read() as db:
        sealed = db.execute(select(SenderKey.sealed_key).where(SenderKey.key_arn == key_arn)).scalar_one()
    assert key not in sealed


def test_every_key_is_another(ours: Any) -> None:
    keys = {ours.export_sender_key(KeyArn=create(ours))["SenderKey"]["WrappingKey"] for _ in range(3)}
    assert len(keys) == 3


def test_a_key_may_have_the_arn_that_a_configuration_names_already(ours: Any) -> None:
    key_arn = new_arn()
    assert create(ours, KeyArn=key_arn) == key_arn
    before = ours.export_sender_key(KeyArn=key_arn)["SenderKey"]
    code, message, _ = refusal(ours.create_sender_key, KeyArn=key_arn)
    assert (code, message) == ("InvalidParameterException", f"Sender key {key_arn} already exists.")
    assert ours.export_sender_key(KeyArn=key_arn)["SenderKey"] == before


@pytest.mark.parametrize(
    "key_arn", ["arn:aws:s3:::bucket-of-somebody", "1234abcd-12ab-34cd-56ef-1234567890ab", "x" * 30]
)
def test_what_is_no_arn_of_a_key_is_refused(ours: Any, key_arn: str) -> None:
    assert refusal(ours.create_sender_key, KeyArn=key_arn)[0] == "InvalidParameterException"


def test_keys_are_listed_in_pages_without_their_bytes(ours: Any) -> None:
    made = {create(ours) for _ in range(3)}
    pages = [ours.list_sender_keys(MaxResults=2)]
    while "NextToken" in pages[-1]:
        pages.append(ours.list_sender_keys(MaxResults=2, NextToken=pages[-1]["NextToken"]))
    keys = [key for page in pages for key in page["SenderKeys"]]
    assert made <= {key["KeyArn"] for key in keys}
    assert len(keys) == len({key["KeyArn"] for key in keys})
    assert all(set(key) == {"KeyArn", "CreationDate"} for key in keys)


def test_a_key_stays_while_a_pool_names_it(ours: Any, operator: Any, make: Factory) -> None:
    key_arn = create(ours)
    pool_id = make.pool(LambdaConfig={"CustomEmailSender": FUNCTION, "KMSKeyID": key_arn})
    code, message, _ = refusal(ours.delete_sender_key, KeyArn=key_arn)
    assert (code, message) == (
        "InvalidParameterException",
        f"Sender key {key_arn} is the KMSKeyID of user pool {pool_id}.",
    )
    operator.update_user_pool(UserPoolId=pool_id, LambdaConfig={})
    ours.delete_sender_key(KeyArn=key_arn)
    for call in (ours.export_sender_key, ours.delete_sender_key):
        code, message, _ = refusal(call, KeyArn=key_arn)
        assert (code, message) == ("ResourceNotFoundException", f"Sender key {key_arn} does not exist.")


def test_a_deleted_pool_holds_no_key(ours: Any, operator: Any, make: Factory) -> None:
    key_arn = create(ours)
    pool_id = make.pool(LambdaConfig={"CustomSMSSender": FUNCTION, "KMSKeyID": key_arn})
    operator.delete_user_pool(UserPoolId=pool_id)
    ours.delete_sender_key(KeyArn=key_arn)


def test_pools_may_name_a_key_that_is_not_made_yet(operator: Any, make: Factory) -> None:
    key_arn = new_arn()
    pool_id = make.pool(LambdaConfig={"CustomSMSSender": FUNCTION, "KMSKeyID": key_arn})
    described = operator.describe_user_pool(UserPoolId=pool_id)["UserPool"]["LambdaConfig"]
    assert described == {"CustomSMSSender": FUNCTION, "KMSKeyID": key_arn}


def test_who_may_read_may_not_export(ours: Any, server: InProcessServer) -> None:
    key_arn = create(ours)
    access = ours.create_access_key(UserName="reader", PolicyDocument=READ_ONLY)["AccessKey"]
    reader = server.boto_client("poolhouse", (access["AccessKeyId"], access["SecretAccessKey"]))
    assert reader.list_sender_keys(MaxResults=1)["SenderKeys"]
    assert refusal(reader.export_sender_key, KeyArn=key_arn)[0] == "AccessDeniedException"


def test_policies_name_sender_keys(ours: Any, server: InProcessServer) -> None:
    mine, other = create(ours), create(ours)
    arn = "arn:aws:poolhouse:us-east-1:123456789012:sender-key/"
    allowed = [
        {"Effect": "Allow", "Action": "poolhouse:*", "Resource": [arn + mine, arn + "arn:aws:kms:eu-west-1:*"]},
        {"Effect": "Allow", "Action": "poolhouse:List*", "Resource": arn + "*"},
        {"Effect": "Allow", "Action": "poolhouse:*", "Resource": "arn:aws:poolhouse:*:*:access-key/*"},
    ]
    access = ours.create_access_key(UserName="one", PolicyDocument=json.dumps({"Statement": allowed}))["AccessKey"]
    holder = server.boto_client("poolhouse", (access["AccessKeyId"], access["SecretAccessKey"]))
    assert holder.export_sender_key(KeyArn=mine)["SenderKey"]["KeyName"] == mine
    assert holder.list_sender_keys(MaxResults=1)["SenderKeys"]
    assert create(holder, KeyArn=new_arn())
    for call, members in (
        (holder.export_sender_key, {"KeyArn": other}),
        (holder.delete_sender_key, {"KeyArn": other}),
        (holder.create_sender_key, {}),
    ):
        code, message, _ = refusal(call, **members)
        assert code == "AccessDeniedException"
        assert f"on resource: {arn}{members.get('KeyArn', '*')} " in message
