"""Access keys of operators: made, listed, obeyed, revoked."""

import json
from typing import Any

import pytest

from tests.aws.refusals import refusal
from tests.conftest import ROOT_KEY
from tests.factories import Factory
from tests.in_process import InProcessServer

READ_ONLY = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Action": ["cognito-idp:Describe*", "cognito-idp:List*"], "Resource": "*"}],
}


def create(ours: Any, policy: object, user_name: str = "reader") -> dict[str, Any]:
    document = policy if isinstance(policy, str) else json.dumps(policy)
    key: dict[str, Any] = ours.create_access_key(UserName=user_name, PolicyDocument=document)["AccessKey"]
    return key


def test_a_key_may_do_what_its_policy_says(ours: Any, server: InProcessServer, make: Factory) -> None:
    pool_id = make.pool()
    key = create(ours, READ_ONLY)
    assert key["PrincipalArn"] == "arn:aws:iam::123456789012:user/reader"
    assert json.loads(key["PolicyDocument"]) == READ_ONLY
    assert key["Status"] == "ACTIVE"
    reader = server.boto_client("cognito-idp", (key["AccessKeyId"], key["SecretAccessKey"]))
    assert reader.describe_user_pool(UserPoolId=pool_id)["UserPool"]["Id"] == pool_id
    code, message, _ = refusal(reader.delete_user_pool, UserPoolId=pool_id)
    assert code == "AccessDeniedException"
    assert "cognito-idp:DeleteUserPool" in message
    own = server.boto_client("poolhouse", (key["AccessKeyId"], key["SecretAccessKey"]))
    assert refusal(own.list_access_keys)[0] == "AccessDeniedException"


@pytest.mark.parametrize(
    "policy",
    [
        "not json",
        {"Statement": []},
        {"Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {}}]},
        {"Statement": [{"Effect": "Allow", "NotAction": "x:Y", "Resource": "*"}]},
    ],
)
def test_what_is_not_evaluated_is_refused(ours: Any, policy: object) -> None:
    document = policy if isinstance(policy, str) else json.dumps(policy)
    code, _, _ = refusal(ours.create_access_key, UserName="x", PolicyDocument=document)
    assert code == "InvalidParameterException"


def test_keys_are_listed_in_pages_without_their_secrets(ours: Any) -> None:
    made = {create(ours, READ_ONLY, f"user-{number}")["AccessKeyId"] for number in range(3)}
    pages = [ours.list_access_keys(MaxResults=2)]
    while "NextToken" in pages[-1]:
        pages.append(ours.list_access_keys(MaxResults=2, NextToken=pages[-1]["NextToken"]))
    keys = [key for page in pages for key in page["AccessKeys"]]
    assert made <= {key["AccessKeyId"] for key in keys}
    assert len(keys) == len({key["AccessKeyId"] for key in keys})
    assert all("SecretAccessKey" not in key for key in keys)
    assert refusal(ours.list_access_keys, NextToken="nonsense")[0] == "InvalidParameterException"


def test_a_revoked_key_is_useless(ours: Any, server: InProcessServer) -> None:
    key = create(ours, READ_ONLY)
    ours.revoke_access_key(AccessKeyId=key["AccessKeyId"])
    revoked = server.boto_client("cognito-idp", (key["AccessKeyId"], key["SecretAccessKey"]))
    assert refusal(revoked.list_user_pools, MaxResults=1)[0] == "UnrecognizedClientException"
    listed = {entry["AccessKeyId"]: entry["Status"] for entry in ours.list_access_keys()["AccessKeys"]}
    assert listed[key["AccessKeyId"]] == "REVOKED"
    ours.revoke_access_key(AccessKeyId=key["AccessKeyId"])
    code, _, _ = refusal(ours.revoke_access_key, AccessKeyId="AKIANOBODYHASTHISKEY")
    assert code == "ResourceNotFoundException"


def test_the_root_key_is_switched_off_in_the_settings_alone(ours: Any, operator: Any) -> None:
    code, message, _ = refusal(ours.revoke_access_key, AccessKeyId=ROOT_KEY[0])
    assert code == "InvalidParameterException"
    assert "POOLHOUSE_ROOT_ACCESS_KEY_ID" in message
    operator.list_user_pools(MaxResults=1)
    listed = {entry["AccessKeyId"]: entry["Status"] for entry in ours.list_access_keys()["AccessKeys"]}
    assert listed[ROOT_KEY[0]] == "ACTIVE"


def test_a_policy_may_name_the_one_key_that_may_be_revoked(ours: Any, server: InProcessServer) -> None:
    mine, other = (create(ours, READ_ONLY)["AccessKeyId"] for _ in range(2))
    resource = f"arn:aws:poolhouse:us-east-1:123456789012:access-key/{mine}"
    policy = {"Statement": [{"Effect": "Allow", "Action": "poolhouse:*", "Resource": resource}]}
    key = create(ours, policy)
    holder = server.boto_client("poolhouse", (key["AccessKeyId"], key["SecretAccessKey"]))
    holder.revoke_access_key(AccessKeyId=mine)
    for call, members in (
        (holder.revoke_access_key, {"AccessKeyId": other}),
        (holder.list_access_keys, {}),
        (holder.list_sender_keys, {}),
    ):
        assert refusal(call, **members)[0] == "AccessDeniedException"
