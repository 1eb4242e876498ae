"""Replicas of user pools through a real botocore client."""

from collections.abc import Callable
from typing import Any

import pytest

from app.core import pools
from app.flows.work import Resources
from tests.aws.refusals import refusal
from tests.factories import Factory

Members = dict[str, Any]
KEY = "arn:aws:kms:us-east-1:123456789012:key/mrk-0123456789abcdef0123456789abcdef"


@pytest.fixture
def keyed(make: Factory, resources: Resources) -> Callable[..., str]:
    """Makes a pool with a key of the customer, which no operation can give it while this server has no use for such keys."""

    def made(arn: str = KEY, **options: Any) -> str:
        pool_id = make.pool(**options)
        with resources.database.write() as db:
            pool = pools.lock_pool(db, pool_id)
            key = {"KeyType": "CUSTOMER_MANAGED_KEY", "KmsKeyArn": arn}
            pools.update_pool(
                db, pool_id, resources.clock(), configuration={**pool.configuration, "KeyConfiguration": key}
            )
        return pool_id

    return made


def replica(pool_id: str, region: str, status: str, role: str = "SECONDARY") -> Members:
    return {
        "RegionName": region,
        "Status": status,
        "Role": role,
        "UserPoolArn": f"arn:aws:cognito-idp:{region}:123456789012:userpool/{pool_id}",
    }


def listed(operator: Any, pool_id: str) -> list[Members]:
    page = operator.list_user_pool_replicas(UserPoolId=pool_id)
    assert "NextToken" not in page
    return list(page["UserPoolReplicas"])


def test_a_replica_from_beginning_to_end(operator: Any, keyed: Callable[..., str]) -> None:
    pool_id = keyed()
    primary = replica(pool_id, "us-east-1", "ACTIVE", "PRIMARY")
    names = {"UserPoolId": pool_id, "RegionName": "eu-west-1"}
    assert listed(operator, pool_id) == [primary]
    made = operator.create_user_pool_replica(**names, UserPoolTags={"team": "identity"})["UserPoolReplica"]
    assert made == replica(pool_id, "eu-west-1", "INACTIVE")
    assert listed(operator, pool_id) == [primary, made]
    assert operator.update_user_pool_replica(**names, Status="INACTIVE")["UserPoolReplica"] == made
    code, message, status = refusal(operator.update_user_pool_replica, **names, Status="ACTIVE")
    assert (code, status) == ("OperationNotEnabledException", 400)
    assert "does not replicate" in message
    assert listed(operator, pool_id) == [primary, made]
    gone = operator.delete_user_pool_replica(**names)["UserPoolReplica"]
    assert gone == replica(pool_id, "eu-west-1", "DELETING")
    assert listed(operator, pool_id) == [primary]
    for call, more in (
        (operator.update_user_pool_replica, {"Status": "INACTIVE"}),
        (operator.delete_user_pool_replica, {}),
    ):
        assert refusal(call, **names, **more)[0] == "ResourceNotFoundException"


def test_a_pool_has_one_replica(operator: Any, keyed: Callable[..., str]) -> None:
    pool_id = keyed()
    operator.create_user_pool_replica(UserPoolId=pool_id, RegionName="eu-west-1")
    call = operator.create_user_pool_replica
    assert refusal(call, UserPoolId=pool_id, RegionName="eu-west-2")[0] == "LimitExceededException"
    assert refusal(call, UserPoolId=pool_id, RegionName="eu-west-1")[0] == "InvalidParameterException"


@pytest.mark.parametrize(
    "arn",
    [
        "arn:aws:kms:us-east-1:123456789012:key/01234567-89ab-cdef-0123-456789abcdef",
        "arn:aws:kms:us-east-1:123456789012:alias/mrk-0123456789abcdef0123456789abcdef",
    ],
)
def test_only_a_multi_region_key_will_do(operator: Any, keyed: Callable[..., str], arn: str) -> None:
    names = {"UserPoolId": keyed(arn), "RegionName": "eu-west-1"}
    code, message, _ = refusal(operator.create_user_pool_replica, **names)
    assert (code, "multi-Region" in message) == ("InvalidParameterException", True)


def test_a_pool_without_a_key_of_its_own_is_not_eligible(operator: Any, make: Factory) -> None:
    pool_id = make.pool()
    call = operator.create_user_pool_replica
    assert refusal(call, UserPoolId=pool_id, RegionName="eu-west-1")[0] == "InvalidParameterException"
    assert listed(operator, pool_id) == [replica(pool_id, "us-east-1", "ACTIVE", "PRIMARY")]


@pytest.mark.parametrize("region", ["us-east-1", "nowhere", "EU-WEST-1", "eu-west-1/x"])
def test_the_region_must_be_another_one(operator: Any, keyed: Callable[..., str], region: str) -> None:
    names = {"UserPoolId": keyed(), "RegionName": region}
    assert refusal(operator.create_user_pool_replica, **names)[0] == "InvalidParameterException"


def test_the_primary_replica_is_the_pool(operator: Any, keyed: Callable[..., str]) -> None:
    names = {"UserPoolId": keyed(), "RegionName": "us-east-1"}
    assert refusal(operator.update_user_pool_replica, **names, Status="INACTIVE")[0] == "InvalidParameterException"
    assert refusal(operator.delete_user_pool_replica, **names)[0] == "InvalidParameterException"


@pytest.mark.parametrize("tags", [{"aws:team": "x"}, {f"tag-{number}": "x" for number in range(51)}])
def test_tags_are_as_those_of_pools(operator: Any, keyed: Callable[..., str], tags: dict[str, str]) -> None:
    names = {"UserPoolId": keyed(), "RegionName": "eu-west-1"}
    assert refusal(operator.create_user_pool_replica, **names, UserPoolTags=tags)[0] == "UserPoolTaggingException"


def test_replicas_need_the_plan_essentials(gated: Any, keyed: Callable[..., str]) -> None:
    lite = {"UserPoolId": keyed(UserPoolTier="LITE"), "RegionName": "eu-west-1"}
    assert refusal(gated.create_user_pool_replica, **lite)[0] == "FeatureUnavailableInTierException"
    essentials = {**lite, "UserPoolId": keyed(UserPoolTier="ESSENTIALS")}
    assert gated.create_user_pool_replica(**essentials)["UserPoolReplica"]["Status"] == "INACTIVE"


def test_lists_take_no_token_of_another_list(operator: Any, make: Factory) -> None:
    for _ in range(2):
        make.pool()
    token = operator.list_user_pools(MaxResults=1)["NextToken"]
    call = operator.list_user_pool_replicas
    assert refusal(call, UserPoolId=make.pool(), NextToken=token)[0] == "InvalidParameterException"


def test_the_pool_must_exist(operator: Any) -> None:
    names = {"UserPoolId": "us-east-1_Nowhere"}
    region = {**names, "RegionName": "eu-west-1"}
    assert refusal(operator.list_user_pool_replicas, **names)[0] == "ResourceNotFoundException"
    assert refusal(operator.create_user_pool_replica, **region)[0] == "ResourceNotFoundException"
    assert refusal(operator.update_user_pool_replica, **region, Status="ACTIVE")[0] == "ResourceNotFoundException"
    assert refusal(operator.delete_user_pool_replica, **region)[0] == "ResourceNotFoundException"
