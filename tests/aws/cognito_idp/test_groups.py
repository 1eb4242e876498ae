"""Groups and their members through a real botocore client."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any

from botocore.exceptions import ClientError

from app.core.groups import groups_of
from app.flows.work import Resources
from app.jobs.purge_pools import purge_groups
from tests.aws.refusals import refusal
from tests.factories import Factory

ROLE = "arn:aws:iam::123456789012:role/admins"


def test_a_group_from_beginning_to_end(operator: Any, make: Factory, clock: Any) -> None:
    pool_id = make.pool()
    names = {"UserPoolId": pool_id, "GroupName": "admins"}
    made = operator.create_group(**names, Description="Admins", RoleArn=ROLE, Precedence=0)["Group"]
    assert {**names, "Description": "Admins", "RoleArn": ROLE, "Precedence": 0}.items() <= made.items()
    assert operator.get_group(**names)["Group"] == made
    clock.advance(seconds=5)
    updated = operator.update_group(**names, Precedence=7)["Group"]
    assert (updated["Precedence"], updated["Description"], updated["RoleArn"]) == (7, "Admins", ROLE)
    assert updated["LastModifiedDate"] > updated["CreationDate"]
    operator.delete_group(**names)
    for call in (operator.get_group, operator.update_group, operator.delete_group, operator.list_users_in_group):
        code, message, _ = refusal(call, **names)
        assert (code, message) == ("ResourceNotFoundException", "Group not found.")


def test_names_are_unique_until_the_group_is_deleted(operator: Any, make: Factory) -> None:
    names = {"UserPoolId": make.pool(), "GroupName": "team"}
    operator.create_group(**names)
    assert refusal(operator.create_group, **names)[0] == "GroupExistsException"
    operator.delete_group(**names)
    operator.create_group(**names)


def test_callers_racing_for_a_name_or_the_last_place(operator: Any, make: Factory, monkeypatch: Any) -> None:
    monkeypatch.setattr("app.core.groups.MAX_GROUPS", 4)
    pool_id = make.pool()

    def create(number: int) -> str:
        try:
            operator.create_group(UserPoolId=pool_id, GroupName=f"group-{number % 6}")
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "created"

    with ThreadPoolExecutor(12) as threads:
        outcomes = list(threads.map(create, range(12)))
    assert outcomes.count("created") == 4
    assert set(outcomes) == {"created", "GroupExistsException", "LimitExceededException"}


def test_members_come_and_go(operator: Any, make: Factory) -> None:
    pool_id = make.pool()
    user = make.user(pool_id, email="zoe@example.com")
    names = {"UserPoolId": pool_id, "GroupName": "team"}
    operator.create_group(**names)
    assert operator.list_users_in_group(**names)["Users"] == []
    for _ in range(2):
        operator.admin_add_user_to_group(**names, Username=user.username)
    (member,) = operator.list_users_in_group(**names)["Users"]
    assert (member["Username"], member["Enabled"], member["UserStatus"]) == (user.username, True, "CONFIRMED")
    assert {"Name": "email", "Value": "zoe@example.com"} in member["Attributes"]
    assert {"Name": "sub", "Value": user.sub} in member["Attributes"]
    for _ in range(2):
        operator.admin_remove_user_from_group(**names, Username=user.sub)
    assert operator.list_users_in_group(**names)["Users"] == []


def test_unknown_users_and_groups(operator: Any, make: Factory) -> None:
    pool_id = make.pool()
    user = make.user(pool_id)
    operator.create_group(UserPoolId=pool_id, GroupName="team")
    for call in (operator.admin_add_user_to_group, operator.admin_remove_user_from_group):
        code, _, _ = refusal(call, UserPoolId=pool_id, Username="nobody", GroupName="team")
        assert code == "UserNotFoundException"
        code, _, _ = refusal(call, UserPoolId=pool_id, Username=user.username, GroupName="none")
        assert code == "ResourceNotFoundException"
    code, _, _ = refusal(operator.admin_list_groups_for_user, UserPoolId=pool_id, Username="nobody")
    assert code == "UserNotFoundException"


def test_groups_of_a_user_are_in_order_of_precedence(operator: Any, make: Factory, resources: Resources) -> None:
    pool_id = make.pool()
    user = make.user(pool_id)
    for name, options in (("c", {"Precedence": 10}), ("b", {}), ("a", {}), ("d", {"Precedence": 2})):
        operator.create_group(UserPoolId=pool_id, GroupName=name, **options)
        operator.admin_add_user_to_group(UserPoolId=pool_id, GroupName=name, Username=user.username)
    with resources.database.read() as db:
        assert [group.name for group in groups_of(db, pool_id, user.sub)] == ["d", "c", "a", "b"]
    names = {"UserPoolId": pool_id, "Username": user.username}
    pages = operator.get_paginator("admin_list_groups_for_user").paginate(**names, PaginationConfig={"PageSize": 3})
    assert [[group["GroupName"] for group in page["Groups"]] for page in pages] == [["d", "c", "a"], ["b"]]
    token = operator.admin_list_groups_for_user(**names, Limit=1)["NextToken"]
    other = make.user(pool_id).username
    code, _, _ = refusal(operator.admin_list_groups_for_user, UserPoolId=pool_id, Username=other, NextToken=token)
    assert code == "InvalidParameterException"


def test_a_user_is_in_a_hundred_groups_at_most(operator: Any, make: Factory, monkeypatch: Any) -> None:
    monkeypatch.setattr("app.core.groups.MAX_GROUPS_OF_USER", 3)
    pool_id = make.pool()
    user = make.user(pool_id)
    for number in range(8):
        operator.create_group(UserPoolId=pool_id, GroupName=f"g{number}")

    def add(number: int) -> str:
        try:
            operator.admin_add_user_to_group(UserPoolId=pool_id, GroupName=f"g{number}", Username=user.username)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "added"

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(add, range(8)))
    assert outcomes.count("added") == 3
    assert outcomes.count("LimitExceededException") == 5


def test_lists_come_in_pages(operator: Any, make: Factory) -> None:
    pool_id = make.pool()
    for number in range(5):
        operator.create_group(UserPoolId=pool_id, GroupName=f"g{number}")
        operator.admin_add_user_to_group(UserPoolId=pool_id, GroupName="g0", Username=make.user(pool_id).username)
    pages = operator.get_paginator("list_groups").paginate(UserPoolId=pool_id, PaginationConfig={"PageSize": 2})
    assert [[group["GroupName"] for group in page["Groups"]] for page in pages] == [["g0", "g1"], ["g2", "g3"], ["g4"]]
    members = operator.get_paginator("list_users_in_group").paginate(
        UserPoolId=pool_id, GroupName="g0", PaginationConfig={"PageSize": 2}
    )
    found = [user["Username"] for page in members for user in page["Users"]]
    assert len(found) == len(set(found)) == 5
    assert len(operator.list_groups(UserPoolId=pool_id, Limit=0)["Groups"]) == 5
    token = operator.list_groups(UserPoolId=pool_id, Limit=1)["NextToken"]
    code, _, _ = refusal(operator.list_groups, UserPoolId=make.pool(), NextToken=token)
    assert code == "InvalidParameterException"
    code, _, _ = refusal(operator.list_users_in_group, UserPoolId=pool_id, GroupName="g0", NextToken=token)
    assert code == "InvalidParameterException"


def test_a_deleted_group_has_no_members_even_under_its_old_name(
    operator: Any, make: Factory, resources: Resources
) -> None:
    pool_id = make.pool()
    user = make.user(pool_id)
    names = {"UserPoolId": pool_id, "GroupName": "team"}
    operator.create_group(**names)
    operator.admin_add_user_to_group(**names, Username=user.username)
    operator.delete_group(**names)
    operator.create_group(**names)
    assert operator.list_users_in_group(**names)["Users"] == []
    assert operator.admin_list_groups_for_user(UserPoolId=pool_id, Username=user.username)["Groups"] == []
    assert purge_groups(make.work()) >= 2
    assert purge_groups(make.work()) == 0
    with resources.database.read() as db:
        left = db.exec_driver_sql(f"SELECT count(*) FROM memberships WHERE pool_id = '{pool_id}'")  # noqa: S608
        assert left.scalar_one() == 0
    assert operator.get_group(**names)["Group"]["GroupName"] == "team"
