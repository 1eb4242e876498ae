"""Tokens: what they say, how they are refreshed, rotated and revoked, and what they open."""

import re
from typing import Any

from tests.equality.language import (
    ABSENT,
    UUID,
    Call,
    On,
    Only,
    SecretHash,
    attributes,
    by_admin,
    by_token,
    call,
    claims,
    on_pool,
    password_sign_in,
    row,
    same_set,
    signed_in,
    user,
    wait,
)

SECRET = On(client={"GenerateSecret": True})
WITHOUT_REVOCATION = On(client={"EnableTokenRevocation": False})
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
REVOKED = ("NotAuthorizedException", "Access Token has been revoked")
FRESH = {"AccessToken": str, "IdToken": str, "ExpiresIn": 3600, "TokenType": "Bearer"}


def refresh(token: str = "$tokens.RefreshToken", **members: str) -> Call:
    """GetTokensFromRefreshToken."""
    return call("GetTokensFromRefreshToken", ClientId="$client", RefreshToken=token, **members)


def refresh_by_flow(flow: str = "REFRESH_TOKEN_AUTH", **parameters: Any) -> Call:
    """InitiateAuth with a refresh token."""
    given = {"REFRESH_TOKEN": "$tokens.RefreshToken", **parameters}
    return call("InitiateAuth", ClientId="$client", AuthFlow=flow, AuthParameters=given)


def revoke(token: str = "$tokens.RefreshToken", **members: str) -> Call:
    """RevokeToken."""
    return call("RevokeToken", ClientId="$client", Token=token, **members)


def as_operator(**parameters: str) -> Call:
    """AdminInitiateAuth with a refresh token."""
    given = {"REFRESH_TOKEN": "$tokens.RefreshToken", **parameters}
    return on_pool("AdminInitiateAuth", ClientId="$client", AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=given)


def machine(flow: str) -> list[Call]:
    """A resource server `$name` and an app `$made` for client credentials with this flow."""
    scopes = [{"ScopeName": scope, "ScopeDescription": scope} for scope in ("read", "write")]
    return [
        on_pool("CreateResourceServer", Identifier="$name", Name="Orders", Scopes=scopes),
        on_pool(
            "CreateUserPoolClient",
            ClientName="machine",
            GenerateSecret=True,
            ExplicitAuthFlows=[flow],
            AllowedOAuthFlowsUserPoolClient=True,
            AllowedOAuthFlows=["client_credentials"],
            AllowedOAuthScopes=["$name/read", "$name/write"],
        ).keeps("made", "UserPoolClient"),
    ]


ROWS = (
    # ---- what tokens say
    row(
        "the access token",
        "cognito.md 3.3",
        signed_in(),
        claims(
            "$tokens.AccessToken",
            Only(
                {
                    "sub": "$sub",
                    "iss": re.compile(r"https?://.*/us-east-1_\w+"),
                    "client_id": "$client",
                    "origin_jti": UUID,
                    "event_id": UUID,
                    "token_use": "access",
                    "scope": "aws.cognito.signin.user.admin",
                    "auth_time": int,
                    "exp": int,
                    "iat": int,
                    "jti": UUID,
                    "username": "$name",
                    "acr": "urn:cognito:loa:1",
                    "amr": ["pwd"],
                }
            ),
        ),
    ),
    row(
        "the ID token",
        "cognito.md 3.2",
        signed_in(
            email="$email",
            email_verified="true",
            phone_number="$phone",
            phone_number_verified="false",
            address="1 Main St",
            updated_at="1700000000",
        ),
        claims(
            "$tokens.IdToken",
            {
                "sub": "$sub",
                "aud": "$client",
                "token_use": "id",
                "auth_time": int,
                "iat": int,
                "exp": int,
                "jti": UUID,
                "origin_jti": UUID,
                "event_id": UUID,
                "cognito:username": "$name",
                "email": "$email",
                "email_verified": True,
                "phone_number": "$phone",
                "phone_number_verified": False,
                "address": {"formatted": "1 Main St"},
                "updated_at": 1700000000,
                "cognito:groups": ABSENT,
                "username": ABSENT,
                "scope": ABSENT,
            },
        ),
    ),
    row(
        "the header",
        "cognito.md 3.1",
        signed_in(),
        claims("$tokens.IdToken", {"alg": "RS256", "kid": str, "typ": ABSENT}, header=True),
        claims("$tokens.AccessToken", {"alg": "RS256", "kid": str}, header=True),
    ),
    row(
        "custom attributes are texts",
        "cognito.md 3.2 custom:<name>",
        On(
            pool={"Schema": [{"Name": "level", "AttributeDataType": "Number"}]},
            client={"ReadAttributes": ["custom:level"]},
        ),
        signed_in(custom__level="7"),
        claims("$tokens.IdToken", {"custom:level": "7"}),
    ),
    row(
        "only what the app may read",
        "cognito.md 6.7 ReadAttributes",
        On(client={"ReadAttributes": ["email"]}),
        signed_in(email="$email", nickname="Ada"),
        claims("$tokens.IdToken", {"email": "$email", "nickname": ABSENT, "email_verified": ABSENT}),
        by_token("GetUser").gives(UserAttributes=attributes(sub="$sub", email="$email")),
    ),
    row(
        "groups and roles",
        "cognito.md 3.2 cognito:groups",
        user(),
        on_pool("CreateGroup", GroupName="$name-1", Precedence=2, RoleArn="arn:aws:iam::123456789012:role/second"),
        on_pool("CreateGroup", GroupName="$name-2", Precedence=1, RoleArn="arn:aws:iam::123456789012:role/first"),
        by_admin("AdminAddUserToGroup", GroupName="$name-1"),
        by_admin("AdminAddUserToGroup", GroupName="$name-2"),
        password_sign_in().keeps("tokens", "AuthenticationResult"),
        claims("$tokens.AccessToken", {"cognito:groups": same_set("$name-1", "$name-2"), "cognito:roles": ABSENT}),
        claims(
            "$tokens.IdToken",
            {
                "cognito:groups": same_set("$name-1", "$name-2"),
                "cognito:roles": same_set(
                    "arn:aws:iam::123456789012:role/first", "arn:aws:iam::123456789012:role/second"
                ),
                "cognito:preferred_role": "arn:aws:iam::123456789012:role/first",
            },
        ),
    ),
    row(
        "no preferred role between equals",
        "cognito.md 3.2 cognito:preferred_role",
        user(),
        on_pool("CreateGroup", GroupName="$name-1", Precedence=1, RoleArn="arn:aws:iam::123456789012:role/second"),
        on_pool("CreateGroup", GroupName="$name-2", Precedence=1, RoleArn="arn:aws:iam::123456789012:role/first"),
        by_admin("AdminAddUserToGroup", GroupName="$name-1"),
        by_admin("AdminAddUserToGroup", GroupName="$name-2"),
        password_sign_in().keeps("tokens", "AuthenticationResult"),
        claims("$tokens.IdToken", {"cognito:preferred_role": ABSENT}),
    ),
    row(
        "without revocation there is no family",
        "cognito.md 3.2 origin_jti",
        WITHOUT_REVOCATION,
        signed_in(),
        claims("$tokens.AccessToken", {"origin_jti": ABSENT}),
        claims("$tokens.IdToken", {"origin_jti": ABSENT}),
    ),
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
    # ---- revocation
    row("revoking answers nothing", "cognito.md 1.7 RevokeToken", signed_in(), revoke().gives_only()),
    row(
        "revoking kills the access token, too",
        "cognito.md 3.4 RevokeToken",
        signed_in(),
        revoke(),
        by_token("GetUser").fails(*REVOKED),
    ),
    row("revoking twice", "cognito.md 1.7 RevokeToken Already revoked", signed_in(), revoke(), revoke().gives_only()),
    row("revoking an unknown token", "cognito.md 1.7 RevokeToken unknown", revoke("unknown").gives_only()),
    row(
        "an access token cannot be revoked",
        "cognito.md 1.7 RevokeToken UnsupportedTokenType",
        signed_in(),
        revoke("$tokens.AccessToken").fails("UnsupportedTokenTypeException"),
    ),
    row(
        "revocation that is turned off",
        "cognito.md 1.7 RevokeToken UnsupportedOperation",
        WITHOUT_REVOCATION,
        signed_in(),
        revoke().fails("UnsupportedOperationException"),
    ),
    row(
        "revocation by an app that is not there",
        "cognito.md 1.7 RevokeToken UnauthorizedException",
        signed_in(),
        call("RevokeToken", ClientId="nobody", Token="$tokens.RefreshToken").fails("UnauthorizedException"),
    ),
    row(
        "revocation without the secret",
        "cognito.md 1.7 RevokeToken UnauthorizedException",
        SECRET,
        revoke("unknown").fails("UnauthorizedException"),
    ),
    row(
        "a global sign-out",
        "cognito.md 1.8 GlobalSignOut",
        signed_in(),
        by_token("GlobalSignOut").gives_only(),
        by_token("GetUser").fails(*REVOKED),
        refresh().fails("NotAuthorizedException", "Refresh Token has been revoked"),
    ),
    row(
        "a global sign-out by an operator",
        "cognito.md 1.6 AdminUserGlobalSignOut",
        signed_in(),
        by_admin("AdminUserGlobalSignOut").gives_only(),
        by_token("GetUser").fails(*REVOKED),
        refresh().fails("NotAuthorizedException", "Refresh Token has been revoked"),
    ),
    row(
        "a disabled user's access token",
        "cognito.md 1.6 AdminDisableUser",
        signed_in(),
        by_admin("AdminDisableUser"),
        by_token("GetUser").fails("NotAuthorizedException"),
    ),
    # ---- access tokens that open nothing
    row(
        "an access token after an hour",
        "cognito.md 12.2 NotAuthorized",
        signed_in(),
        wait(hours=1, seconds=1),
        by_token("GetUser").fails("NotAuthorizedException", "Access Token has expired"),
    ),
    row(
        "an access token that is none",
        "cognito.md 12.2 NotAuthorized ?",
        call("GetUser", AccessToken="no.access.token").fails("NotAuthorizedException"),
    ),
    row(
        "an ID token in place of an access token",
        "cognito.md 12.2 NotAuthorized ?",
        signed_in(),
        by_token("GetUser", AccessToken="$tokens.IdToken").fails("NotAuthorizedException"),
    ),
    row(
        "an access token with another signature",
        "cognito.md 12.2 NotAuthorized ?",
        signed_in(),
        by_token("GetUser", AccessToken="x$tokens.AccessToken").fails("NotAuthorizedException"),
    ),
    row(
        "an access token with a blank",
        "cognito.md 0.2 TokenModelType",
        call("GetUser", AccessToken="no token").fails("InvalidParameterException"),
    ),
    row(
        "the token of a user who is gone",
        "cognito.md 1 T operations add UserNotFoundException",
        signed_in(),
        by_admin("AdminDeleteUser"),
        by_token("GetUser").fails("UserNotFoundException"),
    ),
    # ---- GetClientToken
    row(
        "a token for a machine",
        "cognito.md 1.7 GetClientToken",
        machine("ALLOW_CLIENT_TOKEN_AUTH"),
        call("GetClientToken", ClientId="$made.ClientId", Secret="$made.ClientSecret")
        .unsigned()
        .gives_only(ClientAuthenticationResult=Only({"AccessToken": str, "ExpiresIn": 3600, "TokenType": "Bearer"}))
        .keeps("token", "ClientAuthenticationResult.AccessToken"),
        claims(
            "$token",
            {
                "sub": "$made.ClientId",
                "client_id": "$made.ClientId",
                "token_use": "access",
                "scope": "$name/read $name/write",
                "auth_time": int,
                "username": ABSENT,
                "cognito:groups": ABSENT,
            },
        ),
    ),
    row(
        "a token for a machine, with less than it may",
        "cognito.md 1.7 GetClientToken Scopes",
        machine("ALLOW_CLIENT_TOKEN_AUTH"),
        call("GetClientToken", ClientId="$made.ClientId", Secret="$made.ClientSecret", Scopes=["$name/read"]).keeps(
            "token", "ClientAuthenticationResult.AccessToken"
        ),
        claims("$token", {"scope": "$name/read"}),
    ),
    row(
        "a token for a machine, with more than it may",
        "botocore: GetClientToken.Scopes",
        machine("ALLOW_CLIENT_TOKEN_AUTH"),
        call("GetClientToken", ClientId="$made.ClientId", Secret="$made.ClientSecret", Scopes=["$name/own"]).fails(
            "InvalidParameterException"
        ),
    ),
    row(
        "a machine with a wrong secret",
        "cognito.md 12.2 NotAuthorized",
        machine("ALLOW_CLIENT_TOKEN_AUTH"),
        call("GetClientToken", ClientId="$made.ClientId", Secret="x" * 30).fails(
            "NotAuthorizedException", "Invalid client or secret"
        ),
    ),
    row(
        "a machine whose app has other flows",
        "cognito.md 1.3 ALLOW_CLIENT_TOKEN_AUTH",
        machine("ALLOW_USER_SRP_AUTH"),
        call("GetClientToken", ClientId="$made.ClientId", Secret="$made.ClientSecret").fails(
            "InvalidParameterException"
        ),
    ),
    row(
        "a machine that is not there",
        "cognito.md 12.2 ResourceNotFound",
        call("GetClientToken", ClientId="nobody", Secret="x" * 30).fails(
            "ResourceNotFoundException", "User pool client nobody does not exist."
        ),
    ),
)
