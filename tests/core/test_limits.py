"""The published quota categories."""

from collections import Counter

from app.core.limits import CATEGORIES, CHALLENGE_RESPONSES, OF_OPERATION
from app.web.aws.registry import cognito_idp, load_targets


def test_every_operation_of_a_category_exists_and_is_in_one() -> None:
    load_targets()
    names = Counter(name for category in CATEGORIES.values() for name in category.operations)
    assert names.keys() <= cognito_idp.model["operations"].keys()
    assert set(names.values()) == {1}
    assert OF_OPERATION.keys() == names.keys()
    assert OF_OPERATION.keys() >= CHALLENGE_RESPONSES


def test_the_values_are_the_published_ones() -> None:
    published = {
        "UserAuthentication": 120,
        "UserCreation": 50,
        "UserFederation": 25,
        "UserAccountRecovery": 30,
        "UserRead": 120,
        "UserUpdate": 25,
        "UserToken": 120,
        "UserResourceRead": 50,
        "UserResourceUpdate": 25,
        "UserList": 30,
        "UserPoolRead": 15,
        "UserPoolUpdate": 15,
        "UserPoolResourceRead": 20,
        "UserPoolResourceUpdate": 15,
        "UserPoolClientRead": 15,
        "UserPoolClientUpdate": 15,
        "ClientAuthentication": 150,
    }
    assert {name: category.free for name, category in CATEGORIES.items()} == published
    adjustable = {name for name, category in CATEGORIES.items() if category.is_adjustable}
    assert adjustable == {
        "UserAuthentication",
        "UserCreation",
        "UserFederation",
        "UserRead",
        "UserToken",
        "UserResourceRead",
    }
