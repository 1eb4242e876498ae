"""Terms documents."""

import datetime
from typing import Any

from tests.equality.language import UUID, Call, Only, on_pool, row
from tests.equality.tables.branding import own_client

TIMES = {"CreationDate": datetime.datetime, "LastModifiedDate": datetime.datetime}
LINKS = {"cognito:default": "https://app.example/terms", "cognito:french": "https://app.example/fr/terms"}
NOT_FOUND = "ResourceNotFoundException"
NOTHING = "1f0b8f3a-6f0e-4c1e-9a43-2b7c9d1e5f00"
WRONG = "InvalidParameterException"


def document(name: str = "terms-of-use", **members: Any) -> Call:
    """CreateTerms for a client of the row's own; `$terms` is it."""
    given = {"TermsName": name, "TermsSource": "LINK", "Enforcement": "NONE", "Links": LINKS}
    return on_pool("CreateTerms", **{"ClientId": "$own.ClientId", **given, **members}).keeps("terms", "Terms")


def on_document(operation: str, **members: Any) -> Call:
    """An operation on the row's document."""
    return on_pool(operation, **{"TermsId": "$terms.TermsId", **members})


ROWS = (
    row(
        "a document",
        "cognito.md 1.4 CreateTerms",
        own_client(),
        document().gives_only(
            Terms=Only(
                {
                    "TermsId": UUID,
                    "UserPoolId": "$pool",
                    "ClientId": "$own.ClientId",
                    "TermsName": "terms-of-use",
                    "TermsSource": "LINK",
                    "Enforcement": "NONE",
                    "Links": Only(LINKS),
                    **TIMES,
                }
            )
        ),
        on_document("DescribeTerms").gives(Terms={"TermsName": "terms-of-use"}),
        on_pool("DescribeTermsByClient", ClientId="$own.ClientId", TermsName="terms-of-use").gives(
            Terms={"TermsId": "$terms.TermsId"}
        ),
        on_document("UpdateTerms", TermsName="privacy-policy").gives(
            Terms={"TermsName": "privacy-policy", "Links": LINKS}
        ),
        on_document("DeleteTerms").gives_only(),
        on_document("DescribeTerms").fails(NOT_FOUND),
    ),
    row(
        "documents listed",
        "cognito.md 1.4 ListTerms",
        own_client(),
        document(),
        document("privacy-policy"),
        on_pool("ListTerms", MaxResults=1)
        .gives_only(Terms=[Only({"TermsId": UUID, "TermsName": str, "Enforcement": "NONE", **TIMES})], NextToken=str)
        .keeps("first"),
        on_pool("ListTerms", MaxResults=1, NextToken="$first.NextToken").gives_only(Terms=[dict]),
    ).alone(),
    row(
        "a document twice",
        "cognito.md 1.4 TermsExists",
        own_client(),
        document(),
        document().fails("TermsExistsException"),
    ),
    row(
        "a name that another document has",
        "cognito.md 1.4 TermsExists on rename clash",
        own_client(),
        document(),
        document("privacy-policy"),
        on_document("UpdateTerms", TermsName="terms-of-use").fails("TermsExistsException"),
    ),
    row(
        "a name that there is not",
        "cognito.md 1.4 TermsName exactly",
        own_client(),
        document("house-rules").fails(WRONG),
    ),
    row(
        "a language that there is not",
        "cognito.md 1.4 Language keys",
        own_client(),
        document(Links={**LINKS, "cognito:klingon": "https://app.example/"}).fails(WRONG),
    ),
    row(
        "no default language",
        "cognito.md 1.4 Links",
        own_client(),
        document(Links={"cognito:french": "https://app.example/"}).fails(WRONG),
    ),
    row("terms of nobody", "cognito.md 12.2 ResourceNotFound", document(ClientId="nobody").fails(NOT_FOUND)),
    *[
        row(
            f"{operation} where there is none",
            "cognito.md 12.2 ResourceNotFound",
            on_document(operation, TermsId=NOTHING).fails(NOT_FOUND),
        )
        for operation in ("DescribeTerms", "UpdateTerms", "DeleteTerms")
    ],
    row(
        "an app without documents",
        "cognito.md 1.4 DescribeTermsByClient",
        own_client(),
        on_pool("DescribeTermsByClient", ClientId="$own.ClientId", TermsName="terms-of-use").fails(NOT_FOUND),
    ),
)
