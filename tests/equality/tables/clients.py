"""App clients and their secrets."""

import datetime
import re
from typing import Any

from tests.equality.language import ABSENT, Call, Only, Row, on_pool, row, same_set
from tests.equality.tables.sign_up import SECRET

TIMES = {"CreationDate": datetime.datetime, "LastModifiedDate": datetime.datetime}
DEFAULTS = {
    "ClientName": "app",
    "ClientId": re.compile(r"[a-z0-9]{26}"),
    "UserPoolId": "$pool",
    "RefreshTokenValidity": 30,
    "ExplicitAuthFlows": same_set("ALLOW_REFRESH_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_CUSTOM_AUTH"),
    "AllowedOAuthFlowsUserPoolClient": False,
    "EnableTokenRevocation": True,
    "EnablePropagateAdditionalUserContextData": False,
    "AuthSessionValidity": 3,
    "ClientSecret": ABSENT,
    "ReadAttributes": ABSENT,
    "WriteAttributes": ABSENT,
    **TIMES,
}
OAUTH: dict[str, Any] = {
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthScopes": ["openid"],
    "CallbackURLs": ["https://app.example/callback"],
    "SupportedIdentityProviders": ["COGNITO"],
}
NO_CLIENT = "ResourceNotFoundException", "User pool client nobody does not exist."
SECRETS = {"ClientSecretId": re.compile(r"[\w+]+--\d+"), "ClientSecretCreateDate": datetime.datetime}
WRONG = "InvalidParameterException"


def make(**members: Any) -> Call:
    """CreateUserPoolClient; `$made` is the client."""
    return on_pool("CreateUserPoolClient", **{"ClientName": "app", **members}).keeps("made", "UserPoolClient")


def refused(name: str, source: str, code: str = WRONG, **members: Any) -> Row:
    """A row in which a client is not made."""
    return row(name, source, on_pool("CreateUserPoolClient", **{"ClientName": "app", **members}).fails(code))


def on_client(operation: str, **members: Any) -> Call:
    """An operation on the row's own client."""
    return on_pool(operation, **{"ClientId": "$client", **members})


def on_made(operation: str, **members: Any) -> Call:
    """An operation on the client that the row made."""
    return on_client(operation, ClientId="$made.ClientId", **members)


ROWS = (
    row("made with a name", "cognito.md 1.3 Defaults", make().gives_only(UserPoolClient=DEFAULTS)),
    row(
        "made with a secret",
        "cognito.md 1.3 GenerateSecret",
        make(GenerateSecret=True).gives(UserPoolClient={"ClientSecret": re.compile(r"[a-z0-9]{40,64}")}),
    ),
    row(
        "made with a secret of its own",
        "cognito.md 1.3 own ClientSecret",
        make(ClientSecret="s" * 32).gives(UserPoolClient={"ClientSecret": "s" * 32}),
    ),
    refused("two secrets at once", "cognito.md 1.3 xor own ClientSecret", GenerateSecret=True, ClientSecret="s" * 32),
    refused("a secret of 23 characters", "cognito.md 0.2 ClientSecret", ClientSecret="s" * 23),
    row(
        "a validity of 0 days is the default",
        "cognito.md 1.3 0 → 30",
        make(RefreshTokenValidity=0).gives(UserPoolClient={"RefreshTokenValidity": 30}),
    ),
    refused(
        "access tokens of four minutes",
        "cognito.md 1.3 effective 5 min–1 day",
        AccessTokenValidity=4,
        TokenValidityUnits={"AccessToken": "minutes"},
    ),
    refused("access tokens of two days", "cognito.md 1.3 effective 5 min–1 day", AccessTokenValidity=25),
    refused(
        "refresh tokens of 59 minutes",
        "cognito.md 1.3 RefreshTokenValidity 60 min",
        RefreshTokenValidity=59,
        TokenValidityUnits={"RefreshToken": "minutes"},
    ),
    refused("refresh tokens of eleven years", "cognito.md 1.3 3650 days", RefreshTokenValidity=3_651),
    refused("sessions of two minutes", "cognito.md 1.3 range 3–15", AuthSessionValidity=2),
    refused("sessions of sixteen minutes", "cognito.md 1.3 range 3–15", AuthSessionValidity=16),
    refused(
        "flows of both kinds",
        "cognito.md 1.3 cannot mix",
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH", "USER_PASSWORD_AUTH"],
    ),
    refused("a flow that there is not", "cognito.md 12.1 Enum", ExplicitAuthFlows=["ALLOW_EVERYTHING"]),
    refused(
        "ALLOW_CLIENT_TOKEN_AUTH with another flow",
        "cognito.md 1.3 must be the client's only flow",
        GenerateSecret=True,
        ExplicitAuthFlows=["ALLOW_CLIENT_TOKEN_AUTH", "ALLOW_USER_SRP_AUTH"],
    ),
    refused(
        "context data without a secret",
        "cognito.md 1.3 EnablePropagateAdditionalUserContextData",
        EnablePropagateAdditionalUserContextData=True,
    ),
    refused(
        "a grace of 61 seconds",
        "cognito.md 1.3 RetryGracePeriodSeconds 0–60",
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 61},
    ),
    refused("a name of 129 characters", "cognito.md 0.2 ClientName", ClientName="x" * 129),
    refused("attributes that there are not", "cognito.md 6.7 ReadAttributes", ReadAttributes=["custom:nothing"]),
    # ---- OAuth
    row(
        "made for the code flow",
        "cognito.md 1.3 CreateUserPoolClient",
        make(**OAUTH).gives(UserPoolClient=OAUTH),
    ),
    *[
        row(
            f"a callback to {url}",
            "cognito.md 1.3 Non-HTTPS callbacks",
            make(**{**OAUTH, "CallbackURLs": [url]}).gives(UserPoolClient={"CallbackURLs": [url]}),
        )
        for url in ("http://localhost:3000/", "http://127.0.0.1:9/x", "http://[::1]/cb", "myapp://callback")
    ],
    *[
        refused(f"a callback to {url}", f"cognito.md 1.3 {rule}", **{**OAUTH, "CallbackURLs": [url]})
        for url, rule in (
            ("http://app.example/callback", "Non-HTTPS callbacks"),
            ("https://app.example/callback#here", "no fragment"),
            ("callback", "RedirectUrl"),
        )
    ],
    refused(
        "a default that is no callback",
        "cognito.md 1.3 DefaultRedirectURI must be in CallbackURLs",
        **OAUTH,
        DefaultRedirectURI="https://other.example/",
    ),
    refused(
        "101 callbacks",
        "cognito.md 0.2 RedirectUrl ≤100",
        **{**OAUTH, "CallbackURLs": [f"https://app.example/{turn}" for turn in range(101)]},
    ),
    refused(
        "a scope that there is not",
        "cognito.md 12.3 ScopeDoesNotExistException",
        "ScopeDoesNotExistException",
        **{**OAUTH, "AllowedOAuthScopes": ["orders/read"]},
    ),
    refused(
        "client_credentials beside another flow",
        "cognito.md 1.3 client_credentials must be the only OAuth flow",
        "InvalidOAuthFlowException",
        **{**OAUTH, "AllowedOAuthFlows": ["code", "client_credentials"]},
        GenerateSecret=True,
    ),
    refused(
        "client_credentials without a secret",
        "cognito.md 1.3 needs a secret",
        "InvalidOAuthFlowException",
        **{**OAUTH, "AllowedOAuthFlows": ["client_credentials"], "AllowedOAuthScopes": []},
    ),
    refused(
        "a provider that there is not",
        "cognito.md 1.3 SupportedIdentityProviders",
        **{**OAUTH, "SupportedIdentityProviders": ["Nowhere"]},
    ),
    # ---- described, updated, deleted, listed
    row(
        "described",
        "cognito.md 1.3 DescribeUserPoolClient",
        make(GenerateSecret=True),
        on_made("DescribeUserPoolClient").gives_only(
            UserPoolClient={"ClientId": "$made.ClientId", "ClientSecret": "$made.ClientSecret", **TIMES}
        ),
    ),
    row(
        "described where there is none",
        "cognito.md 12.2 ResourceNotFound",
        on_client("DescribeUserPoolClient", ClientId="nobody").fails(*NO_CLIENT),
    ),
    row(
        "what an update leaves out falls back",
        "cognito.md 1.3 replace semantics",
        make(**OAUTH, AccessTokenValidity=2, ReadAttributes=["email"]),
        on_made("UpdateUserPoolClient").gives(
            UserPoolClient={
                "ClientName": "app",
                "AccessTokenValidity": ABSENT,
                "ReadAttributes": ABSENT,
                "AllowedOAuthFlowsUserPoolClient": False,
                "CallbackURLs": ABSENT,
            }
        ),
    ),
    row(
        "an update leaves the secret",
        "cognito.md 1.3 cannot add/remove the secret",
        make(GenerateSecret=True),
        on_made("UpdateUserPoolClient", ClientName="other").gives(
            UserPoolClient={"ClientName": "other", "ClientSecret": "$made.ClientSecret"}
        ),
    ),
    row(
        "updated where there is none",
        "cognito.md 12.2 ResourceNotFound",
        on_client("UpdateUserPoolClient", ClientId="nobody").fails(*NO_CLIENT),
    ),
    row(
        "an update to a scope that there is not",
        "cognito.md 12.3 ScopeDoesNotExistException",
        on_client("UpdateUserPoolClient", **{**OAUTH, "AllowedOAuthScopes": ["orders/read"]}).fails(
            "ScopeDoesNotExistException"
        ),
    ),
    row(
        "an update to two kinds of flow",
        "cognito.md 12.3 InvalidOAuthFlowException",
        on_client("UpdateUserPoolClient", **{**OAUTH, "AllowedOAuthFlows": ["code", "client_credentials"]}).fails(
            "InvalidOAuthFlowException"
        ),
    ),
    row(
        "deleted",
        "cognito.md 0.1 no output shape",
        make(),
        on_made("DeleteUserPoolClient").gives_only(),
        on_made("DescribeUserPoolClient").fails(
            "ResourceNotFoundException", "User pool client $made.ClientId does not exist."
        ),
    ),
    row(
        "deleted where there is none",
        "cognito.md 12.2 ResourceNotFound",
        on_client("DeleteUserPoolClient", ClientId="nobody").fails(*NO_CLIENT),
    ),
    row(
        "listed",
        "cognito.md 1.3 ListUserPoolClients",
        on_pool("ListUserPoolClients").gives_only(
            UserPoolClients=[Only({"ClientId": "$client", "UserPoolId": "$pool", "ClientName": "equality"})]
        ),
    ).alone(),
    row(
        "listed page by page",
        "cognito.md 1.3 ListUserPoolClients",
        make(),
        on_pool("ListUserPoolClients", MaxResults=1).gives_only(UserPoolClients=[dict], NextToken=str).keeps("first"),
        on_pool("ListUserPoolClients", MaxResults=1, NextToken="$first.NextToken").gives_only(UserPoolClients=[dict]),
    ).alone(),
    row("61 a page", "cognito.md 0.2 Pagination", on_pool("ListUserPoolClients", MaxResults=61).fails(WRONG)),
    row("none a page", "cognito.md 0.2 Pagination", on_pool("ListUserPoolClients", MaxResults=0).fails(WRONG)),
    # ---- secrets
    row(
        "a second secret",
        "cognito.md 1.3 AddUserPoolClientSecret",
        SECRET,
        on_client("AddUserPoolClientSecret")
        .gives_only(ClientSecretDescriptor=Only({**SECRETS, "ClientSecretValue": re.compile(r"\w{40,64}")}))
        .keeps("second", "ClientSecretDescriptor"),
        on_client("ListUserPoolClientSecrets").gives_only(ClientSecrets=[Only(SECRETS), Only(SECRETS)]),
        on_client("AddUserPoolClientSecret").fails("LimitExceededException"),
        on_client("DeleteUserPoolClientSecret", ClientSecretId="$second.ClientSecretId").gives_only(),
        on_client("ListUserPoolClientSecrets").gives_only(ClientSecrets=[Only(SECRETS)]).keeps("left"),
        on_client("DeleteUserPoolClientSecret", ClientSecretId="$left.ClientSecrets.0.ClientSecretId").fails(WRONG),
    ).alone(),
    row(
        "a second secret of its own is not told",
        "cognito.md 1.3 ClientSecretValue (only if generated)",
        SECRET,
        on_client("AddUserPoolClientSecret", ClientSecret="t" * 32).gives_only(ClientSecretDescriptor=Only(SECRETS)),
    ).alone(),
    row(
        "a secret that there is not",
        "botocore: DeleteUserPoolClientSecret.ClientSecretId",
        SECRET,
        on_client("DeleteUserPoolClientSecret", ClientSecretId="$client--1").fails("ResourceNotFoundException"),
    ),
    row(
        "the secrets of nobody",
        "cognito.md 12.2 ResourceNotFound",
        on_client("ListUserPoolClientSecrets", ClientId="nobody").fails(*NO_CLIENT),
    ),
)
