import pytest

from app.kit import errors
from app.web.pages import fields, texts

EVERY_ERROR = sorted(
    (cls for cls in vars(errors).values() if isinstance(cls, type) and issubclass(cls, errors.AppError)),
    key=lambda cls: cls.__name__,
)


@pytest.mark.parametrize("error", EVERY_ERROR)
def test_a_page_never_repeats_the_text_of_the_api(error: type[errors.AppError]) -> None:
    shown = texts.page_error(error("PreSignUp failed with error SECRET"), "en", ("username", "password", "code"))
    assert shown.text
    assert "SECRET" not in shown.text
    assert shown.text != error.default_message


def test_an_unknown_user_and_a_wrong_password_read_the_same() -> None:
    unknown, wrong = errors.UserNotFoundException(), errors.NotAuthorizedException()
    assert texts.page_error(unknown, "en") == texts.page_error(wrong, "en")


def test_an_error_is_tied_to_an_input_only_when_the_page_has_it() -> None:
    assert texts.page_error(errors.CodeMismatchException(), "en", ("code",)).field == "code"
    assert texts.page_error(errors.CodeMismatchException(), "en", ("password",)).field is None


def test_required_inputs_without_a_value_are_named() -> None:
    asked = [
        fields.attribute_field(fields.Attribute(name="email"), "en"),
        fields.attribute_field(fields.Attribute(name="name", required=False), "en"),
        fields.attribute_field(fields.Attribute(name="custom:seats", data_type="Number"), "en"),
        fields.attribute_field(fields.Attribute(name="custom:terms", data_type="Boolean"), "en"),
    ]
    missing = texts.missing_values(asked, {"email": "  "})
    assert [(error.field, error.text) for error in missing] == [
        ("email", "Enter your email address."),
        ("custom:seats", "Fill in this field."),
    ]


@pytest.mark.parametrize(
    ("attribute", "told"),
    [
        (fields.Attribute(name="custom:team"), "Use at most 2048 characters."),
        (fields.Attribute(name="custom:team", max_length=1), "Use at most 1 character."),
        (fields.Attribute(name="custom:team", min_length=2, max_length=8), "Use 2 to 8 characters."),
        (fields.Attribute(name="custom:seats", data_type="Number"), "Enter a number."),
        (fields.Attribute(name="custom:seats", data_type="Number", min_value="1"), "Enter a number of at least 1."),
        (fields.Attribute(name="custom:seats", data_type="Number", max_value="9"), "Enter a number of at most 9."),
        (
            fields.Attribute(name="custom:seats", data_type="Number", min_value="1", max_value="9"),
            "Enter a number from 1 to 9.",
        ),
        (
            fields.Attribute(name="custom:since", data_type="DateTime"),
            "Enter a date that exists, for example 1990-02-28.",
        ),
        (fields.Attribute(name="custom:terms", data_type="Boolean"), "Tick the box or leave it empty."),
        (fields.Attribute(name="locale"), "Use at most 2048 characters."),
    ],
)
def test_a_value_that_is_not_accepted_is_told_by_its_type(attribute: fields.Attribute, told: str) -> None:
    assert fields.attribute_field(attribute, "en").invalid == told


@pytest.mark.parametrize(
    ("typed", "known"),
    [
        (" +1 206 555 0100 ", "+12065550100"),
        ("+1 (206) 555-0100", "+12065550100"),
        ("+44 (0)20 7946 0958", "+442079460958"),
        ("0049 30 901820", "+4930901820"),
        ("12345", "12345"),
        ("206 555 0100", "206 555 0100"),
        ("+1 206 555 0100 ext. 5", "+1 206 555 0100 ext. 5"),
        ("+1 206 FLOWERS", "+1 206 FLOWERS"),
        ("+", "+"),
        ("", ""),
    ],
)
def test_a_phone_number_is_understood_as_people_write_it(typed: str, known: str) -> None:
    field = fields.attribute_field(fields.Attribute(name="phone_number"), "en")
    assert fields.typed_value(field, typed) == known
    assert fields.typed_value(fields.attribute_field(fields.Attribute(name="name"), "en"), typed) == typed.strip()


@pytest.mark.parametrize(
    ("username_attributes", "alias_attributes", "label", "kind"),
    [
        ((), (), "Username", "text"),
        (("email",), (), "Email address", "email"),
        (("phone_number",), (), "Phone number", "tel"),
        (("email", "phone_number"), (), "Email or phone number", "text"),
        ((), ("email",), "Username or email", "text"),
        ((), ("phone_number", "preferred_username"), "Username or phone number", "text"),
        ((), ("email", "phone_number"), "Username, email or phone", "text"),
    ],
)
def test_the_identifier_says_what_the_pool_accepts(
    username_attributes: tuple[str, ...], alias_attributes: tuple[str, ...], label: str, kind: str
) -> None:
    field = fields.identifier_field(username_attributes, alias_attributes, "en")
    assert (field.name, field.label, field.type, field.autocomplete) == ("username", label, kind, "username")


@pytest.mark.parametrize(
    ("username_attributes", "names"),
    [
        ((), ["username", "email", "name"]),
        (("email",), ["email", "name"]),
        (("phone_number",), ["phone_number", "email", "name"]),
        (("email", "phone_number"), ["username", "email", "name"]),
    ],
)
def test_sign_up_asks_for_the_identity_first_and_once(username_attributes: tuple[str, ...], names: list[str]) -> None:
    asked = [fields.Attribute(name="email"), fields.Attribute(name="name")]
    assert [field.name for field in fields.sign_up_fields(asked, username_attributes, "en")] == names
