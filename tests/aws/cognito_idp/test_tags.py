"""Tags of user pools through a real botocore client."""

from typing import Any

from tests.aws.refusals import refusal
from tests.conftest import ROOT_KEY
from tests.factories import Factory
from tests.in_process import InProcessServer


def arn_of(operator: Any, pool_id: str) -> str:
    return str(operator.describe_user_pool(UserPoolId=pool_id)["UserPool"]["Arn"])


def test_tags_come_and_go(operator: Any, make: Factory) -> None:
    pool_id = make.pool(UserPoolTags={"stage": "test"})
    arn = arn_of(operator, pool_id)
    assert operator.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"stage": "test"}
    operator.tag_resource(ResourceArn=arn, Tags={"stage": "production", "team": ""})
    assert operator.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"stage": "production", "team": ""}
    assert operator.describe_user_pool(UserPoolId=pool_id)["UserPool"]["UserPoolTags"]["stage"] == "production"
    operator.untag_resource(ResourceArn=arn, TagKeys=["stage", "never-set"])
    assert operator.list_tags_for_resource(ResourceArn=arn)["Tags"] == {"team": ""}


def test_a_pool_has_fifty_tags_at_most(operator: Any, make: Factory) -> None:
    arn = arn_of(operator, make.pool())
    operator.tag_resource(ResourceArn=arn, Tags={f"key-{number}": "x" for number in range(50)})
    operator.tag_resource(ResourceArn=arn, Tags={"key-0": "y"})
    assert refusal(operator.tag_resource, ResourceArn=arn, Tags={"one-more": "x"})[0] == "InvalidParameterException"
    assert refusal(operator.tag_resource, ResourceArn=arn, Tags={"AWS:x": "x"})[0] == "InvalidParameterException"


def test_only_the_callers_pools_have_tags(operator: Any, make: Factory, server: InProcessServer) -> None:
    pool_id = make.pool()
    arn = arn_of(operator, pool_id)
    wrong = (
        arn.replace("123456789012", "210987654321"),
        arn.replace("us-east-1", "eu-west-1"),
        arn.replace("userpool/", "userpool/x/"),
        arn.replace("cognito-idp", "cognito-sync"),
        arn[:-9] + "A" * 9,
    )
    for resource in wrong:
        assert refusal(operator.list_tags_for_resource, ResourceArn=resource)[0] == "ResourceNotFoundException"
        assert refusal(operator.tag_resource, ResourceArn=resource, Tags={"a": "b"})[0] == "ResourceNotFoundException"
        assert refusal(operator.untag_resource, ResourceArn=resource, TagKeys=["a"])[0] == "ResourceNotFoundException"
    elsewhere = server.boto_client("cognito-idp", ROOT_KEY, region="eu-west-1")
    assert refusal(elsewhere.list_tags_for_resource, ResourceArn=arn)[0] == "ResourceNotFoundException"
