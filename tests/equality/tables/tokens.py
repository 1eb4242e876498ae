"""Tokens: what they say, what they open, and how they are revoked."""

import re

from tests.equality.language import (
    ABSENT,
    UUID,
    Call,
    On,
    Only,
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
REVOKED = ("NotAuthorizedException", "Access Token has been revoked")


def refresh(token: str = "$tokens.RefreshToken", **members: str) -> Call:
    """GetTokensFromRefreshToken."""
    return call("GetTokensFromRefreshToken", ClientId="$client", RefreshToken=token, **members)


def revoke(token: str = "$tokens.RefreshToken", **members: str) -> Call:
    """RevokeToken."""
    return call("RevokeToken", ClientId="$client", Token=token, **members)


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
)
