"""Tags of user pools."""

from tests.equality.language import Only, call, on_pool, row
from tests.equality.tables.user_pools import make

WRONG = "InvalidParameterException"
TAGS = {"team": "identity", "stage": "test"}


ROWS = (
    row(
        "tags",
        "cognito.md 1.1 TagResource",
        make(UserPoolTags={"team": "old"}),
        call("TagResource", ResourceArn="$made.Arn", Tags=TAGS).gives_only(),
        call("ListTagsForResource", ResourceArn="$made.Arn").gives_only(Tags=Only(TAGS)),
        call("UntagResource", ResourceArn="$made.Arn", TagKeys=["stage", "nothing"]).gives_only(),
        call("ListTagsForResource", ResourceArn="$made.Arn").gives_only(Tags=Only({"team": "identity"})),
    ),
    row(
        "51 tags by one",
        "cognito.md 0.2 Tags",
        make(UserPoolTags={f"tag{turn}": "x" for turn in range(50)}),
        call("TagResource", ResourceArn="$made.Arn", Tags={"last": "x"}).fails(WRONG),
    ),
    row(
        "51 tags by an update",
        "cognito.md 12.3 UserPoolTaggingException",
        on_pool("UpdateUserPool", UserPoolTags={f"tag{turn}": "x" for turn in range(51)}).fails(
            "UserPoolTaggingException"
        ),
    ),
    *[
        row(
            f"{operation} of nothing",
            "cognito.md 12.2 ResourceNotFound ?",
            call(
                operation,
                ResourceArn="arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Nowhere99",
                **members,
            ).fails("ResourceNotFoundException"),
        )
        for operation, members in (("TagResource", {"Tags": TAGS}), ("UntagResource", {"TagKeys": ["team"]}))
    ],
    row(
        "the tags of nothing",
        "cognito.md 12.2 ResourceNotFound ?",
        call(
            "ListTagsForResource", ResourceArn="arn:aws:cognito-idp:us-east-1:123456789012:userpool/us-east-1_Nowhere99"
        ).fails("ResourceNotFoundException"),
    ),
    row(
        "a tag of 129 characters",
        "cognito.md 0.2 Tags",
        call("TagResource", ResourceArn="$arn", Tags={"x" * 129: "x"}).fails(WRONG),
    ),
)
