"""What a form is told beforehand is what sign-up itself would refuse."""

from typing import Any

import pytest

from app.flows.sign_up import Problem, find_problems, sign_up
from app.flows.snapshots import ClientSnapshot
from app.flows.work import Resources
from app.kit.errors import InvalidParameterException, InvalidPasswordException
from tests.factories import Factory

NAMES = ("maya", "a b", "x" * 128, "x" * 129, "maya@example.com", "+12065550100", "12345", "\u200b", "Zoe\u0308")
VALUES = {
    "email": (
        "maya@example.com",
        "Maya@example.com",
        "notanemail",
        "a@b",
        "x" * 250 + "@example.com",
        "a b@example.com",
    ),
    "phone_number": ("+12065550100", "12345", "+1206555", "+1 206 555 0100"),
    "birthdate": ("2000-02-29", "2000-02-30", "0000-02-29", "1.1.2000"),
    "name": ("x" * 2_048, "x" * 2_049, "\U0001f600" * 2_048),
    "custom:seats": ("7", "0", "11", "1e1", "seven"),
    "custom:since": ("2026-01-31", "2026-02-31", "1700000000"),
    "custom:terms": ("true", "perhaps"),
}
SCHEMA: list[dict[str, Any]] = [
    {
        "Name": "seats",
        "AttributeDataType": "Number",
        "NumberAttributeConstraints": {"MinValue": "1", "MaxValue": "10"},
    },
    {"Name": "since", "AttributeDataType": "DateTime"},
    {"Name": "terms", "AttributeDataType": "Boolean"},
]


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"AliasAttributes": ["email", "phone_number"]},
        {"UsernameAttributes": ["email"]},
        {"UsernameAttributes": ["email", "phone_number"]},
    ],
)
def test_problems_are_what_sign_up_refuses(make: Factory, resources: Resources, options: dict[str, Any]) -> None:
    pool_id = make.pool(Schema=SCHEMA, **options)
    written = ["email", "phone_number", "birthdate", "name", "custom:seats", "custom:since", "custom:terms"]
    client = resources.snapshots.client(make.client(pool_id, WriteAttributes=written)["ClientId"])
    good = "maya@example.com" if "UsernameAttributes" in options else "good"
    cases: list[tuple[str, dict[str, str]]] = [(name, {}) for name in NAMES]
    cases += [(good, {name: value}) for name, values in VALUES.items() for value in values]
    for username, attributes in cases:
        problems = find_problems(client.pool, username, attributes)
        assert set(problems) <= {"username", *attributes}
        # The password is refused after everything else, so that nobody is made.
        is_refused = _is_refused(make, client, username, attributes)
        assert bool(problems) == is_refused, (username, attributes, problems)


def _is_refused(make: Factory, client: ClientSnapshot, username: str, attributes: dict[str, str]) -> bool:
    with pytest.raises((InvalidParameterException, InvalidPasswordException)) as refused:
        sign_up(make.work(), client, username, "short", attributes)
    return isinstance(refused.value, InvalidParameterException)


def test_an_address_that_differs_from_the_name(make: Factory, resources: Resources) -> None:
    pool_id = make.pool(UsernameAttributes=["email", "phone_number"])
    pool = resources.snapshots.client(make.client(pool_id)["ClientId"]).pool
    cases: list[tuple[dict[str, str], dict[str, Problem]]] = [
        ({"email": "maya@example.com", "phone_number": "+12065550100"}, {}),
        ({"email": "other@example.com", "phone_number": "+12065550100"}, {"email": "differs"}),
        ({"email": "other", "phone_number": "1"}, {"email": "malformed", "phone_number": "malformed"}),
    ]
    for attributes, problems in cases:
        assert find_problems(pool, "maya@example.com", attributes) == problems
