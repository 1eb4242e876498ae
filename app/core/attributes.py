"""Attributes against the schema of a pool, and what an app client may read and write of them. Pure rules, no database.

`schema` maps attribute names to SchemaAttributeType, as `Pool.schema_by_name` does; custom attributes carry their prefix.
Cognito Developer Guide, "Working with user attributes".
"""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any

import phonenumbers

from app.kit.errors import InvalidParameterException, NotAuthorizedException

Schema = Mapping[str, Mapping[str, Any]]
MAX_VALUE = 2_048
# RFC 5321 section 4.5.3.1: what an SMTP path can carry.
MAX_EMAIL = 254
MAX_LOCAL_PART = 64
# A preferred username that people sign in with must fit the API's Username.
MAX_USERNAME = 128
# What only the server or an operator decides.
_SERVER_SET = frozenset({"sub", "email_verified", "phone_number_verified", "identities"})
_LABEL = r"[^\W_](?:[\w\-]{0,61}[^\W_])?"
_EMAIL = re.compile(rf"[^\s@\x00-\x1f\x7f\"(),:;<>\[\\\]]+@{_LABEL}(?:\.{_LABEL})*")
_PHONE = re.compile(r"\+[1-9][0-9]{4,14}")
# A number as people write it, with the + or the 00 that many countries dial for it.
_WRITTEN_PHONE = re.compile(r"(?:\+|00)[\d\s().\-/\u2010-\u2015]{4,40}")
_NUMBER = re.compile(r"-?[0-9]{1,40}(\.[0-9]{1,40})?")
_BIRTHDATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


def from_list(items: Iterable[Mapping[str, Any]] | None) -> dict[str, str]:
    """AttributeListType as a mapping; a missing value is blank. Raises InvalidParameterException for a name given twice."""
    values: dict[str, str] = {}
    for item in items or ():
        if item["Name"] in values:
            raise InvalidParameterException(f"Duplicate attribute: {item['Name']}")
        values[item["Name"]] = item.get("Value") or ""
    return values


def to_list(values: Mapping[str, str]) -> list[dict[str, str]]:
    """A mapping as AttributeListType."""
    return [{"Name": name, "Value": value} for name, value in values.items()]


def is_email(text: str) -> bool:
    """Whether the text is an address that mail could be sent to: no quoting, comments, blanks or control characters."""
    local, _, domain = text.partition("@")
    if len(text) > MAX_EMAIL or len(local) > MAX_LOCAL_PART or not _EMAIL.fullmatch(text):
        return False
    is_dotted = local.startswith(".") or local.endswith(".") or ".." in local
    return not is_dotted and _is_spelt_as_itself(domain)


def _is_spelt_as_itself(domain: str) -> bool:
    """Whether a domain in ASCII (RFC 3490) is the same domain: mail for `straße.de` would be proven at strasse.de, and one in
    wide letters would be another address with the same inbox.
    """
    try:
        return domain.isascii() or domain.encode("idna").decode("idna") == domain.lower()
    except UnicodeError:
        return False


def is_phone_number(text: str) -> bool:
    """Whether the text is a possible number in E.164 form (`+` and digits)."""
    if not _PHONE.fullmatch(text):
        return False
    try:
        return phonenumbers.is_possible_number(phonenumbers.parse(text))
    except phonenumbers.NumberParseException:
        return False


def as_phone_number(text: str) -> str:
    """A number as people write it ("+1 (206) 555-0100") in E.164 form; any other text as it came."""
    if not _WRITTEN_PHONE.fullmatch(text):
        return text
    try:
        number = phonenumbers.parse(re.sub("^00", "+", text))
    except phonenumbers.NumberParseException:
        return text
    return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def wrong_names(schema: Schema, values: Mapping[str, str]) -> frozenset[str]:
    """The names whose values `normalised` refuses."""
    return frozenset(name for name, value in values.items() if not _is_normal(schema, name, value))


def _is_normal(schema: Schema, name: str, value: str) -> bool:
    try:
        normalised(schema, {name: value})
    except InvalidParameterException:
        return False
    return True


def normalised(schema: Schema, values: Mapping[str, str]) -> dict[str, str]:
    """The values, each in the form it is stored in; blank ones stay (they delete). Raises InvalidParameterException.

    Every name must be in the schema, every value of its type and within its bounds.
    """
    problems = [
        f"{name}: Attribute does not exist in the schema." for name in values if name not in schema or name == "sub"
    ]
    checked = {}
    for name, value in values.items():
        if name in schema and name != "sub":
            checked[name], problem = _checked(schema[name], value) if value else (value, "")
            problems += [f"{name}: {problem}"] if problem else []
    _raise_problems(problems)
    for name, value in checked.items():
        if value:
            _check_format(name, value)
    return checked


def check_required(schema: Schema, values: Mapping[str, str]) -> None:
    """Raises InvalidParameterException when a required attribute has no value."""
    _raise_problems(
        f"{name}: The attribute is required"
        for name, attribute in schema.items()
        if attribute.get("Required") and name != "sub" and not values.get(name)
    )


def check_change(schema: Schema, before: Mapping[str, str], changes: Mapping[str, str]) -> None:
    """Raises InvalidParameterException when a change (blank: deletion) hits an immutable attribute or empties a required one."""
    for name, value in changes.items():
        if value == before.get(name, ""):
            continue
        attribute = schema[name]
        if not attribute.get("Mutable", True):
            raise InvalidParameterException(f"user.{name}: Attribute cannot be updated.\n")
        if not value and attribute.get("Required"):
            raise InvalidParameterException(f"user.{name}: The attribute is required\n")


def applied(before: Mapping[str, str], changes: Mapping[str, str]) -> dict[str, str]:
    """The attribute document after changes; a blank value deletes."""
    return {name: value for name, value in {**before, **changes}.items() if value}


def readable_names(client_configuration: Mapping[str, Any], schema: Schema) -> frozenset[str]:
    """What a client may read: its ReadAttributes, or all standard attributes when it has none.

    Who a user is may always be read: `sub`, and the `identities` at other providers.
    """
    listed = client_configuration.get("ReadAttributes")
    return frozenset(listed or filter(_is_standard, schema)) | {"sub", "identities"}


def writable_names(client_configuration: Mapping[str, Any], schema: Schema) -> frozenset[str]:
    """What a client's users may write: its WriteAttributes or all standard ones, and always what is required."""
    listed = client_configuration.get("WriteAttributes")
    required = {name for name, attribute in schema.items() if attribute.get("Required")}
    names = frozenset(listed or filter(_is_standard, schema)) | required
    return frozenset(name for name in names if name not in _SERVER_SET and not name.startswith("dev:"))


def check_writable(client_configuration: Mapping[str, Any], schema: Schema, names: Iterable[str]) -> None:
    """Raises NotAuthorizedException when a client's user may not write one of the names.

    A name that the pool does not have is left to `normalised`, whose answer says more.
    """
    writable = writable_names(client_configuration, schema)
    if any(name in schema and name not in writable for name in names):
        raise NotAuthorizedException("A client attempted to write unauthorized attribute")


def _is_standard(name: str) -> bool:
    return not name.startswith(("custom:", "dev:"))


def _raise_problems(problems: Iterable[str]) -> None:
    lines = "".join(f"{problem}\n" for problem in problems)
    if lines:
        raise InvalidParameterException(f"Attributes did not conform to the schema: {lines}")


def _checked(attribute: Mapping[str, Any], value: str) -> tuple[str, str]:
    """The value as it is stored, and what is wrong with it or nothing."""
    if len(value) > MAX_VALUE or "\0" in value:
        return value, f"Attribute value must have at most {MAX_VALUE} characters and none that is U+0000."
    return _TYPES[attribute["AttributeDataType"]](attribute, value)


def _string(attribute: Mapping[str, Any], value: str) -> tuple[str, str]:
    bounds = attribute.get("StringAttributeConstraints") or {}
    low, high = int(bounds.get("MinLength") or 0), int(bounds.get("MaxLength") or MAX_VALUE)
    return value, "" if low <= len(value) <= high else f"String length must be between {low} and {high}."


def _number(attribute: Mapping[str, Any], value: str) -> tuple[str, str]:
    if not _NUMBER.fullmatch(value):
        return value, "Attribute value is not a number."
    bounds = attribute.get("NumberAttributeConstraints") or {}
    low, high = bounds.get("MinValue"), bounds.get("MaxValue")
    if (low and Decimal(value) < Decimal(low)) or (high and Decimal(value) > Decimal(high)):
        return value, f"Number must be {_range(low, high)}."
    return value, ""


def _range(low: str | None, high: str | None) -> str:
    """Bounds, of which one may be missing, in words."""
    if low and high:
        return f"between {low} and {high}"
    return f"at least {low}" if low else f"at most {high}"


def _boolean(_attribute: Mapping[str, Any], value: str) -> tuple[str, str]:
    return value.lower(), "" if value.lower() in ("true", "false") else "Attribute value is not a boolean."


def _date_time(_attribute: Mapping[str, Any], value: str) -> tuple[str, str]:
    """ISO 8601, or epoch seconds."""
    if _NUMBER.fullmatch(value):
        return value, ""
    try:
        datetime.fromisoformat(value)
    except ValueError:
        return value, "Attribute value is not a date and time."
    return value, ""


_TYPES: dict[str, Callable[[Mapping[str, Any], str], tuple[str, str]]] = {
    "String": _string,
    "Number": _number,
    "Boolean": _boolean,
    "DateTime": _date_time,
}


def _check_format(name: str, value: str) -> None:
    if name == "email" and not is_email(value):
        raise InvalidParameterException("Invalid email address format.")
    if name == "phone_number" and not is_phone_number(value):
        raise InvalidParameterException("Invalid phone number format.")
    if name == "birthdate" and not _is_birthdate(value):
        raise InvalidParameterException("Invalid birthdate format, it must be YYYY-MM-DD.")


def _is_birthdate(value: str) -> bool:
    """A calendar date; the year 0000 says that the year is not told (OpenID Connect Core section 5.1)."""
    if not _BIRTHDATE.fullmatch(value):
        return False
    try:
        date.fromisoformat(value.replace("0000-", "0004-", 1))
    except ValueError:
        return False
    return True
