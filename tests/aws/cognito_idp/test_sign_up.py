"""SignUp, ConfirmSignUp, ResendConfirmationCode, AdminConfirmSignUp."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from botocore.exceptions import ClientError

from app.flows.client_secrets import secret_hash
from tests.conftest import Clock
from tests.factories import PASSWORD, Factory

LastCode = Callable[[str, str], str]
EMAIL_POOL: dict[str, Any] = {"AutoVerifiedAttributes": ["email"]}


def attributes(**values: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


def user_of(operator: Any, pool_id: str, username: str) -> tuple[str, dict[str, str]]:
    user = operator.admin_get_user(UserPoolId=pool_id, Username=username)
    return user["UserStatus"], {item["Name"]: item["Value"] for item in user["UserAttributes"]}


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 1_000_000:06}"


def test_sign_up_and_confirm_by_email(
    make: Factory, operator: Any, public: Any, last_code: LastCode, outbox: Any
) -> None:
    pool_id = make.pool(**EMAIL_POOL)
    client_id = make.client(pool_id)["ClientId"]

    made = public.sign_up(
        ClientId=client_id, Username="jane", Password=PASSWORD, UserAttributes=attributes(email="jane@example.com")
    )

    assert made["UserConfirmed"] is False
    assert made["CodeDeliveryDetails"] == {
        "Destination": "j***@e***",
        "DeliveryMedium": "EMAIL",
        "AttributeName": "email",
    }
    status, values = user_of(operator, pool_id, "jane")
    assert (status, values["email_verified"], values["sub"]) == ("UNCONFIRMED", "false", made["UserSub"])
    message = outbox(pool_id)[-1]
    assert message.code in message.text
    assert message.code in message.html
    assert "jane@example.com" not in message.subject

    public.confirm_sign_up(ClientId=client_id, Username="jane", ConfirmationCode=last_code(pool_id, "jane@example.com"))

    status, values = user_of(operator, pool_id, "jane")
    assert (status, values["email_verified"]) == ("CONFIRMED", "true")
    with pytest.raises(public.exceptions.NotAuthorizedException, match="Current status is CONFIRMED"):
        public.confirm_sign_up(ClientId=client_id, Username="jane", ConfirmationCode="123456")


def test_phone_wins_over_email(make: Factory, public: Any, outbox: Any) -> None:
    pool_id = make.pool(AutoVerifiedAttributes=["email", "phone_number"])
    client_id = make.client(pool_id)["ClientId"]
    made = public.sign_up(
        ClientId=client_id,
        Username="jane",
        Password=PASSWORD,
        UserAttributes=attributes(email="jane@example.com", phone_number="+12065550134"),
    )
    assert made["CodeDeliveryDetails"] == {
        "Destination": "+*******0134",
        "DeliveryMedium": "SMS",
        "AttributeName": "phone_number",
    }
    (message,) = outbox(pool_id)
    assert (message.medium, message.html, message.subject) == ("SMS", None, "")
    assert len(message.text) <= 140


def test_pool_template_words_the_message(make: Factory, public: Any, outbox: Any) -> None:
    template = {"EmailMessage": "<p>Hi &amp; welcome</p><p>Code <b>{####}</b></p>", "EmailSubject": "Code {####}"}
    pool_id = make.pool(**EMAIL_POOL, VerificationMessageTemplate=template)
    client_id = make.client(pool_id)["ClientId"]
    public.sign_up(
        ClientId=client_id, Username="jane", Password=PASSWORD, UserAttributes=attributes(email="jane@example.com")
    )
    (message,) = outbox(pool_id)
    assert message.html == f"<p>Hi &amp; welcome</p><p>Code <b>{message.code}</b></p>"
    assert message.text == f"Hi & welcome\n\nCode {message.code}\n"
    assert message.subject == f"Code {message.code}"


def test_without_auto_verification_only_an_operator_confirms(make: Factory, operator: Any, public: Any) -> None:
    pool_id = make.pool()
    client_id = make.client(pool_id)["ClientId"]
    made = public.sign_up(
        ClientId=client_id, Username="jane", Password=PASSWORD, UserAttributes=attributes(email="jane@example.com")
    )
    assert "CodeDeliveryDetails" not in made
    no_code = r": Cannot resend codes\. Auto verification not turned on\.$"
    with pytest.raises(public.exceptions.InvalidParameterException, match=no_code):
        public.resend_confirmation_code(ClientId=client_id, Username="jane")
    operator.admin_confirm_sign_up(UserPoolId=pool_id, Username="jane")
    status, values = user_of(operator, pool_id, "jane")
    assert (status, values["email_verified"]) == ("CONFIRMED", "false")
    with pytest.raises(operator.exceptions.NotAuthorizedException, match="Current status is CONFIRMED"):
        operator.admin_confirm_sign_up(UserPoolId=pool_id, Username="jane")
    with pytest.raises(operator.exceptions.UserNotFoundException):
        operator.admin_confirm_sign_up(UserPoolId=pool_id, Username="nobody")


@pytest.mark.parametrize(
    ("options", "call", "error", "text"),
    [
        ({}, {"Password": "short"}, "InvalidPasswordException", "did not conform with policy: Password not long"),
        ({}, {"Password": "onlylowercase1!"}, "InvalidPasswordException", "uppercase"),
        ({}, {"email": "no address"}, "InvalidParameterException", "Invalid email address format."),
        ({}, {"email": "a@b\r\nBcc: x@y.z"}, "InvalidParameterException", "Invalid email address format."),
        ({}, {"phone_number": "2065550134"}, "InvalidParameterException", "Invalid phone number format."),
        ({}, {"birthdate": "2020-02-30"}, "InvalidParameterException", "birthdate"),
        ({}, {"birthdate": "1.1.2020"}, "InvalidParameterException", "birthdate: String length"),
        ({}, {"custom:none": "1"}, "InvalidParameterException", "custom:none: Attribute does not exist in the schema."),
        ({}, {"sub": "me"}, "NotAuthorizedException", "write unauthorized attribute"),
        ({}, {"email_verified": "true"}, "NotAuthorizedException", "write unauthorized attribute"),
        ({}, {"name": "x" * 2_049}, "InvalidParameterException", "validation error"),
        (
            {"AdminCreateUserConfig": {"AllowAdminCreateUserOnly": True}},
            {},
            "NotAuthorizedException",
            "SignUp is not permitted for this user pool",
        ),
        (
            {"Schema": [{"Name": "email", "Required": True, "Mutable": True, "AttributeDataType": "String"}]},
            {},
            "InvalidParameterException",
            "email: The attribute is required",
        ),
        ({"UsernameAttributes": ["email"]}, {}, "InvalidParameterException", "Username should be an email."),
        (
            {"UsernameAttributes": ["phone_number"]},
            {},
            "InvalidParameterException",
            "Username should be a phone number.",
        ),
        (
            {"UsernameAttributes": ["email", "phone_number"]},
            {},
            "InvalidParameterException",
            "Username should be either an email or a phone number.",
        ),
        (
            {"AliasAttributes": ["email"]},
            {"Username": "a@example.com"},
            "InvalidParameterException",
            "Username cannot be of email format",
        ),
        (
            {"AliasAttributes": ["preferred_username"]},
            {"preferred_username": "boss"},
            "InvalidParameterException",
            "after the user is confirmed",
        ),
    ],
)
def test_refused_sign_up(
    make: Factory, public: Any, operator: Any, options: dict[str, Any], call: dict[str, str], error: str, text: str
) -> None:
    pool_id = make.pool(**options)
    client_id = make.client(pool_id)["ClientId"]
    given = {"Username": "jane", "Password": PASSWORD, **{k: v for k, v in call.items() if k[0].isupper()}}
    values = attributes(**{k: v for k, v in call.items() if not k[0].isupper()})
    with pytest.raises(ClientError, match=text) as refused:
        public.sign_up(ClientId=client_id, **given, UserAttributes=values)
    assert refused.value.response["Error"]["Code"] == error
    assert operator.list_users(UserPoolId=pool_id)["Users"] == []


def test_custom_attributes_have_types_and_bounds(make: Factory, operator: Any, public: Any) -> None:
    pool_id = make.pool(
        Schema=[
            {"Name": "age", "AttributeDataType": "Number", "NumberAttributeConstraints": {"MinValue": "1"}},
            {"Name": "code", "AttributeDataType": "String", "StringAttributeConstraints": {"MaxLength": "3"}},
            {"Name": "vip", "AttributeDataType": "Boolean"},
            {"Name": "since", "AttributeDataType": "DateTime"},
        ]
    )
    writable = ["custom:age", "custom:code", "custom:vip", "custom:since"]
    client_id = make.client(pool_id, WriteAttributes=writable)["ClientId"]
    for name, value in {"age": "0", "code": "abcd", "vip": "maybe", "since": "once"}.items():
        with pytest.raises(public.exceptions.InvalidParameterException, match=f"custom:{name}: "):
            public.sign_up(
                ClientId=client_id,
                Username="jane",
                Password=PASSWORD,
                UserAttributes=[{"Name": f"custom:{name}", "Value": value}],
            )
    good = {"age": "33", "code": "abc", "vip": "TRUE", "since": "2026-01-02T03:04:05Z"}
    public.sign_up(
        ClientId=client_id,
        Username="jane",
        Password=PASSWORD,
        UserAttributes=[{"Name": f"custom:{name}", "Value": value} for name, value in good.items()],
    )
    _, values = user_of(operator, pool_id, "jane")
    assert {name: values[f"custom:{name}"] for name in good} == {**good, "vip": "true"}


def test_client_without_a_list_writes_no_custom_attribute(make: Factory, public: Any) -> None:
    pool_id = make.pool(Schema=[{"Name": "age", "AttributeDataType": "Number"}])
    client_id = make.client(pool_id)["ClientId"]
    with pytest.raises(public.exceptions.NotAuthorizedException, match="unauthorized attribute"):
        public.sign_up(
            ClientId=client_id,
            Username="jane",
            Password=PASSWORD,
            UserAttributes=[{"Name": "custom:age", "Value": "1"}],
        )


def test_unknown_client(public: Any) -> None:
    with pytest.raises(public.exceptions.ResourceNotFoundException, match="User pool client 0none0 does not exist"):
        public.sign_up(ClientId="0none0", Username="jane", Password=PASSWORD)


def test_secret_hash_is_demanded_and_checked(make: Factory, public: Any) -> None:
    pool_id = make.pool(**EMAIL_POOL)
    client = make.client(pool_id, GenerateSecret=True)
    client_id, secret = client["ClientId"], client["ClientSecret"]
    with pytest.raises(public.exceptions.NotAuthorizedException, match="SECRET_HASH was not received"):
        public.sign_up(ClientId=client_id, Username="jane", Password=PASSWORD)
    with pytest.raises(public.exceptions.NotAuthorizedException, match="Unable to verify secret hash"):
        public.sign_up(ClientId=client_id, Username="jane", Password=PASSWORD, SecretHash="wrong")
    public.sign_up(
        ClientId=client_id, Username="jane", Password=PASSWORD, SecretHash=secret_hash(secret, "jane", client_id)
    )
    for call, more in (
        (public.confirm_sign_up, {"ConfirmationCode": "123456"}),
        (public.resend_confirmation_code, {}),
        (public.forgot_password, {}),
        (public.confirm_forgot_password, {"ConfirmationCode": "123456", "Password": PASSWORD}),
    ):
        with pytest.raises(public.exceptions.NotAuthorizedException, match="Unable to verify secret hash"):
            call(ClientId=client_id, Username="jane", SecretHash="wrong", **more)


def test_taken_usernames(make: Factory, public: Any) -> None:
    pool_id = make.pool()
    client_id = make.client(pool_id)["ClientId"]
    public.sign_up(ClientId=client_id, Username="jane", Password=PASSWORD)
    with pytest.raises(public.exceptions.UsernameExistsException, match="User already exists"):
        public.sign_up(ClientId=client_id, Username="jane", Password=PASSWORD)
    public.sign_up(ClientId=client_id, Username="Jane", Password=PASSWORD)


def test_username_of_another_ones_sub_is_taken(make: Factory, public: Any) -> None:
    pool_id = make.pool()
    client_id = make.client(pool_id)["ClientId"]
    sub = public.sign_up(ClientId=client_id, Username="jane", Password=PASSWORD)["UserSub"]
    with pytest.raises(public.exceptions.UsernameExistsException):
        public.sign_up(ClientId=client_id, Username=sub, Password=PASSWORD)


def test_names_are_compared_in_nfc_and_without_case_where_the_pool_says_so(
    make: Factory, operator: Any, public: Any
) -> None:
    pool_id = make.pool(UsernameConfiguration={"CaseSensitive": False})
    client_id = make.client(pool_id)["ClientId"]
    decomposed, composed = "Zoe\u0308", "ZO\u00cb"
    made = public.sign_up(ClientId=client_id, Username=decomposed, Password=PASSWORD)
    with pytest.raises(public.exceptions.UsernameExistsException):
        public.sign_up(ClientId=client_id, Username=composed, Password=PASSWORD)
    found = operator.admin_get_user(UserPoolId=pool_id, Username=composed)
    assert found["Username"] == decomposed
    assert {"Name": "sub", "Value": made["UserSub"]} in found["UserAttributes"]


def test_null_bytes_are_refused(make: Factory, public: Any, operator: Any) -> None:
    pool_id = make.pool()
    client_id = make.client(pool_id)["ClientId"]
    for username, values in (("ja\0ne", []), ("jane", attributes(name="ja\0ne"))):
        with pytest.raises(public.exceptions.InvalidParameterException):
            public.sign_up(ClientId=client_id, Username=username, Password=PASSWORD, UserAttributes=values)
    assert operator.list_users(UserPoolId=pool_id)["Users"] == []


def test_email_as_username(make: Factory, operator: Any, public: Any, last_code: LastCode) -> None:
    pool_id = make.pool(
        UsernameAttributes=["email"],
        AutoVerifiedAttributes=["email"],
        UsernameConfiguration={"CaseSensitive": False},
    )
    client_id = make.client(pool_id)["ClientId"]
    made = public.sign_up(ClientId=client_id, Username="Jane@Example.com", Password=PASSWORD)
    found = operator.admin_get_user(UserPoolId=pool_id, Username="jane@example.COM")
    assert found["Username"] == made["UserSub"]
    assert {"Name": "email", "Value": "Jane@Example.com"} in found["UserAttributes"]
    with pytest.raises(
        public.exceptions.UsernameExistsException, match=r"An account with the given email already exists\."
    ):
        public.sign_up(ClientId=client_id, Username="JANE@example.com", Password=PASSWORD)
    with pytest.raises(public.exceptions.InvalidParameterException, match="differs from the username"):
        public.sign_up(
            ClientId=client_id,
            Username="joe@example.com",
            Password=PASSWORD,
            UserAttributes=attributes(email="other@example.com"),
        )
    public.confirm_sign_up(
        ClientId=client_id, Username="jane@example.com", ConfirmationCode=last_code(pool_id, "Jane@Example.com")
    )
    assert user_of(operator, pool_id, made["UserSub"])[0] == "CONFIRMED"


def test_alias_belongs_to_whoever_verifies_it_first(
    make: Factory, operator: Any, public: Any, last_code: LastCode, clock: Clock
) -> None:
    pool_id = make.pool(**EMAIL_POOL, AliasAttributes=["email"])
    client_id = make.client(pool_id)["ClientId"]
    mail = attributes(email="jane@example.com")
    public.sign_up(ClientId=client_id, Username="first", Password=PASSWORD, UserAttributes=mail)
    first_code = last_code(pool_id, "jane@example.com")
    with pytest.raises(operator.exceptions.UserNotFoundException):
        operator.admin_get_user(UserPoolId=pool_id, Username="jane@example.com")
    public.confirm_sign_up(ClientId=client_id, Username="first", ConfirmationCode=first_code)
    assert operator.admin_get_user(UserPoolId=pool_id, Username="jane@example.com")["Username"] == "first"

    clock.advance(seconds=1)
    public.sign_up(ClientId=client_id, Username="second", Password=PASSWORD, UserAttributes=mail)
    second_code = last_code(pool_id, "jane@example.com")
    with pytest.raises(public.exceptions.AliasExistsException, match=r"An account with the email already exists\."):
        public.confirm_sign_up(ClientId=client_id, Username="second", ConfirmationCode=second_code)
    assert user_of(operator, pool_id, "second")[0] == "UNCONFIRMED"

    public.confirm_sign_up(ClientId=client_id, Username="second", ConfirmationCode=second_code, ForceAliasCreation=True)
    assert operator.admin_get_user(UserPoolId=pool_id, Username="jane@example.com")["Username"] == "second"
    assert user_of(operator, pool_id, "first")[1]["email_verified"] == "false"


def test_codes_expire_and_are_replaced(make: Factory, public: Any, last_code: LastCode, clock: Clock) -> None:
    pool_id = make.pool(**EMAIL_POOL)
    client_id = make.client(pool_id)["ClientId"]
    public.sign_up(
        ClientId=client_id, Username="jane", Password=PASSWORD, UserAttributes=attributes(email="jane@example.com")
    )
    first = last_code(pool_id, "jane@example.com")
    with pytest.raises(public.exceptions.CodeMismatchException, match="Invalid verification code provided"):
        public.confirm_sign_up(ClientId=client_id, Username="jane", ConfirmationCode=wrong(first))
    clock.advance(seconds=1)
    delivery = public.resend_confirmation_code(ClientId=client_id, Username="jane")["CodeDeliveryDetails"]
    assert delivery["Destination"] == "j***@e***"
    second = last_code(pool_id, "jane@example.com")
    if first != second:
        with pytest.raises(public.exceptions.CodeMismatchException):
            public.confirm_sign_up(ClientId=client_id, Username="jane", ConfirmationCode=first)
    clock.advance(hours=24)
    with pytest.raises(public.exceptions.ExpiredCodeException, match="please request a code again"):
        public.confirm_sign_up(ClientId=client_id, Username="jane", ConfirmationCode=second)
    public.resend_confirmation_code(ClientId=client_id, Username="jane")
    public.confirm_sign_up(ClientId=client_id, Username="jane", ConfirmationCode=last_code(pool_id, "jane@example.com"))
    with pytest.raises(public.exceptions.InvalidParameterException, match=r"User is already confirmed\."):
        public.resend_confirmation_code(ClientId=client_id, Username="jane")


def test_code_for_an_address_that_was_changed_since_confirms_nothing(
    make: Factory, operator: Any, public: Any, last_code: LastCode
) -> None:
    pool_id = make.pool(**EMAIL_POOL)
    client_id = make.client(pool_id)["ClientId"]
    public.sign_up(
        ClientId=client_id, Username="jane", Password=PASSWORD, UserAttributes=attributes(email="jane@example.com")
    )
    operator.admin_update_user_attributes(
        UserPoolId=pool_id, Username="jane", UserAttributes=attributes(email="eve@example.com")
    )
    with pytest.raises(public.exceptions.ExpiredCodeException):
        public.confirm_sign_up(
            ClientId=client_id, Username="jane", ConfirmationCode=last_code(pool_id, "jane@example.com")
        )
    assert user_of(operator, pool_id, "jane")[1]["email_verified"] == "false"


def test_attempts_are_limited_for_users_and_for_nobody_alike(make: Factory, public: Any, clock: Clock) -> None:
    pool_id = make.pool(**EMAIL_POOL)
    client_id = make.client(pool_id, PreventUserExistenceErrors="ENABLED")["ClientId"]
    public.sign_up(
        ClientId=client_id, Username="jane", Password=PASSWORD, UserAttributes=attributes(email="jane@example.com")
    )
    for username in ("jane", "nobody"):
        seen = []
        for guess in range(16):
            with pytest.raises(ClientError) as refused:
                public.confirm_sign_up(ClientId=client_id, Username=username, ConfirmationCode=f"x{guess}")
            seen.append(refused.value.response["Error"]["Code"])
        assert seen == ["CodeMismatchException"] * 15 + ["TooManyFailedAttemptsException"]
        for _ in range(5):
            public.resend_confirmation_code(ClientId=client_id, Username=username)
        with pytest.raises(public.exceptions.LimitExceededException, match="Attempt limit exceeded"):
            public.resend_confirmation_code(ClientId=client_id, Username=username)
    clock.advance(hours=1)
    public.resend_confirmation_code(ClientId=client_id, Username="jane")


def test_existence_is_told_or_hidden(make: Factory, public: Any) -> None:
    pool_id = make.pool(**EMAIL_POOL)
    open_client = make.client(pool_id, PreventUserExistenceErrors="LEGACY")["ClientId"]
    hiding = make.client(pool_id, PreventUserExistenceErrors="ENABLED")["ClientId"]
    with pytest.raises(public.exceptions.UserNotFoundException, match="Username/client id combination not found"):
        public.confirm_sign_up(ClientId=open_client, Username="nobody", ConfirmationCode="123456")
    with pytest.raises(public.exceptions.UserNotFoundException, match="Username/client id combination not found"):
        public.resend_confirmation_code(ClientId=open_client, Username="nobody")
    with pytest.raises(public.exceptions.CodeMismatchException):
        public.confirm_sign_up(ClientId=hiding, Username="nobody", ConfirmationCode="123456")
    first, second = (
        public.resend_confirmation_code(ClientId=hiding, Username="nobody")["CodeDeliveryDetails"] for _ in range(2)
    )
    assert first == second
    assert first["DeliveryMedium"] == "EMAIL"


def test_one_name_is_given_once(make: Factory, server: Any, operator: Any) -> None:
    pool_id = make.pool()
    client_id = make.client(pool_id)["ClientId"]

    def attempt(_: int) -> str:
        try:
            server.boto_client("cognito-idp", None).sign_up(ClientId=client_id, Username="jane", Password=PASSWORD)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "made"

    with ThreadPoolExecutor(8) as threads:
        outcomes = sorted(threads.map(attempt, range(16)))
    assert outcomes == ["UsernameExistsException"] * 15 + ["made"]
    assert len(operator.list_users(UserPoolId=pool_id)["Users"]) == 1


@pytest.mark.slow
def test_a_thousand_parallel_confirmations_succeed_once_and_compare_no_more_than_the_limit(
    make: Factory, last_code: LastCode, public: Any, server: Any
) -> None:
    pool_id = make.pool(**EMAIL_POOL)
    client_id = make.client(pool_id)["ClientId"]
    username = f"jane-{uuid4()}"
    public.sign_up(
        ClientId=client_id, Username=username, Password=PASSWORD, UserAttributes=attributes(email="jane@example.com")
    )
    code = last_code(pool_id, "jane@example.com")

    def attempt(number: int) -> str:
        guess = code if number % 2 else wrong(code)
        try:
            clients[number % len(clients)].confirm_sign_up(
                ClientId=client_id, Username=username, ConfirmationCode=guess
            )
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "confirmed"

    clients = [server.boto_client("cognito-idp", None) for _ in range(32)]
    with ThreadPoolExecutor(32) as threads:
        outcomes = list(threads.map(attempt, range(1_000)))
    assert outcomes.count("confirmed") == 1
    assert set(outcomes) <= {
        "confirmed",
        "CodeMismatchException",
        "NotAuthorizedException",
        "TooManyFailedAttemptsException",
        "TooManyRequestsException",
    }
    # Each comparison ends as one of these two; a success gives its own attempt back.
    assert outcomes.count("CodeMismatchException") + outcomes.count("confirmed") <= 16
