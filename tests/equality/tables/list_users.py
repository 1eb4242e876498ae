"""ListUsers: filters and pages."""

import datetime
from typing import Any

from tests.equality.language import (
    Call,
    Each,
    On,
    Only,
    attributes,
    by_admin,
    has,
    has_attributes,
    on_pool,
    row,
    user,
    wait,
)

USER = {
    "Username": "$name",
    "Enabled": True,
    "UserCreateDate": datetime.datetime,
    "UserLastModifiedDate": datetime.datetime,
}


def search(text: str, **members: Any) -> Call:
    """ListUsers with a filter."""
    return on_pool("ListUsers", Filter=text, **members)


def found(*names: str) -> list[dict[str, str]]:
    """Users with these names, in this order."""
    return [{"Username": name} for name in names]


ROWS = (
    row(
        "one user listed",
        "cognito.md 6.6 UserType",
        user(email="$email"),
        search('username = "$name"').gives_only(
            Users=[
                Only(
                    {
                        **USER,
                        "UserStatus": "CONFIRMED",
                        "Attributes": has_attributes(sub="$sub", email="$email"),
                    }
                )
            ]
        ),
    ),
    row("nobody listed", "cognito.md 6.6 Filter", search('username = "$name"').gives_only(Users=[])),
    *[
        row(
            f"found by {attribute}",
            "cognito.md 6.6 Names",
            user(**{"email": "$email", "phone_number": "$phone", attribute: value}),
            search(f'{attribute} = "{value}"').gives(Users=found("$name")),
        )
        for attribute, value in (
            ("email", "$email"),
            ("phone_number", "$phone"),
            ("name", "$name Lovelace"),
            ("given_name", "Ada $name"),
            ("family_name", "Lovelace $name"),
            ("preferred_username", "$name-alias"),
        )
    ],
    row("found by the subject", "cognito.md 6.6 Names", user(), search('sub = "$sub"').gives(Users=found("$name"))),
    row(
        "found by a beginning",
        "cognito.md 6.6 ^=",
        user("$name-a"),
        user("$name-b"),
        user(),
        search('username ^= "$name-"').gives(Users=found("$name-a", "$name-b")),
    ),
    row(
        "found by status",
        "cognito.md 6.6 status",
        user(),
        user("$name-2"),
        by_admin("AdminDisableUser"),
        search('status = "Disabled"').gives(Users=found("$name")),
        search('status = "Enabled"').gives(Users=found("$name-2")),
        search('cognito:user_status = "confirmed"').gives(Users=Each({"UserStatus": "CONFIRMED"})),
        search('cognito:user_status = "UNCONFIRMED"').gives(Users=[]),
    ).alone(),
    row(
        "a quote in the value",
        "cognito.md 6.6 quotes escaped",
        user(name='Ada "$name"'),
        search('name = "Ada \\"$name\\""').gives(Users=found("$name")),
    ),
    row(
        "names have a case",
        "cognito.md 6.6 username (case-sensitive)",
        user(),
        search('username = "USER-1"').gives(Users=[]),
    ),
    row(
        "an empty filter is none",
        "cognito.md 6.6 empty = all",
        user(),
        search("").gives(Users=has({"Username": "$name"})),
    ).alone(),
    row(
        "a custom attribute cannot be searched",
        "cognito.md 6.6 Custom",
        On(pool={"Schema": [{"Name": "rank", "AttributeDataType": "String"}]}),
        search('custom:rank = "1"').fails("InvalidParameterException", "Invalid search attribute: custom:rank"),
    ),
    *[
        row(
            f"a filter that is none: {text}",
            "cognito.md 6.6 syntax",
            search(text).fails("InvalidParameterException", "Error while parsing filter"),
        )
        for text in ("username", 'username > "a"', "username = a", 'username = "a" and email = "b"')
    ],
    row(
        "a filter of 257 characters",
        "cognito.md 0.2 ListUsers Filter",
        search('name = "' + "x" * 248 + '"').fails("InvalidParameterException"),
    ),
    row(
        "only some attributes",
        "cognito.md 6.6 AttributesToGet",
        user(email="$email", name="Ada"),
        search('username = "$name"', AttributesToGet=["email"]).gives(
            Users=[{"Attributes": attributes(email="$email")}]
        ),
    ),
    row(
        "attributes that some user has not",
        "cognito.md 6.6 AttributesToGet errors",
        user(),
        search('username = "$name"', AttributesToGet=["nickname"]).fails("InvalidParameterException"),
    ),
    row(
        "page by page",
        "cognito.md 6.6 PaginationToken",
        user("$name-1"),
        user("$name-2"),
        user("$name-3"),
        on_pool("ListUsers", Limit=2).gives_only(Users=[dict, dict], PaginationToken=str).keeps("first"),
        on_pool("ListUsers", Limit=2, PaginationToken="$first.PaginationToken").gives_only(Users=[dict]),
    ).alone(),
    row(
        "a page after an hour",
        "cognito.md 6.6 expires after 1 h",
        user("$name-1"),
        user("$name-2"),
        on_pool("ListUsers", Limit=1).keeps("first"),
        wait(hours=1, seconds=1),
        on_pool("ListUsers", Limit=1, PaginationToken="$first.PaginationToken").fails("InvalidParameterException"),
    ).alone(),
    row(
        "61 users a page",
        "cognito.md 0.2 Pagination",
        on_pool("ListUsers", Limit=61).fails("InvalidParameterException"),
    ),
    row(
        "a page that nobody gave",
        "cognito.md 6.6 PaginationToken",
        on_pool("ListUsers", PaginationToken="eyJ4IjoxfQ").fails("InvalidParameterException"),
    ),
)
