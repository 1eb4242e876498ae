"""Request-rate quotas of an account."""

from typing import Any

from tests.equality.language import (
    Call,
    Only,
    call,
    row,
)

WRONG = "InvalidParameterException"
NOT_FOUND = "ResourceNotFoundException"


def definition(category: str) -> dict[str, Any]:
    """A LimitDefinition."""
    return {"LimitClass": "API_CATEGORY", "Attributes": {"Category": category}}


def limit(category: str) -> Call:
    """GetProvisionedLimit."""
    return call("GetProvisionedLimit", LimitDefinition=definition(category))


def provision(category: str, value: int) -> Call:
    """UpdateProvisionedLimit."""
    return call("UpdateProvisionedLimit", LimitDefinition=definition(category), RequestedLimitValue=value)


ROWS = (
    row(
        "a limit",
        "cognito.md 1.10 GetProvisionedLimit",
        limit("UserPoolRead").gives_only(
            Limit=Only(
                {"LimitDefinition": Only(definition("UserPoolRead")), "ProvisionedLimitValue": 15, "FreeLimitValue": 15}
            )
        ),
    ),
    *[
        row(f"the limit of {category}", "cognito.md 11.1", limit(category).gives(Limit={"FreeLimitValue": free}))
        for category, free in (
            ("UserAuthentication", 120),
            ("UserCreation", 50),
            ("UserFederation", 25),
            ("UserAccountRecovery", 30),
            ("UserRead", 120),
            ("UserUpdate", 25),
            ("UserToken", 120),
            ("UserResourceRead", 50),
            ("UserResourceUpdate", 25),
            ("UserList", 30),
            ("UserPoolUpdate", 15),
            ("UserPoolResourceRead", 20),
            ("UserPoolResourceUpdate", 15),
            ("UserPoolClientRead", 15),
            ("UserPoolClientUpdate", 15),
            ("ClientAuthentication", 150),
        )
    ],
    row(
        "a limit below its default",
        "cognito.md 1.10 UpdateProvisionedLimit",
        provision("UserAuthentication", 119).fails(WRONG),
    ),
    row(
        "a limit above the account's",
        "cognito.md 1.10 ServiceQuotaExceeded",
        provision("UserAuthentication", 1_000_000).fails("ServiceQuotaExceededException"),
    ),
    row("a limit that is fixed", "cognito.md 11.1 Adj.", provision("UserPoolRead", 20).fails(WRONG)),
    row(
        "a category that there is not",
        "cognito.md 12.2 ResourceNotFound",
        limit("UserDreams").fails(NOT_FOUND),
        provision("UserDreams", 500).fails(NOT_FOUND),
    ),
)
