"""What all operations have in common, one row each from botocore's model: what is missing, and who or what is not there."""

import re
from collections.abc import Iterable
from typing import Any

from app.web.aws.registry import cognito_idp, load_targets
from tests.equality.language import SMS, Call, Row, by_admin, call, row, signed_in
from tests.factories import PASSWORD

load_targets()
MODEL = cognito_idp.model
# What stands for each required member where the row is not about it.
SAMPLES: dict[str, Any] = {
    "AccessToken": "$tokens.AccessToken",
    "AttributeName": "email",
    "AuthFlow": "ADMIN_USER_PASSWORD_AUTH",
    "ChallengeName": "SMS_MFA",
    "ClientId": "$client",
    "ClientName": "app",
    "ClientSecretId": "$client--1",
    "CloudWatchLogsRoleArn": SMS["SnsCallerArn"],
    "Code": "123456",
    "ConfirmationCode": "123456",
    "Credential": {},
    "CredentialId": "AAAA",
    "CustomAttributes": [{"Name": "size", "AttributeDataType": "String"}],
    "DestinationUser": {"ProviderName": "Cognito", "ProviderAttributeValue": "$name"},
    "DeviceKey": "us-east-1_7a1b9f5e-3f0a-4c5e-9a43-0123456789ab",
    "Domain": "$name",
    "Enforcement": "NONE",
    "EventId": "4f6fd2a1-0000-4000-8000-000000000000",
    "FeedbackToken": "a.b.c",
    "FeedbackValue": "Valid",
    "GroupName": "$name",
    "Identifier": "$name",
    "IdpIdentifier": "nowhere",
    "JobId": "import-nothing",
    "JobName": "job",
    "LogConfigurations": [],
    "MFAOptions": [],
    "ManagedLoginBrandingId": "1f0b8f3a-6f0e-4c1e-9a43-2b7c9d1e5f00",
    "MaxResults": 1,
    "Name": "$name",
    "Password": PASSWORD,
    "PoolName": "pool",
    "ProposedPassword": PASSWORD,
    "ProviderDetails": {},
    "ProviderName": "Example",
    "ProviderType": "OIDC",
    "RefreshToken": "a.b.c.d.e",
    "RegionName": "eu-west-1",
    "ResourceArn": "$arn",
    "SSOSession": {"MaxValidityMinutes": 5},
    "Secret": "s" * 32,
    "SessionId": "tkn" + "a" * 25,
    "SourceUser": {
        "ProviderName": "Google",
        "ProviderAttributeName": "Cognito_Subject",
        "ProviderAttributeValue": "subject-1",
    },
    "Status": "INACTIVE",
    "TagKeys": ["team"],
    "Tags": {"team": "identity"},
    "TermsId": "1f0b8f3a-6f0e-4c1e-9a43-2b7c9d1e5f00",
    "TermsName": "terms-of-use",
    "TermsSource": "LINK",
    "Token": "a.b.c.d.e",
    "TokenSession": {"MaxPerUser": 5},
    "User": {
        "ProviderName": "Google",
        "ProviderAttributeName": "Cognito_Subject",
        "ProviderAttributeValue": "subject-1",
    },
    "UserAttributeNames": ["nickname"],
    "UserAttributes": [{"Name": "nickname", "Value": "Ada"}],
    "UserCode": "123456",
    "UserPoolId": "$pool",
    "UserSessionTracking": "ENABLED",
    "Username": "$name",
}
# Not built.
WITHOUT = frozenset({"GetDerivedToken"})
# Look at threat protection first; see the table auth_events.
PROTECTED = frozenset({"AdminListUserAuthEvents", "AdminUpdateAuthEventFeedback"})
# Makes users; and signing out is all that is left to who must choose a new password.
MAKES, SIGNS_OUT = "AdminCreateUser", "GlobalSignOut"
NO_POOL = "us-east-1_Nowhere99"
PUBLIC = frozenset(name for name, operation in MODEL["operations"].items() if operation.get("authtype") == "none")


def members(operation: str) -> dict[str, Any]:
    """The members of an operation's input."""
    found: dict[str, Any] = MODEL["shapes"][MODEL["operations"][operation]["input"]["shape"]]["members"]
    return found


def required(operation: str) -> list[str]:
    """The members that an operation's input must have."""
    return list(MODEL["shapes"][MODEL["operations"][operation]["input"]["shape"]].get("required", ()))


def raises(operation: str, code: str) -> bool:
    """Whether the model has an error for an operation."""
    return code in {error["shape"] for error in MODEL["operations"][operation].get("errors", ())}


def sample(operation: str, **changes: Any) -> Call:
    """A call with every member that is required."""
    given = {name: SAMPLES[name] for name in required(operation)}
    return call(operation, **{**given, **changes})


def named(*wanted: str) -> list[str]:
    """The built operations whose input has all of these members."""
    return [name for name in MODEL["operations"] if set(wanted) <= set(members(name)) and name not in WITHOUT]


def missing() -> Iterable[Row]:
    """Without any member: each required one is asked for."""
    for operation in MODEL["operations"]:
        wanted = required(operation)
        if wanted and operation not in WITHOUT:
            text = re.compile(
                rf"{len(wanted)} validation errors? detected: (Value null at '\w+' failed to satisfy constraint: "
                rf"Member must not be null(; )?){{{len(wanted)}}}"
            )
            yield row(
                f"{operation} without its required members",
                "cognito.md 12.1 Missing",
                call(operation).fails("InvalidParameterException", text),
            )


def without_pool() -> Iterable[Row]:
    """In a pool that is not there."""
    for operation in named("UserPoolId"):
        if operation not in PUBLIC:
            yield row(
                f"{operation} in a pool that is not there",
                "cognito.md 12.2 ResourceNotFound ?",
                sample(operation, UserPoolId=NO_POOL).fails("ResourceNotFoundException"),
            )


def without_client() -> Iterable[Row]:
    """By an app that is not there; RevokeToken tells it otherwise."""
    for operation in named("ClientId"):
        if "UserPoolId" not in members(operation) and raises(operation, "ResourceNotFoundException"):
            yield row(
                f"{operation} by an app that is not there",
                "cognito.md 12.2 ResourceNotFound",
                sample(operation, ClientId="nobody").fails(
                    "ResourceNotFoundException", "User pool client nobody does not exist."
                ),
            )


def without_user() -> Iterable[Row]:
    """For a user who is not there."""
    for operation in named("UserPoolId", "Username"):
        if raises(operation, "UserNotFoundException") and operation not in (*PUBLIC, *PROTECTED, MAKES):
            yield row(
                f"{operation} for nobody",
                "cognito.md 12.2 UserNotFound",
                sample(operation).fails("UserNotFoundException", "User does not exist."),
            )


def by_token() -> Iterable[Row]:
    """With access tokens that open nothing."""
    for operation in named("AccessToken"):
        yield row(
            f"{operation} with an access token that is none",
            "cognito.md 12.2 NotAuthorized ?",
            sample(operation, AccessToken="no.access.token").fails("NotAuthorizedException"),
        )
        if raises(operation, "UserNotFoundException"):
            yield row(
                f"{operation} of a user who was deleted",
                "cognito.md 1 T operations add UserNotFoundException",
                signed_in(),
                by_admin("AdminDeleteUser"),
                sample(operation, AccessToken="$tokens.AccessToken").fails(
                    "UserNotFoundException", "User does not exist."
                ),
            )
        if raises(operation, "PasswordResetRequiredException") and operation != SIGNS_OUT:
            yield row(
                f"{operation} of a user who must choose a new password",
                "cognito.md 1 T operations add PasswordResetRequiredException ?",
                signed_in(email="$email", email_verified="true"),
                by_admin("AdminResetUserPassword"),
                sample(operation, AccessToken="$tokens.AccessToken").fails("PasswordResetRequiredException"),
            )


ROWS = (*missing(), *without_pool(), *without_client(), *without_user(), *by_token())
