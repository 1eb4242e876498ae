"""Managed login styles."""

import datetime
from typing import Any

from tests.equality.language import UUID, Call, Only, on_pool, row

TIMES = {"CreationDate": datetime.datetime, "LastModifiedDate": datetime.datetime}
PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01"
LOGO = {"Category": "FORM_LOGO", "ColorMode": "LIGHT", "Extension": "PNG", "Bytes": PNG}
SETTINGS = {"componentClasses": {"buttons": {"borderRadius": 4}}}
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


ROWS = (
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
)
