"""The language of the tables: what it finds wrong, and that a row whose expectation is wrong does not pass."""

import re
from typing import Any

import pytest

from tests.equality.language import (
    ABSENT,
    UUID,
    Absent,
    Call,
    Each,
    Json,
    Only,
    by_admin,
    by_app,
    claims,
    has,
    has_attributes,
    message,
    row,
    same_set,
    signed_in,
    user,
)
from tests.equality.matching import difference
from tests.equality.stage import Stage
from tests.factories import PASSWORD

NAMES = [{"Name": "email", "Value": "a@example.com"}, {"Name": "name", "Value": "Ada"}]


@pytest.mark.parametrize(
    ("expected", "found"),
    [
        (7, 7),
        (str, "x"),
        (float, 7),
        (UUID, "7a1b9f5e-3f0a-4c5e-9a43-0123456789ab"),
        ({"a": 1}, {"a": 1, "b": 2}),
        ({"a": 1, "b": ABSENT}, {"a": 1}),
        (Only({"a": int, "b": ABSENT}), {"a": 1}),
        ([1, str], [1, "x"]),
        (has(2), [1, 2, 3]),
        (has_attributes(email="a@example.com"), NAMES),
        (Absent("nickname"), NAMES),
        (Each({"Name": str}), NAMES),
        (same_set(1, 2), [2, 1]),
        (Json({"a": [1]}), '{"a":[1],"b":2}'),
    ],
)
def test_matches(expected: Any, found: Any) -> None:
    assert difference(expected, found) is None


@pytest.mark.parametrize(
    ("expected", "found", "told"),
    [
        (7, 8, "answer: 8 is not 7"),
        (1, True, "answer: True is not 1"),
        (int, True, "answer: True is no int"),
        (str, 7, "answer: 7 is no str"),
        (re.compile("[a-z]"), "ab", "answer: 'ab' does not match [a-z]"),
        ({"a": {"b": 1}}, {"a": {"b": 2}}, "answer.a.b: 2 is not 1"),
        ({"a": 1}, {}, "answer.a is missing; there are []"),
        ({"a": ABSENT}, {"a": 1}, "answer.a: 1 should not be there"),
        (Only({"a": 1}), {"a": 1, "b": 2}, "answer: has ['a', 'b'], not ['a']"),
        ({"a": 1}, [1], "answer: [1] is no structure"),
        ([1], [1, 2], "answer: [1, 2] has 2 items, not 1"),
        ([1, 3], [1, 2], "answer[1]: 2 is not 3"),
        (has(4), [1], "answer: [1] lacks 4"),
        (has(1), 1, "answer: 1 is no list"),
        (Absent("name"), NAMES, "answer: {'Name': 'name', 'Value': 'Ada'} should not be there"),
        (Each(int), [], "answer is empty"),
        (Each(int), [1, "x"], "answer[1]: 'x' is no int"),
        (same_set(1, 2), [1, 1], "answer: [1, 1] is not (1, 2)"),
        (Json({"a": 1}), '{"a":2}', "answer as JSON.a: 2 is not 1"),
    ],
)
def test_differences(expected: Any, found: Any, told: str) -> None:
    assert difference(expected, found) == told


@pytest.mark.parametrize(
    ("step", "told"),
    [
        (by_admin("AdminGetUser").gives(Username="somebody else"), "Username: 'user-"),
        (by_admin("AdminGetUser").gives_only(Username="$name"), "answer: has ["),
        (by_admin("AdminGetUser").fails("UserNotFoundException"), "but should be refused with UserNotFoundException"),
        (by_app("SignUp", Password=PASSWORD), "refused: "),
        (by_app("SignUp", Password=PASSWORD).fails("InvalidPasswordException"), "not InvalidPasswordException"),
        (by_app("SignUp", Password=PASSWORD).fails("UsernameExistsException", "No."), "is not 'No.'"),
        (claims("$tokens.AccessToken", {"token_use": "id"}), "token.token_use: 'access' is not 'id'"),
        (message("nobody@example.com"), "no message to nobody@example.com"),
    ],
)
def test_a_wrong_row_does_not_pass(stage: Stage, step: Any, told: str) -> None:
    stage.play(row("right", "cognito.md 0", signed_in()))
    with pytest.raises(AssertionError, match=re.escape(told)) as failed:
        stage.play(row("wrong", "cognito.md 0", signed_in(), step))
    assert str(failed.value).startswith("step 3 (")


def test_rows_share_a_pool_unless_they_are_alone(stage: Stage) -> None:
    def count(*, alone: bool, users: int) -> None:
        step: Call = Call("ListUsers", {"UserPoolId": "$pool"}, answer={"Users": [dict] * users})
        played = row("counts", "cognito.md 0", user(), user("$name-2"), step)
        stage.play(played.alone() if alone else played)

    count(alone=True, users=2)
    count(alone=True, users=2)
    stage.play(row("fills the pool", "cognito.md 0", user()))
    with pytest.raises(AssertionError, match="items, not 2"):
        count(alone=False, users=2)
