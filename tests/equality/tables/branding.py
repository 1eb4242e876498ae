"""What pages look like and lead to: branding styles, classic customization, terms."""

import datetime
from typing import Any

from tests.equality.language import UUID, Call, Only, Step, call, on_pool, row

TIMES = {"CreationDate": datetime.datetime, "LastModifiedDate": datetime.datetime}
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"
LOGO = {"Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "PNG", "Bytes": PNG}
SETTINGS = {"componentClasses": {"buttons": {"borderRadius": 4}}}
CSS = ".label-customizable {font-weight: 400;}"
LINKS = {"cognito:default": "https://app.example/terms", "cognito:french": "https://app.example/fr/terms"}
NOT_FOUND = "ResourceNotFoundException"
NOTHING = "1f0b8f3a-6f0e-4c1e-9a43-2b7c9d1e5f00"
WRONG = "InvalidParameterException"


def style(**members: Any) -> Call:
    """CreateManagedLoginBranding for a client of the row's own; `$style` is it."""
    return on_pool("CreateManagedLoginBranding", ClientId="$own.ClientId", **members).keeps(
        "style", "ManagedLoginBranding"
    )


def own_client() -> Call:
    """A client of the row's own."""
    return on_pool("CreateUserPoolClient", ClientName="app").keeps("own", "UserPoolClient")


def on_style(operation: str, **members: Any) -> Call:
    """An operation on the row's style."""
    return on_pool(operation, **{"ManagedLoginBrandingId": "$style.ManagedLoginBrandingId", **members})


def document(name: str = "terms-of-use", **members: Any) -> Call:
    """CreateTerms for a client of the row's own; `$terms` is it."""
    given = {"TermsName": name, "TermsSource": "LINK", "Enforcement": "NONE", "Links": LINKS}
    return on_pool("CreateTerms", **{"ClientId": "$own.ClientId", **given, **members}).keeps("terms", "Terms")


def on_document(operation: str, **members: Any) -> Call:
    """An operation on the row's document."""
    return on_pool(operation, **{"TermsId": "$terms.TermsId", **members})


def domain() -> list[Step]:
    """A pool of the row's own with a domain, and a client of it."""
    return [
        call("CreateUserPool", PoolName="pages").keeps("pool", "UserPool.Id"),
        on_pool("CreateUserPoolDomain", Domain="$name"),
        own_client(),
    ]


def css(text: str = CSS, **members: Any) -> Call:
    """SetUICustomization."""
    return on_pool("SetUICustomization", CSS=text, **members)


ROWS = (
    # ---- branding
    row(
        "a style",
        "cognito.md 1.4 CreateManagedLoginBranding",
        own_client(),
        style(Settings=SETTINGS, Assets=[LOGO]).gives_only(
            ManagedLoginBranding=Only(
                {
                    "ManagedLoginBrandingId": UUID,
                    "UserPoolId": "$pool",
                    "UseCognitoProvidedValues": False,
                    "Settings": SETTINGS,
                    "Assets": [LOGO],
                    **TIMES,
                }
            )
        ),
        on_style("DescribeManagedLoginBranding").gives(ManagedLoginBranding={"Settings": SETTINGS}),
        on_pool("DescribeManagedLoginBrandingByClient", ClientId="$own.ClientId").gives(
            ManagedLoginBranding={"ManagedLoginBrandingId": "$style.ManagedLoginBrandingId"}
        ),
        on_style("DeleteManagedLoginBranding").gives_only(),
        on_style("DescribeManagedLoginBranding").fails(NOT_FOUND),
    ),
    row(
        "the defaults are merged",
        "cognito.md 1.4 ReturnMergedResources",
        own_client(),
        style(Settings=SETTINGS),
        on_style("DescribeManagedLoginBranding", ReturnMergedResources=True).gives(
            ManagedLoginBranding={
                "Settings": {"components": dict, "componentClasses": {"buttons": {"borderRadius": 4}}}
            }
        ),
    ),
    row(
        "an update keeps the rest",
        "cognito.md 1.4 UpdateManagedLoginBranding",
        own_client(),
        style(Settings=SETTINGS, Assets=[LOGO]),
        on_style("UpdateManagedLoginBranding", Settings={"componentClasses": {"buttons": {"borderRadius": 8}}}).gives(
            ManagedLoginBranding={"Settings": {"componentClasses": {"buttons": {"borderRadius": 8}}}, "Assets": [LOGO]}
        ),
    ),
    row(
        "a second style of an app",
        "cognito.md 1.4 one style per client",
        own_client(),
        style(Settings=SETTINGS),
        style(Settings=SETTINGS).fails("ManagedLoginBrandingExistsException"),
    ),
    row(
        "the provided values and others",
        "cognito.md 1.4 UseCognitoProvidedValues",
        own_client(),
        style(Settings=SETTINGS, UseCognitoProvidedValues=True).fails(WRONG),
    ),
    row(
        "an update with settings that are none",
        "botocore: UpdateManagedLoginBranding.Settings",
        own_client(),
        style(Settings=SETTINGS),
        on_style("UpdateManagedLoginBranding", Settings={"components": "none"}).fails(WRONG),
    ),
    row(
        "a picture that is none",
        "cognito.md 4.11 Assets",
        own_client(),
        style(Assets=[{**LOGO, "Bytes": b"text"}]).fails(WRONG),
    ),
    row(
        "a place that there is not",
        "cognito.md 12.1 Enum",
        own_client(),
        style(Assets=[{**LOGO, "Category": "CEILING"}]).fails(WRONG),
    ),
    row(
        "a style of nobody",
        "cognito.md 12.2 ResourceNotFound",
        on_pool("CreateManagedLoginBranding", ClientId="nobody", UseCognitoProvidedValues=True).fails(NOT_FOUND),
    ),
    row(
        "an app without a style",
        "cognito.md 1.4 DescribeManagedLoginBrandingByClient",
        own_client(),
        on_pool("DescribeManagedLoginBrandingByClient", ClientId="$own.ClientId").fails(NOT_FOUND),
    ),
    *[
        row(
            f"{operation} where there is none",
            "cognito.md 12.2 ResourceNotFound",
            on_style(operation, ManagedLoginBrandingId=NOTHING).fails(NOT_FOUND),
        )
        for operation in ("DescribeManagedLoginBranding", "UpdateManagedLoginBranding", "DeleteManagedLoginBranding")
    ],
    row(
        "an id that is none",
        "cognito.md 0.2 ManagedLoginBrandingId",
        on_style("DescribeManagedLoginBranding", ManagedLoginBrandingId="x").fails(WRONG),
    ),
    # ---- classic pages
    row(
        "a pool's customization",
        "cognito.md 1.4 SetUICustomization",
        domain(),
        css().gives_only(
            UICustomization=Only({"UserPoolId": "$pool", "ClientId": "ALL", "CSS": CSS, "CSSVersion": str, **TIMES})
        ),
        on_pool("GetUICustomization", ClientId="$own.ClientId").gives(UICustomization={"ClientId": "ALL", "CSS": CSS}),
        css(ClientId="$own.ClientId").gives(UICustomization={"ClientId": "$own.ClientId"}),
        on_pool("GetUICustomization", ClientId="$own.ClientId").gives(UICustomization={"ClientId": "$own.ClientId"}),
    ),
    row(
        "no customization",
        "cognito.md 1.4 GetUICustomization else empty object",
        domain(),
        on_pool("GetUICustomization").gives_only(UICustomization=Only({})),
    ),
    row("a pool without a domain", "cognito.md 1.4 pool must have a domain", css().fails(WRONG)),
    *[
        row(f"style sheets with {text}", "cognito.md 4.10 Rejected", domain(), css(text).fails(WRONG))
        for text in ("@import 'a';", "@media print {}", "@supports (a: b) {}", "@page {}", "body {color: red}")
    ],
    row("a style sheet of 131,073 characters", "cognito.md 1.4 CSS ≤131072", domain(), css("x" * 131_073).fails(WRONG)),
    row(
        "the customization of nobody",
        "cognito.md 12.2 ResourceNotFound",
        domain(),
        on_pool("GetUICustomization", ClientId="nobody").fails(NOT_FOUND),
    ),
    # ---- terms
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
