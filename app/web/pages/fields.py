"""Inputs of the hosted pages, made from a pool's settings: label, kind of input and autofill token of every attribute.

Attributes: OpenID Connect Core section 5.1 and Cognito's SchemaAttributes. Autofill tokens: HTML section 4.10.18.7.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from functools import cache
from typing import Literal

from app.core.attributes import MAX_VALUE, as_phone_number
from app.kit.translations import N_, gettext, ngettext, speaking, translate
from app.web.pages.contexts import Field, InputType

DataType = Literal["String", "Number", "DateTime", "Boolean"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Attribute:
    """An attribute of the pool's schema that a page asks for. Lengths in characters; values as the schema writes numbers."""

    name: str
    data_type: DataType = "String"
    required: bool = True
    min_length: int | None = None
    max_length: int | None = None
    min_value: str | None = None
    max_value: str | None = None


def _text(name: str, label: str, missing: str, autocomplete: str, hint: str | None = None) -> Field:
    return Field(
        name=name, label=label, missing=missing, invalid=INVALID.get(name, ""), autocomplete=autocomplete, hint=hint
    )


def _typed(name: str, kind: InputType, label: str, missing: str, autocomplete: str, hint: str | None = None) -> Field:
    return replace(_text(name, label, missing, autocomplete, hint), type=kind)


# What is wrong with a value that is not accepted. Of any other text it is the length, of other types see `_invalid_text`.
INVALID: dict[str, str] = {
    "username": N_("Choose a username of at most 128 characters, without spaces."),
    "email": N_("Enter an email address like name@example.com."),
    "phone_number": N_("Enter a phone number with its country code."),
    "birthdate": N_("Enter a date that exists, for example 1990-02-28."),
}
_NO_ADDRESS: dict[frozenset[str], str] = {
    frozenset({"email"}): N_("Choose a username without spaces that is no email address."),
    frozenset({"phone_number"}): N_("Choose a username without spaces that is no phone number."),
    frozenset({"email", "phone_number"}): N_(
        "Choose a username without spaces that is no email address and no phone number."
    ),
}

STANDARD: dict[str, Field] = {
    made.name: made
    for made in (
        _text("username", N_("Username"), N_("Enter a username."), "username"),
        _typed("email", "email", N_("Email address"), N_("Enter your email address."), "email"),
        _typed(
            "phone_number",
            "tel",
            N_("Phone number"),
            N_("Enter your phone number."),
            "tel",
            N_("With the country code, for example +1\u00a0206\u00a0555\u00a00100"),
        ),
        _text("name", N_("Name"), N_("Enter your name."), "name"),
        _text("given_name", N_("First name"), N_("Enter your first name."), "given-name"),
        _text("middle_name", N_("Middle name"), N_("Enter your middle name."), "additional-name"),
        _text("family_name", N_("Last name"), N_("Enter your last name."), "family-name"),
        _text("nickname", N_("Nickname"), N_("Enter your nickname."), "nickname"),
        _text("preferred_username", N_("Preferred username"), N_("Enter a preferred username."), "nickname"),
        _typed("birthdate", "date", N_("Date of birth"), N_("Enter your date of birth."), "bday"),
        _text("gender", N_("Gender"), N_("Enter your gender."), "sex"),
        _typed("address", "textarea", N_("Address"), N_("Enter your address."), "street-address"),
        _typed("website", "url", N_("Website"), N_("Enter the address of your website."), "url"),
        _typed("profile", "url", N_("Profile page"), N_("Enter the address of your profile page."), "url"),
        _typed("picture", "url", N_("Picture"), N_("Enter the address of your picture."), "photo"),
        _text("locale", N_("Language"), N_("Enter your language."), "language", N_("For example en-GB")),
        _text("zoneinfo", N_("Time zone"), N_("Enter your time zone."), "off", N_("For example Europe/Berlin")),
    )
}

CUSTOM_TYPES: dict[DataType, InputType] = {
    "String": "text",
    "Number": "number",
    "DateTime": "date",
    "Boolean": "checkbox",
}


def attribute_field(attribute: Attribute, locale: str) -> Field:
    """The input of a standard or custom attribute. A custom one is labelled with its own name ("custom:team" -> "team")."""
    standard = STANDARD.get(attribute.name)
    if standard is None:
        field = Field(
            name=attribute.name,
            label=attribute.name.removeprefix("custom:").replace("_", " "),
            missing=translate(locale, N_("Fill in this field.")),
            invalid="",
            type=CUSTOM_TYPES[attribute.data_type],
        )
    else:
        field = _translated(standard, locale)
    with speaking(locale):
        invalid = field.invalid or _invalid_text(attribute)
    return replace(
        field,
        invalid=invalid,
        required=attribute.required,
        maxlength=attribute.max_length,
    )


def _invalid_text(attribute: Attribute) -> str:
    """What is wrong with a value of the attribute's type, in the current locale."""
    match attribute.data_type:
        case "String":
            return _length_text(attribute.min_length or 0, attribute.max_length or MAX_VALUE)
        case "Number":
            return _number_text(attribute.min_value, attribute.max_value)
        case "DateTime":
            return gettext("Enter a date that exists, for example 1990-02-28.")
        case "Boolean":
            return gettext("Tick the box or leave it empty.")


def _length_text(low: int, high: int) -> str:
    if low < 2:
        return ngettext("Use at most %(num)d character.", "Use at most %(num)d characters.", high) % {"num": high}
    between = ngettext("Use %(low)d to %(num)d character.", "Use %(low)d to %(num)d characters.", high)
    return between % {"low": low, "num": high}


def _number_text(low: str | None, high: str | None) -> str:
    if low and high:
        return gettext("Enter a number from %(low)s to %(high)s.") % {"low": low, "high": high}
    if low:
        return gettext("Enter a number of at least %(low)s.") % {"low": low}
    return gettext("Enter a number of at most %(high)s.") % {"high": high} if high else gettext("Enter a number.")


def typed_value(field: Field, text: str) -> str:
    """What somebody typed into an input, as the engine knows it: without blanks around, a phone number in E.164 form."""
    value = text.strip()
    return as_phone_number(value) if field.type == "tel" else value


def identifier_field(username_attributes: Collection[str], alias_attributes: Collection[str], locale: str) -> Field:
    """The input `username` of the sign-in and forgot-password pages: what people of this pool may type there."""
    accepted = set(username_attributes) or {"username", *alias_attributes}
    return _identifier("email" in accepted, "phone_number" in accepted, "username" in accepted, locale)


@cache
def _identifier(email: bool, phone: bool, username: bool, locale: str) -> Field:
    label, missing, kind = _identifier_text(email, phone, username)
    invalid = N_("Enter an email address, or a phone number with its country code.")
    field = Field(name="username", label=label, missing=missing, invalid=invalid, type=kind, autocomplete="username")
    return _translated(field, locale)


def _identifier_text(email: bool, phone: bool, username: bool) -> tuple[str, str, InputType]:
    match (email, phone, username):
        case (True, False, False):
            return N_("Email address"), N_("Enter your email address."), "email"
        case (False, True, False):
            return N_("Phone number"), N_("Enter your phone number."), "tel"
        case (True, True, False):
            return N_("Email or phone number"), N_("Enter your email address or phone number."), "text"
        case (True, False, True):
            return N_("Username or email"), N_("Enter your username or email address."), "text"
        case (False, True, True):
            return N_("Username or phone number"), N_("Enter your username or phone number."), "text"
        case (True, True, True):
            return N_("Username, email or phone"), N_("Enter your username, email address or phone number."), "text"
        case _:
            return N_("Username"), N_("Enter your username."), "text"


def sign_up_fields(
    attributes: Iterable[Attribute],
    username_attributes: Collection[str],
    locale: str,
    alias_attributes: Collection[str] = (),
) -> list[Field]:
    """The inputs of the sign-up page without the password: who signs up first, then the given attributes in their order.

    A pool whose user names are e-mail addresses (phone numbers) asks `email` (`phone_number`); one that takes either asks
    `username` and reads the kind off the value; any other asks `username`.
    """
    identity = next(iter(username_attributes)) if len(username_attributes) == 1 else "username"
    first = attribute_field(Attribute(name=identity, max_length=128), locale)
    if len(username_attributes) > 1:
        first = identifier_field(username_attributes, (), locale)
    no_address = _NO_ADDRESS.get(frozenset({"email", "phone_number"}.intersection(alias_attributes)))
    if no_address and not username_attributes:
        first = replace(first, invalid=translate(locale, no_address))
    return [first, *(attribute_field(item, locale) for item in attributes if item.name != identity)]


def _translated(field: Field, locale: str) -> Field:
    return replace(
        field,
        label=translate(locale, field.label),
        missing=translate(locale, field.missing),
        invalid=translate(locale, field.invalid),
        hint=translate(locale, field.hint) if field.hint else None,
    )
