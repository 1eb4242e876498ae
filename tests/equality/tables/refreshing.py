"""Refresh tokens: used, rotated, used again."""

import re
from typing import Any

from tests.equality.language import (
    UUID,
    Call,
    On,
    Only,
    SecretHash,
    by_admin,
    by_token,
    call,
    claims,
    on_pool,
    password_sign_in,
    row,
    signed_in,
    user,
    wait,
)
from tests.equality.tables.tokens import refresh, revoke

SECRET = On(client={"GenerateSecret": True})
FLOWS = ["ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"]
ROTATING = On(
    client={
        "ExplicitAuthFlows": FLOWS,
        "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
    }
)
GRACEFUL = On(
    client={
        "ExplicitAuthFlows": FLOWS,
        "RefreshTokenRotation": {"Feature": "ENABLED", "RetryGracePeriodSeconds": 60},
    }
)
NOT_REFRESHING = On(client={"ExplicitAuthFlows": FLOWS})
TRACKING = On(pool={"DeviceConfiguration": {"DeviceOnlyRememberedOnUserPrompt": True}})
FRESH = {"AccessToken": str, "IdToken": str, "ExpiresIn": 3600, "TokenType": "Bearer"}


def refresh_by_flow(flow: str = "REFRESH_TOKEN_AUTH", **parameters: Any) -> Call:
    """InitiateAuth with a refresh token."""
    given = {"REFRESH_TOKEN": "$tokens.RefreshToken", **parameters}
    return call("InitiateAuth", ClientId="$client", AuthFlow=flow, AuthParameters=given)


def as_operator(**parameters: str) -> Call:
    """AdminInitiateAuth with a refresh token."""
    given = {"REFRESH_TOKEN": "$tokens.RefreshToken", **parameters}
    return on_pool("AdminInitiateAuth", ClientId="$client", AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=given)


ROWS = (
    # ---- refreshing
    row(
        "fresh tokens",
        "cognito.md 1.7 GetTokensFromRefreshToken",
        signed_in(),
        refresh().gives_only(AuthenticationResult=Only(FRESH)),
    ),
    row(
        "a refresh re-reads attributes and keeps the time of the sign-in",
        "cognito.md 3.4 Refresh (no rotation)",
        signed_in(nickname="Ada"),
        claims("$tokens.IdToken", {"nickname": "Ada"}),
        by_token("GetUser").keeps("before"),
        by_admin("AdminUpdateUserAttributes", UserAttributes=[{"Name": "nickname", "Value": "Countess"}]),
        wait(minutes=10),
        refresh().keeps("fresh", "AuthenticationResult"),
        claims("$fresh.IdToken", {"nickname": "Countess", "sub": "$sub"}),
    ),
    row(
        "a refresh by InitiateAuth",
        "cognito.md 2.1 REFRESH_TOKEN_AUTH",
        signed_in(),
        refresh_by_flow().gives_only(ChallengeParameters=Only({}), AuthenticationResult=Only(FRESH)),
    ),
    row(
        "a refresh by its short name",
        "cognito.md 2.1 REFRESH_TOKEN",
        signed_in(),
        refresh_by_flow("REFRESH_TOKEN").gives(AuthenticationResult=Only(FRESH)),
    ),
    row(
        "a refresh by an operator",
        "cognito.md 2.1 REFRESH_TOKEN_AUTH",
        signed_in(),
        as_operator().gives(AuthenticationResult=Only(FRESH)),
    ),
    row(
        "no refresh token",
        "cognito.md 2.1 REFRESH_TOKEN_AUTH",
        call("InitiateAuth", ClientId="$client", AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters={}).fails(
            "InvalidParameterException"
        ),
    ),
    row(
        "a refresh token that nobody gave",
        "cognito.md 12.2 NotAuthorized",
        refresh("eyJjdHkiOiJKV1QiLCJlbmMiOiJBMjU2R0NNIiwiYWxnIjoiUlNBLU9BRVAifQ.a.b.c.d").fails(
            "NotAuthorizedException", "Invalid Refresh Token."
        ),
    ),
    row(
        "an access token is no refresh token",
        "cognito.md 12.2 NotAuthorized",
        signed_in(),
        refresh("$tokens.AccessToken").fails("NotAuthorizedException", "Invalid Refresh Token."),
    ),
    row(
        "a revoked refresh token",
        "cognito.md 12.2 NotAuthorized",
        signed_in(),
        revoke(),
        refresh().fails("NotAuthorizedException", "Refresh Token has been revoked"),
    ),
    row(
        "a refresh token after thirty days",
        "cognito.md 12.2 NotAuthorized ?",
        signed_in(),
        wait(days=30, seconds=1),
        refresh().fails("NotAuthorizedException"),
    ),
    row(
        "a refresh token lives as the app says",
        "botocore: CreateUserPoolClient.RefreshTokenValidity",
        On(client={"RefreshTokenValidity": 1}),
        signed_in(),
        wait(days=1, seconds=1),
        refresh().fails("NotAuthorizedException"),
    ),
    row(
        "a refresh for a disabled user",
        "cognito.md 1.6 AdminDisableUser",
        signed_in(),
        by_admin("AdminDisableUser"),
        refresh().fails("NotAuthorizedException"),
    ),
    row(
        "a refresh for a user who was deleted",
        "cognito.md 1.7 GetTokensFromRefreshToken",
        signed_in(),
        by_admin("AdminDeleteUser"),
        refresh().fails("NotAuthorizedException"),
    ),
    row(
        "the secret of an app that has one",
        "cognito.md 2.7 GetTokensFromRefreshToken",
        SECRET,
        user(),
        password_sign_in(SECRET_HASH=SecretHash("$name")).keeps("tokens", "AuthenticationResult"),
        refresh(ClientSecret="$secret").gives(AuthenticationResult=Only(FRESH)),
        refresh().fails("NotAuthorizedException"),
        refresh(ClientSecret="x" * 24).fails("NotAuthorizedException"),
    ),
    row(
        "the secret hash of a refresh is of the user's own name",
        "cognito.md 12.2 SecretHash does not match",
        SECRET,
        user(),
        password_sign_in(SECRET_HASH=SecretHash("$name")).keeps("tokens", "AuthenticationResult"),
        refresh_by_flow(SECRET_HASH=SecretHash("$name")).gives(AuthenticationResult=Only(FRESH)),
        refresh_by_flow(SECRET_HASH=SecretHash("$sub")).gives(AuthenticationResult=Only(FRESH)),
        refresh_by_flow(SECRET_HASH=SecretHash("another")).fails(
            "NotAuthorizedException", "SecretHash does not match for the client: $client"
        ),
    ),
    row(
        "a refresh that the app has not",
        "cognito.md 2.1 ALLOW_REFRESH_TOKEN_AUTH",
        NOT_REFRESHING,
        signed_in(),
        refresh_by_flow().fails("InvalidParameterException", "REFRESH_TOKEN_AUTH flow not enabled for this client"),
    ),
    row(
        "where devices are tracked a refresh names its device",
        "cognito.md 2.6 With tracking on",
        TRACKING,
        user(),
        password_sign_in()
        .gives(
            AuthenticationResult={
                "NewDeviceMetadata": Only(
                    {"DeviceKey": re.compile(r"us-east-1_" + UUID.pattern), "DeviceGroupKey": str}
                )
            }
        )
        .keeps("tokens", "AuthenticationResult"),
        refresh().fails("NotAuthorizedException", "Invalid Refresh Token."),
        refresh(DeviceKey="$tokens.NewDeviceMetadata.DeviceKey").gives(AuthenticationResult=FRESH),
        claims("$tokens.AccessToken", {"device_key": "$tokens.NewDeviceMetadata.DeviceKey"}),
    ),
    # ---- rotation
    row(
        "a rotated refresh token is new",
        "cognito.md 3.4 Rotation ENABLED",
        ROTATING,
        signed_in(),
        refresh()
        .gives(AuthenticationResult=Only({**FRESH, "RefreshToken": str}))
        .keeps("fresh", "AuthenticationResult"),
        refresh("$fresh.RefreshToken").gives(AuthenticationResult={"RefreshToken": str}),
    ),
    row(
        "a rotated refresh token used again",
        "cognito.md 3.4 RefreshTokenReuseException",
        ROTATING,
        signed_in(),
        refresh(),
        refresh().fails("RefreshTokenReuseException"),
    ),
    row(
        "a rotated refresh token within its grace",
        "cognito.md 3.4 RetryGracePeriodSeconds",
        GRACEFUL,
        signed_in(),
        refresh(),
        wait(seconds=59),
        refresh().gives(AuthenticationResult=FRESH),
        wait(seconds=61),
        refresh().fails("RefreshTokenReuseException"),
    ),
    row(
        "the flow is refused while tokens rotate",
        "cognito.md 12.2 InvalidParameter ?",
        ROTATING,
        signed_in(),
        refresh_by_flow().fails("InvalidParameterException"),
    ),
    row(
        "rotation excludes the flow",
        "cognito.md 3.4 the client must drop ALLOW_REFRESH_TOKEN_AUTH",
        on_pool(
            "CreateUserPoolClient",
            ClientName="rotating",
            ExplicitAuthFlows=["ALLOW_REFRESH_TOKEN_AUTH"],
            RefreshTokenRotation={"Feature": "ENABLED"},
        ).fails("InvalidParameterException"),
    ),
)
