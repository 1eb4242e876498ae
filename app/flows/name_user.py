"""What a new user is called: a username of their own, or in pools with username attributes a UUID that their address leads to.

Cognito Developer Guide, "Customizing sign-in attributes".
"""

from collections.abc import Mapping
from dataclasses import dataclass

import regex

from app.core.attributes import is_email, is_phone_number
from app.core.pools import Pool
from app.core.users import folded
from app.kit.errors import InvalidParameterException
from app.kit.ids import new_uuid

_USERNAME = regex.compile(r"[\p{L}\p{M}\p{S}\p{N}\p{P}]{1,128}")
_SHOULD_BE: dict[tuple[str, ...], str] = {
    ("email",): "Username should be an email.",
    ("phone_number",): "Username should be a phone number.",
}
_SHOULD_BE_EITHER = "Username should be either an email or a phone number."


@dataclass(frozen=True, slots=True)
class Naming:
    """A new user's `sub`, stored username and attributes (those given and the address they signed up with)."""

    sub: str
    username: str
    attributes: dict[str, str]


def name_user(pool: Pool, username: str, attributes: Mapping[str, str]) -> Naming:
    """The naming of a new user; raises InvalidParameterException when the username has not the form that the pool wants."""
    if not _USERNAME.fullmatch(username):
        raise InvalidParameterException("Username must have 1 to 128 characters and no blanks.")
    sub = new_uuid()
    if not pool.username_attributes:
        _check_is_no_alias(pool, username)
        return Naming(sub, username, dict(attributes))
    kind = address_kind(pool, username)
    if folded(pool, attributes.get(kind) or username) != folded(pool, username):
        raise InvalidParameterException(f"The {kind} attribute differs from the username.")
    return Naming(sub, sub, {**attributes, kind: attributes.get(kind) or username})


def can_be_named(pool: Pool, username: str, attributes: Mapping[str, str]) -> bool:
    """Whether `name_user` takes the username beside the attributes."""
    try:
        name_user(pool, username, attributes)
    except InvalidParameterException:
        return False
    return True


def address_kind(pool: Pool, username: str) -> str:
    """Which of the pool's username attributes a username is; raises InvalidParameterException for neither."""
    if "email" in pool.username_attributes and is_email(username):
        return "email"
    if "phone_number" in pool.username_attributes and is_phone_number(username):
        return "phone_number"
    raise InvalidParameterException(_SHOULD_BE.get(pool.username_attributes, _SHOULD_BE_EITHER))


def _check_is_no_alias(pool: Pool, username: str) -> None:
    if "email" in pool.alias_attributes and is_email(username):
        raise InvalidParameterException(
            "Username cannot be of email format, since user pool is configured for email alias."
        )
    if "phone_number" in pool.alias_attributes and is_phone_number(username):
        raise InvalidParameterException(
            "Username cannot be of phone number format, since user pool is configured for phone number alias."
        )
