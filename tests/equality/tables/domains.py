"""Domains of user pools."""

from typing import Any

from tests.equality.language import ABSENT, Call, Only, call, on_pool, row
from tests.equality.tables.user_pools import make, on_made

WRONG = "InvalidParameterException"


def on_domain(operation: str, **members: Any) -> Call:
    """An operation on the domain `$name`."""
    return on_pool(operation, Domain="$name", **members)


ROWS = (
    row(
        "a domain",
        "cognito.md 1.4 CreateUserPoolDomain",
        on_domain("CreateUserPoolDomain").gives(ManagedLoginVersion=1, CloudFrontDomain=ABSENT),
        call("DescribeUserPoolDomain", Domain="$name").gives_only(
            DomainDescription={
                "UserPoolId": "$pool",
                "AWSAccountId": "123456789012",
                "Domain": "$name",
                "Status": "ACTIVE",
                "ManagedLoginVersion": 1,
            }
        ),
        on_pool("DescribeUserPool").gives(UserPool={"Domain": "$name"}),
        on_domain("UpdateUserPoolDomain", ManagedLoginVersion=2).gives(ManagedLoginVersion=2),
        on_domain("DeleteUserPoolDomain").gives_only(),
        call("DescribeUserPoolDomain", Domain="$name").gives_only(DomainDescription=Only({})),
    ).alone(),
    row(
        "a domain that there is not",
        "cognito.md 1.4 DescribeUserPoolDomain unknown domain ?",
        call("DescribeUserPoolDomain", Domain="$name").gives_only(DomainDescription=Only({})),
    ),
    row(
        "a domain twice",
        "cognito.md 1.4 One prefix + one custom domain per pool",
        on_domain("CreateUserPoolDomain"),
        on_pool("CreateUserPoolDomain", Domain="$name-2").fails(WRONG),
    ).alone(),
    row(
        "a domain that is another pool's",
        "botocore: CreateUserPoolDomain.Domain",
        make(),
        on_made("CreateUserPoolDomain", Domain="$name"),
        on_domain("CreateUserPoolDomain").fails(WRONG),
    ).alone(),
    row(
        "a domain in capitals", "cognito.md 0.2 Domain", on_pool("CreateUserPoolDomain", Domain="Capitals").fails(WRONG)
    ),
    row(
        "a domain deleted where there is none",
        "cognito.md 12.2 ResourceNotFound",
        on_domain("DeleteUserPoolDomain").fails("ResourceNotFoundException"),
    ),
    row(
        "a domain updated where there is none",
        "cognito.md 12.2 ResourceNotFound",
        on_domain("UpdateUserPoolDomain").fails("ResourceNotFoundException"),
    ),
)
