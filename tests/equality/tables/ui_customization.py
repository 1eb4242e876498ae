"""The classic pages: CSS."""

import datetime
from typing import Any

from tests.equality.language import Call, Only, Step, call, on_pool, row
from tests.equality.tables.branding import own_client

TIMES = {"CreationDate": datetime.datetime, "LastModifiedDate": datetime.datetime}
CSS = ".label-customizable {font-weight: 400;}"
NOT_FOUND = "ResourceNotFoundException"
WRONG = "InvalidParameterException"


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
)
