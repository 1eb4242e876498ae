"""Groups and who is in them."""

import datetime
from typing import Any

from tests.equality.language import Call, Only, by_admin, on_pool, row, user

ROLE = "arn:aws:iam::123456789012:role/readers"
NOBODY = ("UserNotFoundException", "User does not exist.")
TIMES = {"CreationDate": datetime.datetime, "LastModifiedDate": datetime.datetime}
GROUP = {"GroupName": "$name", "UserPoolId": "$pool", **TIMES}


def on_group(operation: str, **members: Any) -> Call:
    """An operation on the group `$name`."""
    return on_pool(operation, GroupName="$name", **members)


def on_member(operation: str, **members: Any) -> Call:
    """An operation on the user and the group `$name`."""
    return by_admin(operation, GroupName="$name", **members)


ROWS = (
    row("made with a name", "cognito.md 1.5 GroupType", on_group("CreateGroup").gives_only(Group=Only(GROUP))),
    row(
        "made with everything",
        "cognito.md 1.5 GroupType",
        on_group("CreateGroup", Description="Readers", RoleArn=ROLE, Precedence=0).gives_only(
            Group=Only({**GROUP, "Description": "Readers", "RoleArn": ROLE, "Precedence": 0})
        ),
    ),
    row(
        "made twice",
        "cognito.md 12.2 GroupExists ?",
        on_group("CreateGroup"),
        on_group("CreateGroup").fails("GroupExistsException"),
    ),
    row(
        "a precedence below 0",
        "cognito.md 0.2 Precedence",
        on_group("CreateGroup", Precedence=-1).fails("InvalidParameterException"),
    ),
    row(
        "a role that is none",
        "cognito.md 0.2 RoleArn",
        on_group("CreateGroup", RoleArn="readers").fails("InvalidParameterException"),
    ),
    row(
        "a name with a space",
        "cognito.md 0.2 GroupName",
        on_pool("CreateGroup", GroupName="the readers").fails("InvalidParameterException"),
    ),
    row(
        "a description of 2049 characters",
        "cognito.md 0.2 Description",
        on_group("CreateGroup", Description="x" * 2_049).fails("InvalidParameterException"),
    ),
    row(
        "seen",
        "cognito.md 1.5 GetGroup",
        on_group("CreateGroup", Precedence=7),
        on_group("GetGroup").gives_only(Group=Only({**GROUP, "Precedence": 7})),
    ),
    row("not seen", "cognito.md 12.2 ResourceNotFound ?", on_group("GetGroup").fails("ResourceNotFoundException")),
    row(
        "updated",
        "cognito.md 1.5 UpdateGroup",
        on_group("CreateGroup", Description="Readers"),
        on_group("UpdateGroup", Precedence=3).gives(Group={"Precedence": 3, "Description": "Readers"}),
    ),
    row(
        "nothing to update",
        "cognito.md 12.2 ResourceNotFound ?",
        on_group("UpdateGroup", Precedence=3).fails("ResourceNotFoundException"),
    ),
    row(
        "deleted with its members",
        "cognito.md 0.1 no output shape",
        user(),
        on_group("CreateGroup"),
        on_member("AdminAddUserToGroup"),
        on_group("DeleteGroup").gives_only(),
        on_group("GetGroup").fails("ResourceNotFoundException"),
        by_admin("AdminListGroupsForUser").gives_only(Groups=[]),
    ),
    row(
        "nothing to delete",
        "cognito.md 12.2 ResourceNotFound ?",
        on_group("DeleteGroup").fails("ResourceNotFoundException"),
    ),
    row(
        "listed by name",
        "cognito.md 1.5 ListGroups",
        on_pool("CreateGroup", GroupName="b"),
        on_pool("CreateGroup", GroupName="a"),
        on_pool("ListGroups").gives_only(Groups=[{"GroupName": "a"}, {"GroupName": "b"}]),
        on_pool("ListGroups", Limit=1).gives_only(Groups=[{"GroupName": "a"}], NextToken=str).keeps("first"),
        on_pool("ListGroups", Limit=1, NextToken="$first.NextToken").gives_only(Groups=[{"GroupName": "b"}]),
    ).alone(),
    row(
        "joined and left",
        "cognito.md 1.5 AdminAddUserToGroup idempotent",
        user(),
        on_group("CreateGroup"),
        *[on_member("AdminAddUserToGroup").gives_only()] * 2,
        by_admin("AdminListGroupsForUser").gives_only(Groups=[Only(GROUP)]),
        on_group("ListUsersInGroup").gives_only(
            Users=[{"Username": "$name", "UserStatus": "CONFIRMED", "Enabled": True}]
        ),
        *[on_member("AdminRemoveUserFromGroup").gives_only()] * 2,
        by_admin("AdminListGroupsForUser").gives_only(Groups=[]),
        on_group("ListUsersInGroup").gives_only(Users=[]),
    ),
    row(
        "nobody joins",
        "cognito.md 12.2 UserNotFound",
        on_group("CreateGroup"),
        on_member("AdminAddUserToGroup").fails(*NOBODY),
    ),
    row(
        "nobody leaves",
        "cognito.md 12.2 UserNotFound",
        on_group("CreateGroup"),
        on_member("AdminRemoveUserFromGroup").fails(*NOBODY),
    ),
    row(
        "joined to nothing",
        "cognito.md 12.2 ResourceNotFound ?",
        user(),
        on_member("AdminAddUserToGroup").fails("ResourceNotFoundException"),
    ),
    row("the groups of nobody", "cognito.md 12.2 UserNotFound", by_admin("AdminListGroupsForUser").fails(*NOBODY)),
    row(
        "the members of nothing",
        "cognito.md 12.2 ResourceNotFound ?",
        on_group("ListUsersInGroup").fails("ResourceNotFoundException"),
    ),
    row(
        "members page by page",
        "cognito.md 1.5 ListUsersInGroup",
        on_group("CreateGroup"),
        *[
            step
            for turn in "ab"
            for step in (
                *user(f"$name-{turn}"),
                on_pool("AdminAddUserToGroup", Username=f"$name-{turn}", GroupName="$name"),
            )
        ],
        on_group("ListUsersInGroup", Limit=1).gives_only(Users=[dict], NextToken=str).keeps("first"),
        on_group("ListUsersInGroup", Limit=1, NextToken="$first.NextToken").gives_only(Users=[dict]),
    ),
)
