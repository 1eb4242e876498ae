"""The forms of attribute values, and what clients may read and write."""

from typing import Any

import pytest

from app.core import attributes
from app.core.pool_schema import new_schema
from app.kit.errors import InvalidParameterException, NotAuthorizedException

SCHEMA = {item["Name"]: item for item in new_schema([{"Name": "age", "AttributeDataType": "Number"}], [])}


@pytest.mark.parametrize(
    "text",
    [
        "a@b.example",
        "first.last+tag@sub.example.co.uk",
        "ünï@exämple.de",
        "a@EXÄMPLE.de",
        "a@例え.テスト",
        "o'hara@example.com",
        "root@localhost",
    ],
)
def test_addresses(text: str) -> None:
    assert attributes.is_email(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "@",
        "a@",
        "@b.c",
        "a b@c.d",
        "a@b@c.d",
        "a@b..c",
        "a@-b.c",
        "a@b-.c",
        ".a@b.c",
        "a.@b.c",
        "a..b@c.d",
        "a@b.c\n",
        "a@b.c\r\nBcc: d@e.f",
        "a,b@c.d",
        "<a@b.c>",
        '"a"@b.c',
        "a" * 65 + "@b.c",
        "a@" + "b" * 250 + ".c",
        "a@straße.de",
        "a@ςx.gr",
        "a@ｅxample.com",
        "a@ﬁx.com",
        "a@" + "ü" * 63 + ".de",
    ],
)
def test_no_addresses(text: str) -> None:
    assert not attributes.is_email(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("+12065550134", True),
        ("+4915112345678", True),
        ("12065550134", False),
        ("+1 206 555 0134", False),
        ("+1", False),
        ("+0123456789", False),
        ("+1234567890123456", False),
        ("+१२०६५५५०१३४", False),
    ],
)
def test_phone_numbers(text: str, expected: bool) -> None:
    assert attributes.is_phone_number(text) is expected


@pytest.mark.parametrize("value", ["2000-02-29", "0000-02-29", "1969-12-31"])
def test_birthdates(value: str) -> None:
    assert attributes.normalised(SCHEMA, {"birthdate": value}) == {"birthdate": value}


@pytest.mark.parametrize("value", ["2001-02-29", "2000-13-01", "2000-1-001", "20000-1-01"])
def test_no_birthdates(value: str) -> None:
    with pytest.raises(InvalidParameterException):
        attributes.normalised(SCHEMA, {"birthdate": value})


@pytest.mark.parametrize(
    ("bounds", "value", "text"),
    [
        ({"MinValue": "0"}, "-1", "at least 0"),
        ({"MaxValue": "5"}, "5.1", "at most 5"),
        ({"MinValue": "-2", "MaxValue": "5"}, "6", "between -2 and 5"),
    ],
)
def test_numbers_out_of_bounds(bounds: dict[str, str], value: str, text: str) -> None:
    schema = {"custom:age": {"AttributeDataType": "Number", "NumberAttributeConstraints": bounds}}
    with pytest.raises(InvalidParameterException) as refused:
        attributes.normalised(schema, {"custom:age": value})
    assert refused.value.message.endswith(f" custom:age: Number must be {text}.\n")
    assert attributes.normalised(schema, {"custom:age": "3"}) == {"custom:age": "3"}


def test_every_problem_has_its_line() -> None:
    with pytest.raises(InvalidParameterException) as refused:
        attributes.normalised(SCHEMA, {"custom:none": "1", "custom:age": "old", "name": "x" * 2_049})
    assert refused.value.message.count("\n") == 3
    assert refused.value.message.startswith(
        "Attributes did not conform to the schema: custom:none: Attribute does not exist in the schema.\n"
    )


@pytest.mark.parametrize(
    ("configuration", "readable", "writable"),
    [
        ({}, {"name", "email", "email_verified"}, {"name", "email"}),
        ({"ReadAttributes": ["name"], "WriteAttributes": ["name"]}, {"name"}, {"name"}),
        (
            {"ReadAttributes": ["custom:age"], "WriteAttributes": ["custom:age", "email_verified"]},
            {"custom:age"},
            {"custom:age"},
        ),
    ],
)
def test_client_permissions(configuration: dict[str, Any], readable: set[str], writable: set[str]) -> None:
    names = {"name", "email", "email_verified", "custom:age"}
    assert attributes.readable_names(configuration, SCHEMA) & names == readable
    assert "sub" in attributes.readable_names(configuration, SCHEMA)
    assert attributes.writable_names(configuration, SCHEMA) & names == writable
    with pytest.raises(NotAuthorizedException):
        attributes.check_writable(configuration, SCHEMA, ["sub"])


def test_required_attributes_are_always_writable() -> None:
    required = {**SCHEMA, "email": {**SCHEMA["email"], "Required": True}}
    assert "email" in attributes.writable_names({"WriteAttributes": ["name"]}, required)
    with pytest.raises(InvalidParameterException, match="email: The attribute is required"):
        attributes.check_required(required, {"name": "Jane"})
