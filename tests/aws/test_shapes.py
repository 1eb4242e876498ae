"""Input checks with AWS's texts, the cutting of answers, and what the audit trail may see."""

import base64
import json
import time
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.kit.errors import AppError, InvalidParameterException, SerializationException
from app.web.aws.bodies import decode
from app.web.aws.model import load_model
from app.web.aws.shapes import HIDDEN, Shapes, is_secret_name

MODEL = load_model("cognito-idp")
SHAPES = Shapes(MODEL["shapes"])
POOL = "us-east-1_abcdefghi"


def check(operation: str, **members: Any) -> dict[str, Any]:
    return SHAPES.input_check(MODEL["operations"][operation]["input"]["shape"])(members)


def cut(operation: str, answer: dict[str, Any] | None) -> bytes:
    return SHAPES.output_cut(MODEL["operations"][operation].get("output", {}).get("shape"))(answer)


def problem(operation: str, **members: Any) -> str:
    with pytest.raises(InvalidParameterException) as refused:
        check(operation, **members)
    return refused.value.message


def test_a_missing_member() -> None:
    assert problem("DescribeUserPool") == (
        "1 validation error detected: Value null at 'userPoolId' failed to satisfy constraint: Member must not be null"
    )
    assert problem("DescribeUserPool", UserPoolId=None) == problem("DescribeUserPool")


def test_an_ordinary_value_is_quoted() -> None:
    assert problem("DescribeUserPool", UserPoolId="nonsense") == (
        "1 validation error detected: Value 'nonsense' at 'userPoolId' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+"
    )


def test_several_problems_are_told_together() -> None:
    text = problem("CreateGroup", UserPoolId="", GroupName="g", Precedence=-1)
    assert text == (
        "3 validation errors detected: "
        "Value '' at 'userPoolId' failed to satisfy constraint: Member must have length greater than or equal to 1; "
        "Value '' at 'userPoolId' failed to satisfy constraint: "
        r"Member must satisfy regular expression pattern: [\w-]+_[0-9a-zA-Z]+; "
        "Value '-1' at 'precedence' failed to satisfy constraint: Member must have value greater than or equal to 0"
    )


@pytest.mark.parametrize(
    "members",
    [
        {"ClientId": "not a client", "Username": "ok", "Password": "secret-1"},
        {"ClientId": "c", "Username": "has space", "Password": "secret-1"},
        {"ClientId": "c", "Username": "ok", "Password": "secret 1"},
        {"ClientId": "c", "Username": "ok", "UserAttributes": [{"Name": "email", "Value": "secret-1" * 300}]},
    ],
)
def test_sensitive_values_are_not_repeated(members: dict[str, Any]) -> None:
    text = problem("SignUp", **members)
    assert "detected: Value at '" in text
    for word in ("secret", "space", "not a client"):
        assert word not in text


def test_values_of_maps_are_never_repeated() -> None:
    text = problem("CreateTerms", UserPoolId=POOL, TermsName="privacy-policy", TermsSource="LINK",
                   Enforcement="NONE", ClientId="c", Links={"cognito:klingon": "https://secret.example"})  # fmt: skip
    assert text.startswith(
        "1 validation error detected: Value at 'links' failed to satisfy constraint: "
        "Map keys must satisfy constraint: [Member must satisfy regular expression pattern: ^cognito:"
    )
    text = problem("CreateUserPool", PoolName="p", UserPoolTags={"stage": "x" * 300})
    assert text == (
        "1 validation error detected: Value at 'userPoolTags' failed to satisfy constraint: Map value must satisfy "
        "constraint: [Member must have length less than or equal to 256, Member must have length greater than or equal to 0]"
    )


def test_enumerations_and_numbers() -> None:
    assert problem("ListUserPools", MaxResults=61) == (
        "1 validation error detected: Value '61' at 'maxResults' failed to satisfy constraint: "
        "Member must have value less than or equal to 60"
    )
    assert problem("InitiateAuth", ClientId="c", AuthFlow="NO_AUTH").endswith(
        "Value 'NO_AUTH' at 'authFlow' failed to satisfy constraint: Member must satisfy enum value set: [USER_SRP_AUTH, "
        "REFRESH_TOKEN_AUTH, REFRESH_TOKEN, CUSTOM_AUTH, ADMIN_NO_SRP_AUTH, USER_PASSWORD_AUTH, "
        "ADMIN_USER_PASSWORD_AUTH, USER_AUTH]"
    )


def test_lists() -> None:
    assert problem("CreateUserPoolClient", UserPoolId=POOL, ClientName="c", AllowedOAuthFlows=["code", "magic"]) == (
        "1 validation error detected: Value '[code, magic]' at 'allowedOAuthFlows' failed to satisfy constraint: Member "
        "must satisfy constraint: [Member must satisfy enum value set: [code, implicit, client_credentials]]"
    )
    assert (
        "'allowedOAuthFlows' failed to satisfy constraint: Member must have length less than or equal to 3"
        in problem("CreateUserPoolClient", UserPoolId=POOL, ClientName="c", AllowedOAuthFlows=["code"] * 4)
    )
    assert "Value null at 'userAttributes.2.member.name' failed" in problem(
        "SignUp", ClientId="c", Username="u", UserAttributes=[{"Name": "a"}, {"Value": "x"}]
    )
    for entry in ([None], ["code", None]):
        assert "must not be null" in problem(
            "CreateUserPoolClient", UserPoolId=POOL, ClientName="c", AllowedOAuthFlows=entry
        )
    assert "Value null at 'userAttributes.1.member' failed" in problem(
        "SignUp", ClientId="c", Username="u", UserAttributes=[None]
    )


def test_unknown_and_null_members_are_left_out() -> None:
    assert check(
        "SignUp", ClientId="c", Username="u", Password=None, Extra=1, UserAttributes=[{"Name": "n", "X": 1}]
    ) == {
        "ClientId": "c",
        "Username": "u",
        "UserAttributes": [{"Name": "n"}],
    }
    assert check("InitiateAuth", ClientId="c", AuthFlow="CUSTOM_AUTH", AuthParameters={"A": None, "B": "b"})[
        "AuthParameters"
    ] == {"B": "b"}


@pytest.mark.parametrize(
    ("members", "text"),
    [
        ({"UserPoolId": 1}, "NUMBER_VALUE can not be converted to a String"),
        ({"UserPoolId": True}, "BOOLEAN_VALUE can not be converted to a String"),
        ({"UserPoolId": {}}, "Start of structure or map found where not expected."),
        ({"UserPoolId": []}, "Start of list found where not expected"),
        ({"Precedence": "1"}, "STRING_VALUE can not be converted to an Integer"),
        ({"Precedence": True}, "BOOLEAN_VALUE can not be converted to an Integer"),
        ({"Precedence": 1.5}, "DECIMAL_VALUE can not be converted to an Integer"),
        ({"Precedence": 2**31}, "NUMBER_VALUE can not be converted to an Integer"),
        ({"Precedence": 1e300}, "NUMBER_VALUE can not be converted to an Integer"),
    ],
)
def test_wrong_json_types(members: dict[str, Any], text: str) -> None:
    with pytest.raises(SerializationException) as refused:
        check("CreateGroup", **{"UserPoolId": POOL, "GroupName": "g", **members})
    assert refused.value.message == text


@pytest.mark.parametrize(
    ("operation", "members"),
    [
        ("SignUp", {"UserAttributes": {}}),
        ("SignUp", {"UserAttributes": ["x"]}),
        ("SignUp", {"ClientMetadata": []}),
        ("SignUp", {"ClientMetadata": {"a": 1}}),
        ("SignUp", {"UserContextData": "x"}),
        ("AdminCreateUser", {"ForceAliasCreation": "true"}),
        ("SetUICustomization", {"ImageFile": "not base64!"}),
        ("SetUICustomization", {"ImageFile": 1}),
    ],
)
def test_wrong_json_types_within(operation: str, members: dict[str, Any]) -> None:
    with pytest.raises(SerializationException):
        check(operation, ClientId="c", Username="u", UserPoolId=POOL, **members)


def test_patterns_are_javas() -> None:
    assert check("DescribeUserPool", UserPoolId=POOL)
    assert "pattern" in problem("DescribeUserPool", UserPoolId="über_abc")
    assert "pattern" in problem("DescribeUserPool", UserPoolId=POOL + "\n")
    for name in ("Zoë", "漢字", "🎉", "e\u0301", "user@example.com"):
        assert check("AdminGetUser", UserPoolId=POOL, Username=name)["Username"] == name
    for name in ("a b", "a\tb", ""):
        assert "username" in problem("AdminGetUser", UserPoolId=POOL, Username=name)


def test_lengths_are_characters() -> None:
    assert check("AdminGetUser", UserPoolId=POOL, Username="🎉" * 128)
    assert "less than or equal to 128" in problem("AdminGetUser", UserPoolId=POOL, Username="🎉" * 129)


def test_blobs_are_decoded_and_measured_in_bytes() -> None:
    image = base64.b64encode(bytes(131_072)).decode()
    assert len(check("SetUICustomization", UserPoolId=POOL, ImageFile=image)["ImageFile"]) == 131_072
    longer = base64.b64encode(bytes(131_073)).decode()
    assert problem("SetUICustomization", UserPoolId=POOL, ImageFile=longer) == (
        "1 validation error detected: Value at 'imageFile' failed to satisfy constraint: "
        "Member must have length less than or equal to 131072"
    )


def test_documents_are_any_json_of_reasonable_depth() -> None:
    credential = {"id": "x", "response": {"transports": ["usb"], "n": 1.5}, "none": None}
    assert check("CompleteWebAuthnRegistration", AccessToken="t", Credential=credential)["Credential"] == credential
    deep: Any = "x"
    for _ in range(70):
        deep = {"a": deep}
    with pytest.raises(SerializationException, match="64 levels"):
        check("CompleteWebAuthnRegistration", AccessToken="t", Credential=deep)


def test_timestamps_come_as_seconds_or_text() -> None:
    shapes = Shapes({"In": {"type": "structure", "members": {"At": {"shape": "T"}}}, "T": {"type": "timestamp"}})
    checked = shapes.input_check("In")
    assert checked({"At": 1470957431.965}) == {"At": 1470957431965}
    assert checked({"At": "2016-08-11T23:17:11.965Z"}) == {"At": 1470957431965}
    refused: tuple[Any, ...] = ("yesterday", True, 1e15, [], {})
    for wrong in refused:
        with pytest.raises(SerializationException):
            checked({"At": wrong})


def test_no_flood_of_problems() -> None:
    text = problem("SignUp", ClientId="c", Username="u", UserAttributes=[{}] * 100_000)
    assert text.startswith("50 validation errors detected")
    assert len(text) < 10_000


def test_long_values_are_not_repeated() -> None:
    assert len(problem("DescribeUserPool", UserPoolId="x" * 1_000_000)) < 200


def test_a_quadratic_pattern_is_cut_short() -> None:
    template = {"EmailMessageByLink": "{##" * 6_600}
    started = time.monotonic()
    assert "emailMessageByLink" in problem("CreateUserPool", PoolName="p", VerificationMessageTemplate=template)
    assert time.monotonic() - started < 5


@pytest.mark.parametrize(
    ("body", "error"),
    [
        (b"[]", SerializationException),
        (b'"x"', SerializationException),
        (b"null", SerializationException),
        (b"{", SerializationException),
        (b"{'a':1}", SerializationException),
        (b'{"a":1e400}', SerializationException),
        (b'{"a":NaN}', SerializationException),
        (b'{"a":"\xff"}', SerializationException),
        (b'{"a":"\x00"}', SerializationException),
        (b'{"a":' * 5_000, SerializationException),
        (b"\xef\xbb\xbf{}", SerializationException),
        (b'{"a":1,"a":1}', SerializationException),
        (rb'{"a":1,"\u0061":2}', SerializationException),
        (b'{"a":[1,{"b":null,"c":1,"b":{}}]}', SerializationException),
        (b'{"a":"b:c","a":{"a":1}}', SerializationException),
        (b'{"a":' * 1_000 + b'":"' + b"}" * 1_000, SerializationException),
        (rb'{"a":"\ud800"}', InvalidParameterException),
        (rb'{"a":"\udc00x"}', InvalidParameterException),
        (rb'{"a":["x",{"b":"c\u0000"}]}', InvalidParameterException),
        (rb'{"a\u0000":1}', InvalidParameterException),
    ],
)
def test_bodies_that_are_refused(body: bytes, error: type[AppError]) -> None:
    with pytest.raises(error):
        decode(body)


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (b"", {}),
        (b"{}", {}),
        (rb'{"a":"\ud83c\udf89"}', {"a": "🎉"}),
        (rb'{"a":"\\u0000"}', {"a": "\\u0000"}),
        (b'{"a":{"b":1},"b":[{"b":"a:b"},{"b":2}]}', {"a": {"b": 1}, "b": [{"b": "a:b"}, {"b": 2}]}),
        (b'{"a":1,"b":' + b"9" * 300 + b"}", {"a": 1, "b": 1e300}),
        (b'{"a":123456789012345678901234567890}', {"a": 1.2345678901234568e29}),
    ],
)
def test_bodies_that_are_taken(body: bytes, expected: dict[str, Any]) -> None:
    assert decode(body) == expected


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
_MEMBERS = MODEL["shapes"]["CreateUserPoolRequest"]["members"]


@settings(max_examples=60)
@given(st.dictionaries(st.sampled_from(sorted(_MEMBERS)), _JSON, max_size=4))
def test_whatever_is_sent_is_checked_or_refused(members: dict[str, Any]) -> None:
    try:
        checked = check("CreateUserPool", **decode(json.dumps(members).encode()))
    except (InvalidParameterException, SerializationException):
        return
    assert set(checked) <= set(_MEMBERS)


def test_answers_are_cut_to_the_shape() -> None:
    answer = {
        "UserPool": {"Id": POOL, "Secret": "x", "CreationDate": 1470957431965, "Name": None, "MfaConfiguration": "OFF"},
        "Extra": 1,
    }
    assert json.loads(cut("DescribeUserPool", answer)) == {
        "UserPool": {"Id": POOL, "CreationDate": 1470957431.965, "MfaConfiguration": "OFF"}
    }
    users = {"Users": [{"Username": "u", "Attributes": [{"Name": "n", "Value": "v", "x": 1}], "sub": "x"}]}
    assert json.loads(cut("ListUsers", users)) == {
        "Users": [{"Username": "u", "Attributes": [{"Name": "n", "Value": "v"}]}]
    }


def test_documents_and_blobs_leave_as_json_and_base64() -> None:
    options = {"challenge": "x", "any": [1, None]}
    assert json.loads(cut("StartWebAuthnRegistration", {"CredentialCreationOptions": options})) == {
        "CredentialCreationOptions": options
    }
    branding = {"ManagedLoginBranding": {"Assets": [{"Bytes": b"\x00\xff", "Category": "FORM_LOGO"}]}}
    assert json.loads(cut("DescribeManagedLoginBranding", branding)) == {
        "ManagedLoginBranding": {"Assets": [{"Bytes": "AP8=", "Category": "FORM_LOGO"}]}
    }


def test_answers_without_a_shape_have_no_body_and_empty_ones_are_an_object() -> None:
    assert cut("DeleteUserPool", None) == b""
    assert cut("AdminEnableUser", None) == b"{}"


def test_redaction_keeps_who_and_hides_secrets() -> None:
    def redact(operation: str, **members: Any) -> dict[str, Any]:
        return SHAPES.redaction(MODEL["operations"][operation]["input"]["shape"])(members)

    assert redact(
        "SignUp",
        ClientId="c",
        Username="zoe",
        Password="p",
        SecretHash="h",
        UserAttributes=[{"Name": "email", "Value": "zoe@example.com"}],
        ClientMetadata={"token": "t"},
    ) == {
        "ClientId": "c",
        "Username": "zoe",
        "Password": HIDDEN,
        "SecretHash": HIDDEN,
        "UserAttributes": [{"Name": "email", "Value": HIDDEN}],
        "ClientMetadata": HIDDEN,
    }
    details = {"client_id": "g", "client_secret": "s", "private_key": "k", "authorize_scopes": "openid"}
    assert redact("CreateIdentityProvider", ProviderName="G", ProviderDetails=details)["ProviderDetails"] == {
        "client_id": "g",
        "client_secret": HIDDEN,
        "private_key": HIDDEN,
        "authorize_scopes": "openid",
    }
    policies = {"PasswordPolicy": {"MinimumLength": 8}}
    assert redact("UpdateUserPool", UserPoolId=POOL, Policies=policies)["Policies"] == policies
    assert redact("SetUICustomization", ImageFile=b"123")["ImageFile"] == "(3 bytes)"
    assert redact("ConfirmForgotPassword", ConfirmationCode="123456")["ConfirmationCode"] == HIDDEN


@pytest.mark.parametrize(
    "name", ["ClientSecret", "client_secret", "Password", "AccessToken", "ConfirmationCode", "Salt"]
)
def test_secret_names(name: str) -> None:
    assert is_secret_name(name)


@pytest.mark.parametrize("name", ["NextToken", "PaginationToken", "token_url", "Username", "GroupName", "CSS"])
def test_ordinary_names(name: str) -> None:
    assert not is_secret_name(name)


@given(
    st.recursive(
        st.text(':ab"\\{}', max_size=3), lambda inner: st.lists(st.tuples(st.sampled_from("ab:"), inner), max_size=4)
    )
)
def test_a_name_twice_is_found_wherever_it_stands(tree: Any) -> None:
    """A tree of objects as lists of members, which may repeat a name, against the plain rule."""

    def written(node: Any) -> str:
        if isinstance(node, str):
            return json.dumps(node)
        return "{" + ",".join(f"{json.dumps(name)}:{written(value)}" for name, value in node) + "}"

    def repeats(node: Any) -> bool:
        if isinstance(node, str):
            return False
        return len(dict(node)) != len(node) or any(repeats(value) for _, value in node)

    body = written([("x", tree)]).encode()
    if repeats(tree):
        with pytest.raises(SerializationException):
            decode(body)
    else:
        assert decode(body) == json.loads(body)
