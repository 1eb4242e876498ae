"""GetUser, UpdateUserAttributes, DeleteUserAttributes, the verification of attributes, DeleteUser."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.conftest import Clock
from tests.factories import Factory

LastCode = Callable[[str, str], str]
VERIFY_FIRST: dict[str, Any] = {
    "AutoVerifiedAttributes": ["email"],
    "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]},
}


def attributes(**values: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


class Person:
    """A signed-in user of a pool."""

    def __init__(self, make: Factory, public: Any, *, client: dict[str, Any] | None = None, **pool: Any) -> None:
        self.pool_id = make.pool(**pool)
        self.client_id = make.client(self.pool_id, **(client or {}))["ClientId"]
        self.make, self.public = make, public
        self.token = ""

    def signed_in(self, username: str = "jane", **values: str) -> "Person":
        user = self.make.user(self.pool_id, username, **values)
        self.token = self.make.tokens(self.client_id, user)["AccessToken"]
        return self

    def attributes(self) -> dict[str, str]:
        found = self.public.get_user(AccessToken=self.token)
        return {item["Name"]: item["Value"] for item in found["UserAttributes"]}

    def update(self, **values: str) -> list[dict[str, str]]:
        answer = self.public.update_user_attributes(AccessToken=self.token, UserAttributes=attributes(**values))
        return list(answer["CodeDeliveryDetailsList"])

    def verify(self, code: str, name: str = "email") -> None:
        self.public.verify_user_attribute(AccessToken=self.token, AttributeName=name, Code=code)


def test_get_user(make: Factory, public: Any) -> None:
    jane = Person(make, public).signed_in(email="jane@example.com", email_verified="true", name="Jane")
    found = public.get_user(AccessToken=jane.token)
    assert found["Username"] == "jane"
    assert {name: value for name, value in jane.attributes().items() if name != "sub"} == {
        "email": "jane@example.com",
        "email_verified": "true",
        "name": "Jane",
    }
    with pytest.raises(public.exceptions.NotAuthorizedException):
        public.get_user(AccessToken="forged")


def test_client_reads_what_it_may(make: Factory, public: Any) -> None:
    jane = Person(make, public, client={"ReadAttributes": ["name"]}).signed_in(email="jane@example.com", name="Jane")
    assert set(jane.attributes()) == {"sub", "name"}


def test_client_writes_what_it_may(make: Factory, public: Any) -> None:
    jane = Person(make, public, client={"WriteAttributes": ["name"]}).signed_in()
    jane.update(name="Jane")
    for values in ({"nickname": "J"}, {"email_verified": "true"}, {"sub": "other"}):
        with pytest.raises(public.exceptions.NotAuthorizedException, match="attempted to write unauthorized"):
            jane.update(**values)
    with pytest.raises(public.exceptions.NotAuthorizedException, match="attempted to write unauthorized"):
        public.delete_user_attributes(AccessToken=jane.token, UserAttributeNames=["nickname"])


def test_update_and_delete(make: Factory, public: Any) -> None:
    jane = Person(make, public).signed_in(name="Jane", nickname="J")
    assert jane.update(name="Jane Doe", nickname="") == []
    assert {name: value for name, value in jane.attributes().items() if name != "sub"} == {"name": "Jane Doe"}
    public.delete_user_attributes(AccessToken=jane.token, UserAttributeNames=["name", "website"])
    assert set(jane.attributes()) == {"sub"}


@pytest.mark.parametrize(
    ("values", "text"),
    [
        ({"email": "no address"}, "Invalid email address format"),
        ({"phone_number": "+1"}, "Invalid phone number format"),
        ({"custom:none": "x"}, "Attribute does not exist in the schema"),
        ({"custom:once": "other"}, r"user\.custom:once: Attribute cannot be updated"),
        ({"given_name": ""}, "given_name: The attribute is required"),
        ({"name": "x" * 2_049}, "validation error"),
    ],
)
def test_refused_updates(make: Factory, public: Any, values: dict[str, str], text: str) -> None:
    schema = [
        {"Name": "once", "AttributeDataType": "String", "Mutable": False},
        {"Name": "given_name", "AttributeDataType": "String", "Required": True, "Mutable": True},
    ]
    client = {"WriteAttributes": ["email", "phone_number", "custom:once", "name", "given_name"]}
    jane = Person(make, public, client=client, Schema=schema)
    jane.signed_in(given_name="Jane", **{"custom:once": "1"})
    before = jane.attributes()
    with pytest.raises(public.exceptions.InvalidParameterException, match=text):
        jane.update(**values)
    assert jane.attributes() == before


def test_an_attribute_given_twice_is_refused(make: Factory, public: Any) -> None:
    jane = Person(make, public).signed_in()
    with pytest.raises(public.exceptions.InvalidParameterException, match="Duplicate attribute: name"):
        public.update_user_attributes(
            AccessToken=jane.token, UserAttributes=[*attributes(name="a"), *attributes(name="b")]
        )


def test_changed_email_is_unverified_until_its_code_comes(make: Factory, public: Any, last_code: LastCode) -> None:
    jane = Person(make, public, AutoVerifiedAttributes=["email"])
    jane.signed_in(email="jane@example.com", email_verified="true")
    (delivery,) = jane.update(email="new@example.org")
    assert delivery == {"Destination": "n***@e***", "DeliveryMedium": "EMAIL", "AttributeName": "email"}
    assert (jane.attributes()["email"], jane.attributes()["email_verified"]) == ("new@example.org", "false")
    code = last_code(jane.pool_id, "new@example.org")
    with pytest.raises(public.exceptions.CodeMismatchException):
        jane.verify("abc")
    jane.verify(code)
    assert jane.attributes()["email_verified"] == "true"
    with pytest.raises(public.exceptions.ExpiredCodeException):
        jane.verify(code)
    assert jane.update(email="new@example.org") == []
    assert jane.attributes()["email_verified"] == "true"


def test_changed_email_waits_where_the_pool_says_so(
    make: Factory, public: Any, last_code: LastCode, clock: Clock
) -> None:
    jane = Person(make, public, **VERIFY_FIRST).signed_in(email="jane@example.com", email_verified="true")
    assert len(jane.update(email="new@example.org", name="Jane")) == 1
    assert jane.attributes()["email"] == "jane@example.com"
    assert jane.attributes()["email_verified"] == "true"
    assert jane.attributes()["name"] == "Jane"
    clock.advance(seconds=1)
    asked = public.get_user_attribute_verification_code(AccessToken=jane.token, AttributeName="email")
    assert asked["CodeDeliveryDetails"]["Destination"] == "n***@e***"
    jane.verify(last_code(jane.pool_id, "new@example.org"))
    assert (jane.attributes()["email"], jane.attributes()["email_verified"]) == ("new@example.org", "true")


def test_code_for_an_earlier_value_verifies_nothing(
    make: Factory, public: Any, last_code: LastCode, clock: Clock
) -> None:
    jane = Person(make, public, AutoVerifiedAttributes=["email"]).signed_in(email="jane@example.com")
    jane.update(email="first@example.org")
    first = last_code(jane.pool_id, "first@example.org")
    clock.advance(seconds=1)
    jane.update(email="second@example.org")
    with pytest.raises(ClientError) as refused:
        jane.verify(first)
    assert refused.value.response["Error"]["Code"] in ("CodeMismatchException", "ExpiredCodeException")
    assert jane.attributes()["email_verified"] == "false"


@pytest.mark.parametrize("is_sent_by", ["the change", "request"])
def test_an_unchanged_email_keeps_its_code(make: Factory, public: Any, last_code: LastCode, is_sent_by: str) -> None:
    jane = Person(make, public, AutoVerifiedAttributes=["email"]).signed_in(email="jane@example.com")
    if is_sent_by == "request":
        public.get_user_attribute_verification_code(AccessToken=jane.token, AttributeName="email")
    else:
        jane.update(email="jane@example.org")
    code = last_code(jane.pool_id, address := jane.attributes()["email"])
    assert jane.update(email=address, name="Jane") == []
    jane.verify(code)
    assert (jane.attributes()["email"], jane.attributes()["email_verified"]) == (address, "true")


@pytest.mark.parametrize("present", ["", "jane@example.com"])
def test_a_form_with_the_present_email_keeps_the_change_that_waits(
    make: Factory, operator: Any, public: Any, last_code: LastCode, clock: Clock, present: str
) -> None:
    """Pending are a change from one address to another and from none; a second change ends the first."""
    values = {"email": present, "email_verified": "true"} if present else {}
    jane = Person(make, public, **VERIFY_FIRST).signed_in(**values)
    jane.update(email="first@example.org")
    first = last_code(jane.pool_id, "first@example.org")
    clock.advance(seconds=1)
    jane.update(email="second@example.org")
    assert jane.update(email=present, name="Jane") == []
    operator.admin_update_user_attributes(
        UserPoolId=jane.pool_id, Username="jane", UserAttributes=attributes(email=present, nickname="J")
    )
    with pytest.raises(public.exceptions.CodeMismatchException):
        jane.verify(first)
    jane.verify(last_code(jane.pool_id, "second@example.org"))
    assert jane.attributes()["email"] == "second@example.org"


@pytest.mark.parametrize(
    "values",
    [
        {"email": "jane@example.com", "email_verified": "true"},
        {"email": "third@example.org", "email_verified": "true"},
        {"email": ""},
    ],
)
def test_an_operators_word_ends_a_change_that_waits(
    make: Factory, operator: Any, public: Any, last_code: LastCode, values: dict[str, str]
) -> None:
    jane = Person(make, public, **VERIFY_FIRST).signed_in(email="jane@example.com", email_verified="true")
    jane.update(email="new@example.org")
    operator.admin_update_user_attributes(UserPoolId=jane.pool_id, Username="jane", UserAttributes=attributes(**values))
    with pytest.raises(public.exceptions.ExpiredCodeException):
        jane.verify(last_code(jane.pool_id, "new@example.org"))
    assert jane.attributes().get("email", "") == values["email"]


def test_verification_code_on_demand(make: Factory, public: Any, last_code: LastCode, clock: Clock) -> None:
    jane = Person(make, public).signed_in(phone_number="+12065550134")
    asked = public.get_user_attribute_verification_code(AccessToken=jane.token, AttributeName="phone_number")
    assert asked["CodeDeliveryDetails"] == {
        "Destination": "+*******0134",
        "DeliveryMedium": "SMS",
        "AttributeName": "phone_number",
    }
    code = last_code(jane.pool_id, "+12065550134")
    clock.advance(hours=24)
    jane.token = make.tokens(jane.client_id, make.user(jane.pool_id, "joe"))["AccessToken"]
    with pytest.raises(public.exceptions.ExpiredCodeException):
        jane.verify(code, "phone_number")
    for name in ("email", "name"):
        with pytest.raises(public.exceptions.InvalidParameterException):
            public.get_user_attribute_verification_code(AccessToken=jane.token, AttributeName=name)
    with pytest.raises(public.exceptions.InvalidParameterException):
        jane.verify("123456", "name")


def test_attempts_are_limited(make: Factory, public: Any) -> None:
    jane = Person(make, public).signed_in(email="jane@example.com")
    for _ in range(5):
        public.get_user_attribute_verification_code(AccessToken=jane.token, AttributeName="email")
    with pytest.raises(public.exceptions.LimitExceededException):
        public.get_user_attribute_verification_code(AccessToken=jane.token, AttributeName="email")
    for _ in range(15):
        with pytest.raises(public.exceptions.CodeMismatchException):
            jane.verify("x")
    with pytest.raises(public.exceptions.LimitExceededException):
        jane.verify("x")


def test_changes_that_send_codes_are_limited(make: Factory, public: Any) -> None:
    jane = Person(make, public, AutoVerifiedAttributes=["email"]).signed_in()
    for number in range(10):
        assert jane.update(email=f"jane-{number}@example.com")
    with pytest.raises(public.exceptions.TooManyRequestsException):
        jane.update(email="jane-10@example.com")
    assert jane.attributes()["email"] == "jane-9@example.com"
    assert jane.update(name="Jane") == []


def test_verified_alias_is_given_once(make: Factory, operator: Any, public: Any, last_code: LastCode) -> None:
    jane = Person(make, public, AutoVerifiedAttributes=["email"], AliasAttributes=["email", "preferred_username"])
    jane.signed_in("jane", email="old@example.com")
    make.user(jane.pool_id, "owner", email="taken@example.com", email_verified="true", preferred_username="boss")
    jane.update(email="taken@example.com")
    code = last_code(jane.pool_id, "taken@example.com")
    with pytest.raises(public.exceptions.AliasExistsException, match=r"An account with the email already exists\."):
        jane.verify(code)
    with pytest.raises(public.exceptions.AliasExistsException):
        jane.update(preferred_username="boss")
    with pytest.raises(public.exceptions.AliasExistsException):
        jane.update(preferred_username="owner")
    jane.update(preferred_username="chief")
    assert operator.admin_get_user(UserPoolId=jane.pool_id, Username="chief")["Username"] == "jane"
    jane.update(preferred_username="")
    with pytest.raises(operator.exceptions.UserNotFoundException):
        operator.admin_get_user(UserPoolId=jane.pool_id, Username="chief")
    with pytest.raises(public.exceptions.InvalidParameterException, match="String length must be at most 128"):
        jane.update(preferred_username="x" * 129)


def test_address_that_is_the_username_may_change_and_not_go(make: Factory, operator: Any, public: Any) -> None:
    jane = Person(make, public, UsernameAttributes=["email"]).signed_in("jane@example.com")
    make.user(jane.pool_id, "joe@example.com")
    with pytest.raises(public.exceptions.AliasExistsException, match="given email already exists"):
        jane.update(email="joe@example.com")
    with pytest.raises(public.exceptions.InvalidParameterException, match="cannot be removed"):
        public.delete_user_attributes(AccessToken=jane.token, UserAttributeNames=["email"])
    jane.update(email="new@example.com")
    assert operator.admin_get_user(UserPoolId=jane.pool_id, Username="new@example.com")["Enabled"]
    with pytest.raises(operator.exceptions.UserNotFoundException):
        operator.admin_get_user(UserPoolId=jane.pool_id, Username="jane@example.com")


def test_delete_user(make: Factory, operator: Any, public: Any) -> None:
    jane = Person(make, public).signed_in()
    public.delete_user(AccessToken=jane.token)
    with pytest.raises(operator.exceptions.UserNotFoundException):
        operator.admin_get_user(UserPoolId=jane.pool_id, Username="jane")
    with pytest.raises(ClientError) as refused:
        public.get_user(AccessToken=jane.token)
    assert refused.value.response["Error"]["Code"] in ("NotAuthorizedException", "UserNotFoundException")
    make.user(jane.pool_id, "jane")
