"""GetClientToken: tokens for machines."""

from tests.equality.language import (
    ABSENT,
    Call,
    Only,
    call,
    claims,
    on_pool,
    row,
)


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
