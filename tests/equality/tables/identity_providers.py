"""Identity providers."""

import datetime
from typing import Any

from tests.aws.cognito_idp.saml import metadata
from tests.equality.language import (
    ABSENT,
    Call,
    Only,
    on_pool,
    row,
)

TIMES = {"CreationDate": datetime.datetime, "LastModifiedDate": datetime.datetime}
OIDC = {
    "client_id": "poolhouse",
    "client_secret": "between-these-two",
    "authorize_scopes": "openid email",
    "attributes_request_method": "GET",
    "oidc_issuer": "https://idp.example",
}
SOCIAL = {"client_id": "id-7", "client_secret": "between-these-two", "authorize_scopes": "profile"}
APPLE = {"client_id": "com.example", "team_id": "TEAM", "key_id": "KEY", "authorize_scopes": "email name"}
ADDED = {
    "Google": {
        "attributes_url": "https://people.googleapis.com/v1/people/me?personFields=",
        "attributes_url_add_attributes": "true",
        "authorize_url": "https://accounts.google.com/o/oauth2/v2/auth",
        "oidc_issuer": "https://accounts.google.com",
        "token_request_method": "POST",
        "token_url": "https://www.googleapis.com/oauth2/v4/token",
    },
    "Facebook": {
        "attributes_url": "https://graph.facebook.com/v17.0/me?fields=",
        "attributes_url_add_attributes": "true",
        "authorize_url": "https://www.facebook.com/v17.0/dialog/oauth",
        "token_request_method": "GET",
        "token_url": "https://graph.facebook.com/v17.0/oauth/access_token",
    },
    "LoginWithAmazon": {
        "attributes_url": "https://api.amazon.com/user/profile",
        "authorize_url": "https://www.amazon.com/ap/oa",
        "token_request_method": "POST",
        "token_url": "https://api.amazon.com/auth/o2/token",
    },
}
SUBJECTS = {"Google": "sub", "Facebook": "id", "LoginWithAmazon": "user_id"}
WRONG = "InvalidParameterException"


def make(kind: str = "OIDC", details: dict[str, str] | None = None, name: str = "Example", **members: Any) -> Call:
    """CreateIdentityProvider."""
    given = {"ProviderName": name, "ProviderType": kind, "ProviderDetails": details or OIDC}
    return on_pool("CreateIdentityProvider", **given, **members)


def on_provider(operation: str, **members: Any) -> Call:
    """An operation on the provider `Example`."""
    return on_pool(operation, **{"ProviderName": "Example", **members})


ROWS = (
    row(
        "an OIDC provider",
        "cognito.md 7.1 OIDC",
        make(IdpIdentifiers=["example.com"], AttributeMapping={"email": "mail"}).gives_only(
            IdentityProvider=Only(
                {
                    "UserPoolId": "$pool",
                    "ProviderName": "Example",
                    "ProviderType": "OIDC",
                    "ProviderDetails": Only({**OIDC, "attributes_url_add_attributes": "false"}),
                    "AttributeMapping": Only({"email": "mail", "username": "sub"}),
                    "IdpIdentifiers": ["example.com"],
                    **TIMES,
                }
            )
        ),
        on_provider("DescribeIdentityProvider").gives(IdentityProvider={"ProviderName": "Example"}),
        on_pool("GetIdentityProviderByIdentifier", IdpIdentifier="example.com").gives(
            IdentityProvider={"ProviderName": "Example"}
        ),
        on_pool("ListIdentityProviders").gives_only(
            Providers=[Only({"ProviderName": "Example", "ProviderType": "OIDC", **TIMES})]
        ),
        on_provider("UpdateIdentityProvider", IdpIdentifiers=["other.example"]).gives(
            IdentityProvider={"IdpIdentifiers": ["other.example"], "ProviderDetails": OIDC}
        ),
        on_provider("DeleteIdentityProvider").gives_only(),
        on_provider("DescribeIdentityProvider").fails("ResourceNotFoundException"),
    ).alone(),
    *[
        row(
            f"what a {kind} provider is shown with",
            f"cognito.md 7.1 {kind}",
            make(kind, SOCIAL, kind).gives(
                IdentityProvider={
                    "ProviderDetails": {**SOCIAL, **added},
                    "AttributeMapping": {"username": SUBJECTS[kind]},
                }
            ),
        ).alone()
        for kind, added in ADDED.items()
    ],
    row(
        "a private key is not told",
        "cognito.md 7.1 private_key not returned",
        make("SignInWithApple", {**APPLE, "private_key": "-----BEGIN PRIVATE KEY-----"}, "SignInWithApple").gives(
            IdentityProvider={"ProviderDetails": {**APPLE, "private_key": ABSENT}}
        ),
    ).alone(),
    row(
        "a SAML provider gets its derived keys",
        "cognito.md 7.1 SAML Extra keys in Describe",
        make("SAML", {"MetadataFile": metadata(), "EncryptedResponses": "true"}).gives(
            IdentityProvider={"ProviderDetails": {"SSORedirectBindingURI": str, "ActiveEncryptionCertificate": str}}
        ),
    ).alone(),
    row(
        "a name that is taken",
        "cognito.md 12.2 DuplicateProvider ?",
        make(),
        make().fails("DuplicateProviderException"),
    ).alone(),
    row(
        "a social provider under another name",
        "cognito.md 7.1 Provider names for social types are fixed",
        make("Google", SOCIAL, "MyGoogle").fails(WRONG),
    ),
    row("a name of two characters", "cognito.md 0.2 ProviderName ≥3 chars", make(name="ab").fails(WRONG)),
    row("a name with _", "cognito.md 0.2 ProviderName", make(name="_Example").fails(WRONG)),
    row(
        "an issuer by HTTP",
        "cognito.md 7.1 HTTPS",
        make(details={**OIDC, "oidc_issuer": "http://idp.example"}).fails(WRONG),
    ),
    row(
        "no scope openid",
        "cognito.md 7.1 openid scope required",
        make(details={**OIDC, "authorize_scopes": "email"}).fails(WRONG),
    ),
    row(
        "a method that there is not",
        "cognito.md 7.1 GET or POST",
        make(details={**OIDC, "attributes_request_method": "PUT"}).fails(WRONG),
    ),
    row("details that are missing", "cognito.md 7.1 Create/update keys", make(details={"client_id": "x"}).fails(WRONG)),
    row(
        "levels of a social provider",
        "cognito.md 1.5 AcrMapping OIDC only",
        make("Google", SOCIAL, "Google", AcrMapping={"Level1": "urn:loa:1"}).fails(WRONG),
    ),
    row(
        "an attribute that there is not",
        "cognito.md 7.2 Map key",
        make(AttributeMapping={"custom:nothing": "x"}).fails(WRONG),
    ),
    row("an identifier of 41 characters", "cognito.md 0.2 IdpIdentifier", make(IdpIdentifiers=["x" * 41]).fails(WRONG)),
    row(
        "51 identifiers",
        "cognito.md 0.2 ≤50 per IdP",
        make(IdpIdentifiers=[f"id{turn}" for turn in range(51)]).fails(WRONG),
    ),
    row(
        "described where there is none",
        "cognito.md 12.2 ResourceNotFound",
        on_provider("DescribeIdentityProvider").fails("ResourceNotFoundException"),
    ),
    row(
        "found where there is none",
        "cognito.md 12.2 ResourceNotFound",
        on_pool("GetIdentityProviderByIdentifier", IdpIdentifier="none").fails("ResourceNotFoundException"),
    ),
    row(
        "updated where there is none",
        "cognito.md 12.2 ResourceNotFound",
        on_provider("UpdateIdentityProvider").fails("ResourceNotFoundException"),
    ),
    row(
        "deleted where there is none",
        "cognito.md 12.2 ResourceNotFound",
        on_provider("DeleteIdentityProvider").fails("ResourceNotFoundException"),
    ),
    row(
        "the pool itself is updated",
        "cognito.md 12.3 UnsupportedIdentityProviderException",
        on_provider("UpdateIdentityProvider", ProviderName="COGNITO").fails("UnsupportedIdentityProviderException"),
    ),
    row(
        "the pool itself is deleted",
        "cognito.md 12.3 UnsupportedIdentityProviderException",
        on_provider("DeleteIdentityProvider", ProviderName="COGNITO").fails("UnsupportedIdentityProviderException"),
    ),
    row("61 a page", "cognito.md 0.2 Pagination", on_pool("ListIdentityProviders", MaxResults=61).fails(WRONG)),
)
