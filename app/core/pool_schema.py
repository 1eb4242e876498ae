"""The attributes of a user pool: the standard ones, and the custom ones that only ever grow in number.

Pure: items are AWS-shaped (SchemaAttributeType), their constraint numbers are texts. See "Working with user attributes" in
the Amazon Cognito Developer Guide; standard names are those of OpenID Connect Core 1.0 section 5.1.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from app.kit.errors import InvalidParameterException

Attribute = dict[str, Any]

MAX_CUSTOM_ATTRIBUTES = 50
_LARGEST = 2**1023
_WHOLE = re.compile(r"[+-]?\d{1,400}", re.ASCII)
_CONSTRAINTS = {
    "String": ("StringAttributeConstraints", "MinLength", "MaxLength"),
    "Number": ("NumberAttributeConstraints", "MinValue", "MaxValue"),
}
_TEXTS = (
    "name",
    "given_name",
    "family_name",
    "middle_name",
    "nickname",
    "preferred_username",
    "profile",
    "picture",
    "website",
    "email",
    "gender",
    "zoneinfo",
    "locale",
    "phone_number",
    "address",
)


def _standard(name: str, kind: str, *limits: str | None, mutable: bool = True, required: bool = False) -> Attribute:
    attribute: Attribute = {
        "Name": name,
        "AttributeDataType": kind,
        "DeveloperOnlyAttribute": False,
        "Mutable": mutable,
        "Required": required,
    }
    if kind in _CONSTRAINTS:
        member, low, high = _CONSTRAINTS[kind]
        values = zip((low, high), limits, strict=False)
        attribute[member] = {limit: value for limit, value in values if value is not None}
    return attribute


STANDARD: Mapping[str, Attribute] = {
    attribute["Name"]: attribute
    for attribute in (
        _standard("sub", "String", "1", "2048", mutable=False, required=True),
        *(_standard(name, "String", "0", "2048") for name in _TEXTS),
        _standard("birthdate", "String", "10", "10"),
        _standard("email_verified", "Boolean"),
        _standard("phone_number_verified", "Boolean"),
        _standard("updated_at", "Number", "0"),
    )
}


def new_schema(given: Iterable[Mapping[str, Any]], alias_attributes: Sequence[str]) -> list[Attribute]:
    """All attributes of a new pool: the standard ones, changed as `given` says, and the custom ones it adds.

    Raises InvalidParameterException.
    """
    standard = dict(STANDARD)
    custom: list[Mapping[str, Any]] = []
    for item in given:
        name = item.get("Name", "")
        if name in STANDARD:
            standard[name] = _changed(standard[name], item)
        else:
            custom.append(item)
    if "preferred_username" in alias_attributes and standard["preferred_username"]["Required"]:
        raise InvalidParameterException("preferred_username cannot be both required and an alias.")
    return extended_schema(list(standard.values()), custom)


def extended_schema(schema: Sequence[Attribute], given: Iterable[Mapping[str, Any]]) -> list[Attribute]:
    """The schema with custom attributes added; raises InvalidParameterException."""
    extended = {attribute["Name"]: attribute for attribute in schema}
    for item in given:
        attribute = _custom(item)
        name = attribute["Name"]
        if name in extended:
            raise InvalidParameterException(f"{name}: Existing attribute already has name {name}.")
        extended[name] = attribute
    if len(extended) - len(STANDARD) > MAX_CUSTOM_ATTRIBUTES:
        raise InvalidParameterException(f"A user pool can have at most {MAX_CUSTOM_ATTRIBUTES} custom attributes.")
    return list(extended.values())


def _changed(standard: Attribute, item: Mapping[str, Any]) -> Attribute:
    name = standard["Name"]
    if name == "sub":
        raise InvalidParameterException("The attribute sub cannot be changed.")
    if item.get("AttributeDataType", standard["AttributeDataType"]) != standard["AttributeDataType"] or item.get(
        "DeveloperOnlyAttribute"
    ):
        raise InvalidParameterException(
            f"You can not change AttributeDataType or set developerOnlyAttribute for standard schema attribute {name}"
        )
    named = {member: item[member] for member in ("Mutable", "Required") if member in item}
    return {**standard, **named, **_constraints(name, standard["AttributeDataType"], item, standard)}


def _custom(item: Mapping[str, Any]) -> Attribute:
    kind = item.get("AttributeDataType")
    if not item.get("Name"):
        raise InvalidParameterException("Invalid schema attribute: a Name is required.")
    if kind is None:
        raise InvalidParameterException(
            "Invalid AttributeDataType input, consider using the provided AttributeDataType enum."
        )
    if item.get("Required"):
        raise InvalidParameterException("Required custom attributes are not supported currently.")
    is_developers = bool(item.get("DeveloperOnlyAttribute"))
    name = f"{'dev:' if is_developers else ''}custom:{item['Name']}"
    return {
        "Name": name,
        "AttributeDataType": kind,
        "DeveloperOnlyAttribute": is_developers,
        "Mutable": item.get("Mutable", True),
        "Required": False,
        **_constraints(name, kind, item, {}),
    }


def _constraints(name: str, kind: str, item: Mapping[str, Any], default: Attribute) -> Attribute:
    """The constraints of the attribute's own type, those of another type are left out as Cognito does."""
    if kind not in _CONSTRAINTS:
        return {}
    member, low, high = _CONSTRAINTS[kind]
    given = item.get(member, default.get(member, {}))
    limits = {limit: _limit(name, member, given[limit]) for limit in (low, high) if given.get(limit)}
    is_negative = kind == "String" and any(value < 0 for value in limits.values())
    if is_negative or limits.get(low, -_LARGEST) > limits.get(high, _LARGEST):
        raise _invalid(name, member)
    return {member: {limit: str(value) for limit, value in limits.items()}}


def _limit(name: str, member: str, text: str) -> int:
    if not _WHOLE.fullmatch(text) or abs(int(text)) > _LARGEST:
        raise _invalid(name, member)
    return int(text)


def _invalid(name: str, member: str) -> InvalidParameterException:
    return InvalidParameterException(f"Invalid {member} for schema attribute {name}")
