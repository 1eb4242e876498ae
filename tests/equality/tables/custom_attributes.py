"""AddCustomAttributes."""

from tests.equality.language import (
    On,
    by_admin,
    has_attributes,
    on_pool,
    row,
    user,
)

SCHEMA = On(
    pool={
        "Schema": [
            {"Name": "badge", "AttributeDataType": "String", "Mutable": False},
            {"Name": "secret", "AttributeDataType": "String", "DeveloperOnlyAttribute": True},
            {"Name": "level", "AttributeDataType": "Number", "NumberAttributeConstraints": {"MaxValue": "5"}},
            {"Name": "nickname", "AttributeDataType": "String", "Required": True},
        ]
    }
)


ROWS = (
    row(
        "a custom attribute is added",
        "cognito.md 1.1 AddCustomAttributes",
        on_pool("AddCustomAttributes", CustomAttributes=[{"Name": "size", "AttributeDataType": "String"}]).gives_only(),
        user(custom__size="XL"),
        by_admin("AdminGetUser").gives(UserAttributes=has_attributes(custom__size="XL")),
    ).alone(),
    row(
        "a custom attribute is there already",
        "cognito.md 6.2 cannot be removed or retyped",
        SCHEMA,
        on_pool("AddCustomAttributes", CustomAttributes=[{"Name": "badge", "AttributeDataType": "Number"}]).fails(
            "InvalidParameterException"
        ),
    ),
    row(
        "a custom attribute cannot be required",
        "cognito.md 6.2 never Required",
        on_pool(
            "AddCustomAttributes",
            CustomAttributes=[{"Name": "size", "AttributeDataType": "String", "Required": True}],
        ).fails("InvalidParameterException"),
    ),
    row(
        "more than 25 custom attributes at once",
        "cognito.md 1.1 AddCustomAttributes 1-25",
        on_pool(
            "AddCustomAttributes",
            CustomAttributes=[{"Name": f"a{turn}", "AttributeDataType": "String"} for turn in range(26)],
        ).fails("InvalidParameterException"),
    ),
    row(
        "more than 50 custom attributes",
        "cognito.md 6.2 ≤50 per pool",
        *[
            on_pool(
                "AddCustomAttributes",
                CustomAttributes=[
                    {"Name": f"a{turn}", "AttributeDataType": "String"} for turn in range(first, first + 25)
                ],
            )
            for first in (0, 25)
        ],
        on_pool("AddCustomAttributes", CustomAttributes=[{"Name": "last", "AttributeDataType": "String"}]).fails(
            "InvalidParameterException"
        ),
    ).alone(),
    row(
        "a name of 21 characters",
        "cognito.md 0.2 Custom attribute name",
        on_pool("AddCustomAttributes", CustomAttributes=[{"Name": "x" * 21, "AttributeDataType": "String"}]).fails(
            "InvalidParameterException"
        ),
    ),
)
