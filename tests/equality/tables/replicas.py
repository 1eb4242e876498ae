"""Replicas in other Regions."""

from tests.equality.language import (
    Only,
    on_pool,
    row,
)

WRONG = "InvalidParameterException"
NOT_FOUND = "ResourceNotFoundException"
PRIMARY = {
    "RegionName": "us-east-1",
    "Status": "ACTIVE",
    "Role": "PRIMARY",
    "UserPoolArn": "$arn",
}


ROWS = (
    row(
        "the primary",
        "cognito.md 1.2 ListUserPoolReplicas",
        on_pool("ListUserPoolReplicas").gives_only(UserPoolReplicas=[Only(PRIMARY)]),
    ),
    row(
        "a replica without a key",
        "cognito.md 1.2 Requires a multi-region CMK",
        on_pool("CreateUserPoolReplica", RegionName="eu-west-1").fails(WRONG),
    ),
    row(
        "the primary is no replica",
        "cognito.md 1.2 UpdateUserPoolReplica",
        on_pool("UpdateUserPoolReplica", RegionName="us-east-1", Status="INACTIVE").fails(WRONG),
        on_pool("DeleteUserPoolReplica", RegionName="us-east-1").fails(WRONG),
    ),
    row(
        "a replica that there is not",
        "cognito.md 12.2 ResourceNotFound",
        on_pool("UpdateUserPoolReplica", RegionName="eu-west-1", Status="INACTIVE").fails(NOT_FOUND),
        on_pool("DeleteUserPoolReplica", RegionName="eu-west-1").fails(NOT_FOUND),
    ),
)
