"""IAM policies: what is refused when a key is made, and what the rest allows."""

import json
from typing import Any

import pytest

from app.core.policies import check_policy, decide, parse_policy
from app.kit.errors import InvalidParameterException

POOL = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_abc"
ALL_POOLS = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/*"


def policy(*statements: dict[str, Any]) -> dict[str, Any]:
    return check_policy({"Version": "2012-10-17", "Statement": list(statements)})


def allow(action: Any, resource: Any = "*") -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource}


def is_allowed(document: dict[str, Any] | None, action: str, resource: str) -> bool:
    return decide(document, action, resource) == "allowed"


def test_no_policy_allows_everything() -> None:
    assert is_allowed(None, "cognito-idp:DeleteUserPool", POOL)


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("cognito-idp:AdminGetUser", True),
        ("COGNITO-IDP:admingetuser", True),
        ("cognito-idp:AdminGet*", True),
        ("cognito-idp:Admin?etUser", True),
        ("cognito-idp:*User", True),
        ("cognito-idp:*", True),
        ("*", True),
        ("cognito-idp:AdminGetUse", False),
        ("cognito-idp:AdminGetUser?", False),
        ("poolhouse:*", False),
    ],
)
def test_actions_match_with_wildcards_and_without_case(action: str, expected: bool) -> None:
    assert is_allowed(policy(allow(action)), "cognito-idp:AdminGetUser", POOL) is expected


@pytest.mark.parametrize(
    ("resource", "expected"),
    [
        ("*", True),
        (POOL, True),
        (ALL_POOLS, True),
        ("arn:aws:cognito-idp:*:*:userpool/us-east-1_*", True),
        ("arn:*:*:*:*:*", True),
        ("arn:aws:cognito-idp:eu-west-1:000000000000:userpool/*", False),
        (POOL.upper().replace("ARN:AWS:COGNITO-IDP:US-EAST-1", "arn:aws:cognito-idp:us-east-1"), False),
        ("arn:aws:cognito-idp:us*:userpool/us-east-1_abc:x:y", False),
    ],
)
def test_resources_match_part_by_part(resource: str, expected: bool) -> None:
    assert is_allowed(policy(allow("*", resource)), "cognito-idp:AdminGetUser", POOL) is expected


def test_an_explicit_deny_wins_and_nothing_is_allowed_by_default() -> None:
    document = policy(allow("cognito-idp:*"), {"Effect": "Deny", "Action": "cognito-idp:Delete*", "Resource": POOL})
    assert decide(document, "cognito-idp:AdminGetUser", POOL) == "allowed"
    assert decide(document, "cognito-idp:DeleteUserPool", POOL) == "denied"
    assert decide(document, "poolhouse:CreateAccessKey", POOL) == "not_allowed"


def test_calls_that_name_no_pool_need_all_pools() -> None:
    assert is_allowed(policy(allow("*", ALL_POOLS)), "cognito-idp:ListUserPools", ALL_POOLS)
    assert not is_allowed(policy(allow("*", POOL)), "cognito-idp:ListUserPools", ALL_POOLS)


@pytest.mark.parametrize(
    "document",
    [
        [],
        {},
        {"Statement": []},
        {"Statement": "x"},
        {"Version": "2020-01-01", "Statement": allow("*")},
        {"Id": "x", "Statement": allow("*")},
        {"Statement": {**allow("*"), "Condition": {"Bool": {"aws:SecureTransport": "true"}}}},
        {"Statement": {"Effect": "Allow", "NotAction": "iam:*", "Resource": "*"}},
        {"Statement": {"Effect": "Allow", "Action": "*", "NotResource": POOL}},
        {"Statement": {**allow("*"), "Principal": "*"}},
        {"Statement": {"Effect": "Permit", "Action": "*", "Resource": "*"}},
        {"Statement": {"Effect": "Deny", "Action": "*"}},
        {"Statement": {"Effect": "Deny", "Resource": "*"}},
        {"Statement": allow([])},
        {"Statement": allow(["cognito-idp:*", 1])},
        {"Statement": allow("AdminGetUser")},
        {"Statement": allow("*:AdminGetUser")},
        {"Statement": allow("*", "userpool/x")},
        {"Statement": allow("*", "arn:*")},
        {"Statement": allow("*", "arn:aws:cognito-idp:::userpool/${aws:username}")},
        {"Statement": allow("*", "arn:aws:cognito-idp:::userpool/\0")},
        {"Statement": allow("*", "arn:aws:cognito-idp:::userpool/\ud800")},
        {"Statement": {**allow("*"), "Sid": ["x"]}},
    ],
)
def test_what_is_not_evaluated_is_refused(document: Any) -> None:
    with pytest.raises(InvalidParameterException, match="The policy document is refused"):
        check_policy(document)


@pytest.mark.parametrize(
    "text", ["", "{", "[" * 100_000, "[" * 9_000, '{"Statement":[],"Statement":[]}', "null", "NaN"]
)
def test_texts_that_are_no_policy_are_refused(text: str) -> None:
    with pytest.raises(InvalidParameterException):
        parse_policy(text)


def test_a_policy_text_is_parsed() -> None:
    document = {"Version": "2012-10-17", "Statement": {"Sid": "One1", **allow(["*"], [POOL])}}
    assert parse_policy(json.dumps(document)) == document


def test_hostile_wildcards_cost_no_time() -> None:
    hostile = policy(allow("cognito-idp:" + "*a" * 60 + "*b"))
    assert not is_allowed(hostile, "cognito-idp:" + "a" * 120, POOL)
