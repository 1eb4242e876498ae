"""What of a pool's settings shapes its forms: who may sign up, with which attributes and names, and the rules of a password."""

from dataclasses import replace
from typing import Any

from app.core.attributes import as_phone_number, writable_names
from app.core.password_policy import broken_rules
from app.core.pools import Pool
from app.flows.send_code import PREFERENCE
from app.flows.snapshots import ClientSnapshot
from app.kit.errors import InvalidPasswordException
from app.web.pages.contexts import Field, PageError
from app.web.pages.fields import Attribute, attribute_field, sign_up_fields
from app.web.pages.password_rules import PasswordPolicy
from app.web.pages.texts import form_problem, page_error

_CONSTRAINTS = "StringAttributeConstraints"
_BOUNDS = "NumberAttributeConstraints"
# No form asks for these: the server sets them.
_OWN = frozenset({"sub", "email_verified", "phone_number_verified", "updated_at", "identities"})


def is_sign_up_open(pool: Pool) -> bool:
    """Whether people may sign up by themselves."""
    return not (pool.configuration.get("AdminCreateUserConfig") or {}).get("AllowAdminCreateUserOnly")


def password_policy(pool: Pool) -> PasswordPolicy:
    """The rules of a new password, as the page lists them."""
    policy = pool.password_policy
    return PasswordPolicy(
        minimum_length=policy.get("MinimumLength", 8),
        uppercase=bool(policy.get("RequireUppercase")),
        lowercase=bool(policy.get("RequireLowercase")),
        numbers=bool(policy.get("RequireNumbers")),
        symbols=bool(policy.get("RequireSymbols")),
    )


def new_password_problems(pool: Pool, password: str, locale: str) -> list[PageError]:
    """What is wrong with a new password before the engine sees it: there is none, or it breaks the pool's rules."""
    if not password:
        return [form_problem("password_missing", locale)]
    broken = broken_rules(pool.password_policy, password)
    if not broken:
        return []
    return [replace(page_error(InvalidPasswordException(), locale, ("password",)), broken=broken)]


def new_user_fields(client: ClientSnapshot, locale: str) -> list[Field]:
    """The inputs of the sign-up form: the name, an address to confirm by if the app may write it, and what is required.

    Where nothing that the pool verifies is required, the first of it is, since without an address nobody is confirmed; the
    others may be left empty.
    """
    pool = client.pool
    writable = writable_names(client.client.configuration, pool.schema_by_name)
    required = [name for name, item in pool.schema_by_name.items() if item.get("Required") and name not in _OWN]
    verified = [
        name
        for name in reversed(PREFERENCE)
        if name in pool.auto_verified_attributes and name in writable and name not in required
    ]
    if len(pool.username_attributes) > 1:
        # The one input takes either address, and it is the one that gets the code.
        verified = []
    is_reachable = not set(required).isdisjoint({*pool.auto_verified_attributes}) or bool(pool.username_attributes)
    asked = [
        *(_attribute(pool, name, required=not is_reachable and name == verified[0]) for name in verified),
        *(_attribute(pool, name, required=True) for name in required),
    ]
    return sign_up_fields(asked, pool.username_attributes, locale, pool.alias_attributes)


def account_name(pool: Pool, text: str) -> str:
    """What somebody typed to say who they are, as the engine knows it. No username has blanks; a phone number may."""
    name = text.strip()
    if "phone_number" in pool.username_attributes or ("phone_number" in pool.alias_attributes and " " in name):
        return as_phone_number(name)
    return name


def missing_fields(pool: Pool, names: tuple[str, ...], locale: str) -> list[Field]:
    """The inputs for attributes that a user must still give."""
    return [attribute_field(_attribute(pool, name, required=True), locale) for name in names]


def _attribute(pool: Pool, name: str, *, required: bool) -> Attribute:
    item: dict[str, Any] = pool.schema_by_name[name]
    limits, bounds = item.get(_CONSTRAINTS) or {}, item.get(_BOUNDS) or {}
    return Attribute(
        name=name,
        data_type=item["AttributeDataType"],
        required=required,
        min_length=_length(limits.get("MinLength")),
        max_length=_length(limits.get("MaxLength")),
        min_value=bounds.get("MinValue"),
        max_value=bounds.get("MaxValue"),
    )


def _length(text: str | None) -> int | None:
    return int(text) if text else None
