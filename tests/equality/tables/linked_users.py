"""Users who are linked to identities at providers."""

import re

from tests.equality.language import (
    Call,
    Json,
    Step,
    by_admin,
    claims,
    has,
    on_pool,
    password_sign_in,
    row,
    user,
)
from tests.equality.tables.identity_providers import make

SOCIAL = {"client_id": "id-7", "client_secret": "between-these-two", "authorize_scopes": "profile"}
WRONG = "InvalidParameterException"
NOBODY = ("UserNotFoundException", "User does not exist.")


def identity(provider: str, value: str, attribute: str = "Cognito_Subject") -> dict[str, str]:
    """A ProviderUserIdentifierType."""
    return {"ProviderName": provider, "ProviderAttributeName": attribute, "ProviderAttributeValue": value}


def link(source: dict[str, str], destination: str = "$name") -> Call:
    """AdminLinkProviderForUser."""
    return on_pool("AdminLinkProviderForUser", DestinationUser=identity("Cognito", destination), SourceUser=source)


def unlink(source: dict[str, str]) -> Call:
    """AdminDisableProviderForUser."""
    return on_pool("AdminDisableProviderForUser", User=source)


def linkable() -> list[Step]:
    """The providers Example (OIDC) and Google, and a user."""
    return [make(), make("Google", SOCIAL, "Google"), *user()]


ROWS = (
    row(
        "a user is linked",
        "cognito.md 7.6 AdminLinkProviderForUser",
        linkable(),
        link(identity("Example", "subject-1")).gives_only(),
        by_admin("AdminGetUser").gives(
            UserStatus="CONFIRMED",
            UserAttributes=has(
                {
                    "Name": "identities",
                    "Value": Json(
                        [
                            {
                                "userId": "subject-1",
                                "providerName": "Example",
                                "providerType": "OIDC",
                                "issuer": "https://idp.example",
                                "primary": False,
                                "dateCreated": int,
                            }
                        ]
                    ),
                }
            ),
        ),
        password_sign_in().keeps("tokens", "AuthenticationResult"),
        claims(
            "$tokens.IdToken",
            {
                "identities": [
                    {
                        "userId": "subject-1",
                        "providerName": "Example",
                        "providerType": "OIDC",
                        "primary": "false",
                        "dateCreated": re.compile(r"\d{13}"),
                    }
                ]
            },
        ),
    ).alone(),
    row(
        "an identity is linked to one user",
        "cognito.md 1.6 AdminLinkProviderForUser AliasExists",
        linkable(),
        user("$name-2"),
        link(identity("Example", "subject-1")),
        link(identity("Example", "subject-1")).fails(WRONG),
        link(identity("Example", "subject-1"), "$name-2").fails("AliasExistsException"),
    ).alone(),
    row(
        "a sixth identity",
        "cognito.md 7.6 ≤5 identities per user",
        linkable(),
        *[link(identity("Example", f"subject-{turn}")) for turn in range(5)],
        link(identity("Example", "subject-5")).fails("LimitExceededException"),
    ).alone(),
    row(
        "a social identity by another attribute",
        "cognito.md 7.6 social",
        linkable(),
        link(identity("Google", "a@example.com", "email")).fails(WRONG),
    ).alone(),
    row(
        "a provider that there is not",
        "cognito.md 12.2 ResourceNotFound",
        user(),
        link(identity("Nowhere", "subject-1")).fails("ResourceNotFoundException"),
    ),
    row(
        "nobody is linked",
        "cognito.md 12.2 UserNotFound",
        make(),
        link(identity("Example", "subject-1")).fails(*NOBODY),
    ).alone(),
    row(
        "a user is unlinked",
        "cognito.md 7.6 Unlinking",
        linkable(),
        link(identity("Example", "subject-1")),
        unlink(identity("Example", "subject-1")).gives_only(),
        unlink(identity("Example", "subject-1")).fails("UserNotFoundException"),
    ).alone(),
)
