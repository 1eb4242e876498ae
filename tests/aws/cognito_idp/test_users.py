"""AdminCreateUser, AdminGetUser, the other Admin operations on users, ListUsers."""

from typing import Any

import pytest
from sqlalchemy import select

from app.db.tables.audit import AuditEvent
from app.flows.work import Resources
from tests.conftest import Clock
from tests.factories import PASSWORD, Factory


def attributes(**values: str) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


def values_of(user: dict[str, Any], member: str = "Attributes") -> dict[str, str]:
    return {item["Name"]: item["Value"] for item in user[member]}


def try_password(public: Any, client_id: str, username: str, password: str) -> dict[str, Any]:
    answer: dict[str, Any] = public.initiate_auth(
        ClientId=client_id,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": username, "PASSWORD": password},
    )
    return answer


# ---- AdminCreateUser


def test_invitation_holds_a_password_that_works(make: Factory, operator: Any, public: Any, outbox: Any) -> None:
    policy = {"MinimumLength": 20, "RequireSymbols": True, "RequireNumbers": True, "RequireUppercase": True}
    pool_id = make.pool(Policies={"PasswordPolicy": policy})
    client_id = make.client(pool_id)["ClientId"]
    made = operator.admin_create_user(
        UserPoolId=pool_id, Username="jane", UserAttributes=attributes(email="jane@example.com", name="<Jane>")
    )["User"]
    assert (made["UserStatus"], made["Enabled"], made["Username"]) == ("FORCE_CHANGE_PASSWORD", True, "jane")
    assert made["UserCreateDate"] == made["UserLastModifiedDate"]
    (message,) = outbox(pool_id)
    assert (message.medium, message.destination, message.purpose) == ("EMAIL", "jane@example.com", "invitation")
    assert "jane" in message.text
    assert message.code in message.text
    assert len(message.code) == 20
    assert try_password(public, client_id, "jane", message.code)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


def test_invitation_goes_by_the_media_asked_for(make: Factory, operator: Any, outbox: Any) -> None:
    pool_id = make.pool()
    both = attributes(email="jane@example.com", phone_number="+12065550134")
    operator.admin_create_user(UserPoolId=pool_id, Username="default", UserAttributes=both)
    assert [message.medium for message in outbox(pool_id)] == ["SMS"]
    operator.admin_create_user(
        UserPoolId=pool_id, Username="both", UserAttributes=both, DesiredDeliveryMediums=["EMAIL", "SMS"]
    )
    assert sorted(message.medium for message in outbox(pool_id)) == ["EMAIL", "SMS", "SMS"]
    operator.admin_create_user(UserPoolId=pool_id, Username="quiet", UserAttributes=both, MessageAction="SUPPRESS")
    assert len(outbox(pool_id)) == 3
    with pytest.raises(operator.exceptions.CodeDeliveryFailureException):
        operator.admin_create_user(UserPoolId=pool_id, Username="none", DesiredDeliveryMediums=["EMAIL"])
    with pytest.raises(operator.exceptions.UserNotFoundException):
        operator.admin_get_user(UserPoolId=pool_id, Username="none")


def test_invitation_template(make: Factory, operator: Any, outbox: Any) -> None:
    template = {"EmailMessage": "<b>{username}</b> has {####}", "EmailSubject": "Welcome {username}"}
    pool_id = make.pool(AdminCreateUserConfig={"InviteMessageTemplate": template})
    operator.admin_create_user(
        UserPoolId=pool_id,
        Username="<jane>",
        TemporaryPassword="Temp&Pass-12",
        UserAttributes=attributes(email="jane@example.com"),
    )
    (message,) = outbox(pool_id)
    assert message.html == "<b>&lt;jane&gt;</b> has Temp&amp;Pass-12"
    assert message.text == "<jane> has Temp&Pass-12\n"
    assert message.subject == "Welcome <jane>"


def test_resend(make: Factory, operator: Any, public: Any, outbox: Any, clock: Clock) -> None:
    pool_id = make.pool()
    client_id = make.client(pool_id)["ClientId"]
    operator.admin_create_user(UserPoolId=pool_id, Username="jane", UserAttributes=attributes(email="jane@example.com"))
    first = outbox(pool_id)[-1].code
    clock.advance(days=8)
    with pytest.raises(public.exceptions.NotAuthorizedException, match="Temporary password has expired"):
        try_password(public, client_id, "jane", first)
    operator.admin_create_user(UserPoolId=pool_id, Username="jane", MessageAction="RESEND")
    second = outbox(pool_id)[-1].code
    assert first != second
    with pytest.raises(public.exceptions.NotAuthorizedException):
        try_password(public, client_id, "jane", first)
    assert try_password(public, client_id, "jane", second)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    with pytest.raises(operator.exceptions.UserNotFoundException, match=r"User does not exist\."):
        operator.admin_create_user(UserPoolId=pool_id, Username="nobody", MessageAction="RESEND")
    operator.admin_set_user_password(UserPoolId=pool_id, Username="jane", Password=PASSWORD, Permanent=True)
    with pytest.raises(operator.exceptions.UnsupportedUserStateException):
        operator.admin_create_user(UserPoolId=pool_id, Username="jane", MessageAction="RESEND")


def test_refused_creation(make: Factory, operator: Any) -> None:
    pool_id = make.pool(AliasAttributes=["email"])
    make.user(pool_id, "jane", email="jane@example.com", email_verified="true")
    with pytest.raises(operator.exceptions.UsernameExistsException, match="User account already exists"):
        operator.admin_create_user(UserPoolId=pool_id, Username="jane", MessageAction="SUPPRESS")
    with pytest.raises(operator.exceptions.InvalidPasswordException):
        operator.admin_create_user(UserPoolId=pool_id, Username="joe", TemporaryPassword="weak-pass")
    with pytest.raises(operator.exceptions.InvalidParameterException, match="does not exist in the schema"):
        operator.admin_create_user(
            UserPoolId=pool_id, Username="joe", UserAttributes=[{"Name": "custom:none", "Value": "1"}]
        )
    with pytest.raises(operator.exceptions.ResourceNotFoundException):
        operator.admin_create_user(UserPoolId="us-east-1_000000000", Username="joe")


def test_force_alias_creation_takes_a_verified_address(make: Factory, operator: Any) -> None:
    pool_id = make.pool(AliasAttributes=["email"])
    make.user(pool_id, "first", email="jane@example.com", email_verified="true")
    create: dict[str, Any] = {
        "UserPoolId": pool_id,
        "Username": "second",
        "MessageAction": "SUPPRESS",
        "UserAttributes": attributes(email="jane@example.com", email_verified="true"),
    }
    with pytest.raises(
        operator.exceptions.UsernameExistsException, match=r"An account with the email already exists\."
    ):
        operator.admin_create_user(**create)
    operator.admin_create_user(**create, ForceAliasCreation=True)
    assert operator.admin_get_user(UserPoolId=pool_id, Username="jane@example.com")["Username"] == "second"
    first = operator.admin_get_user(UserPoolId=pool_id, Username="first")
    assert values_of(first, "UserAttributes")["email_verified"] == "false"


def test_email_usernames(make: Factory, operator: Any, outbox: Any) -> None:
    pool_id = make.pool(UsernameAttributes=["email"])
    made = operator.admin_create_user(UserPoolId=pool_id, Username="jane@example.com")["User"]
    assert made["Username"] == values_of(made)["sub"]
    assert values_of(made)["email"] == "jane@example.com"
    assert "jane@example.com" in outbox(pool_id)[-1].text
    with pytest.raises(operator.exceptions.UsernameExistsException):
        operator.admin_create_user(UserPoolId=pool_id, Username="jane@example.com")
    with pytest.raises(operator.exceptions.InvalidParameterException, match=r"Username should be an email\."):
        operator.admin_create_user(UserPoolId=pool_id, Username="jane")


# ---- the other Admin operations


def test_get_by_username_or_sub(make: Factory, operator: Any) -> None:
    pool_id = make.pool()
    user = make.user(pool_id, "jane", email="jane@example.com")
    for name in ("jane", user.sub):
        found = operator.admin_get_user(UserPoolId=pool_id, Username=name)
        assert (found["Username"], found["UserStatus"], found["Enabled"]) == ("jane", "CONFIRMED", True)
        assert values_of(found, "UserAttributes")["sub"] == user.sub
    with pytest.raises(operator.exceptions.UserNotFoundException, match=r"User does not exist\."):
        operator.admin_get_user(UserPoolId=pool_id, Username="nobody")
    other = make.pool()
    with pytest.raises(operator.exceptions.UserNotFoundException):
        operator.admin_get_user(UserPoolId=other, Username=user.sub)


def test_update_and_delete_attributes(make: Factory, operator: Any, clock: Clock) -> None:
    pool_id = make.pool(AliasAttributes=["email"])
    make.user(pool_id, "jane", name="Jane", nickname="J")
    clock.advance(seconds=5)
    operator.admin_update_user_attributes(
        UserPoolId=pool_id,
        Username="jane",
        UserAttributes=attributes(name="", email="jane@example.com", email_verified="true"),
    )
    found = operator.admin_get_user(UserPoolId=pool_id, Username="jane@example.com")
    assert found["UserLastModifiedDate"] > found["UserCreateDate"]
    values = values_of(found, "UserAttributes")
    assert "name" not in values
    assert (values["nickname"], values["email_verified"]) == ("J", "true")
    operator.admin_delete_user_attributes(UserPoolId=pool_id, Username="jane", UserAttributeNames=["nickname", "email"])
    left = values_of(operator.admin_get_user(UserPoolId=pool_id, Username="jane"), "UserAttributes")
    assert set(left) == {"sub"}
    make.user(pool_id, "joe", email="joe@example.com", email_verified="true")
    with pytest.raises(operator.exceptions.AliasExistsException):
        operator.admin_update_user_attributes(
            UserPoolId=pool_id,
            Username="jane",
            UserAttributes=attributes(email="joe@example.com", email_verified="true"),
        )
    with pytest.raises(operator.exceptions.UserNotFoundException):
        operator.admin_update_user_attributes(UserPoolId=pool_id, Username="nobody", UserAttributes=[])
    with pytest.raises(operator.exceptions.UserNotFoundException):
        operator.admin_delete_user_attributes(UserPoolId=pool_id, Username="nobody", UserAttributeNames=[])


def test_operator_change_of_an_auto_verified_address_sends_a_code(make: Factory, operator: Any, outbox: Any) -> None:
    pool_id = make.pool(AutoVerifiedAttributes=["email"])
    make.user(pool_id, "jane", email="jane@example.com", email_verified="true")
    operator.admin_update_user_attributes(
        UserPoolId=pool_id,
        Username="jane",
        UserAttributes=attributes(email="vouched@example.com", email_verified="true"),
    )
    assert outbox(pool_id) == []
    operator.admin_update_user_attributes(
        UserPoolId=pool_id, Username="jane", UserAttributes=attributes(email="new@example.com")
    )
    assert [message.destination for message in outbox(pool_id)] == ["new@example.com"]


def test_disable_and_enable(make: Factory, operator: Any, public: Any, clock: Clock) -> None:
    pool_id = make.pool()
    client_id = make.client(pool_id)["ClientId"]
    user = make.user(pool_id, "jane")
    token = make.tokens(client_id, user)["AccessToken"]
    operator.admin_disable_user(UserPoolId=pool_id, Username="jane")
    assert operator.admin_get_user(UserPoolId=pool_id, Username="jane")["Enabled"] is False
    with pytest.raises(public.exceptions.NotAuthorizedException):
        public.get_user(AccessToken=token)
    with pytest.raises(public.exceptions.NotAuthorizedException, match=r"User is disabled\."):
        try_password(public, client_id, "jane", PASSWORD)
    clock.advance(seconds=1)
    operator.admin_enable_user(UserPoolId=pool_id, Username="jane")
    with pytest.raises(public.exceptions.NotAuthorizedException):
        public.get_user(AccessToken=token)
    public.get_user(AccessToken=make.tokens(client_id, user)["AccessToken"])
    for call in (operator.admin_enable_user, operator.admin_disable_user):
        with pytest.raises(operator.exceptions.UserNotFoundException):
            call(UserPoolId=pool_id, Username="nobody")


def test_delete(make: Factory, operator: Any) -> None:
    pool_id = make.pool()
    make.user(pool_id, "jane", email="jane@example.com")
    operator.admin_delete_user(UserPoolId=pool_id, Username="jane")
    for call in (operator.admin_get_user, operator.admin_delete_user):
        with pytest.raises(operator.exceptions.UserNotFoundException):
            call(UserPoolId=pool_id, Username="jane")
    assert operator.list_users(UserPoolId=pool_id, Filter='email = "jane@example.com"')["Users"] == []
    make.user(pool_id, "jane")


def test_changes_are_audited(make: Factory, operator: Any, resources: Resources) -> None:
    pool_id = make.pool()
    user = make.user(pool_id, "jane")
    operator.admin_disable_user(UserPoolId=pool_id, Username="jane")
    operator.admin_delete_user(UserPoolId=pool_id, Username="jane")
    with resources.database.read() as db:
        rows = db.execute(select(AuditEvent).where(AuditEvent.pool_id == pool_id, AuditEvent.sub == user.sub)).all()
    assert {row.kind for row in rows} == {"user.created", "password.set", "user.disabled", "user.deleted"}
    assert PASSWORD not in str(rows)


# ---- ListUsers


def names(answer: dict[str, Any]) -> list[str]:
    return [user["Username"] for user in answer["Users"]]


@pytest.fixture(scope="module")
def towns() -> dict[str, str]:
    """Where `town` keeps what it made for this file."""
    return {}


@pytest.fixture
def town(make: Factory, operator: Any, towns: dict[str, str]) -> str:
    """The id of a pool with a few people, made once."""
    if "town" not in towns:
        towns["town"] = settled(make, operator)
    return towns["town"]


def settled(make: Factory, operator: Any) -> str:
    pool_id = make.pool()
    people = {
        "ann": {"given_name": "Ann", "family_name": "Reddy", "email": "ann@example.com"},
        "bob": {"given_name": "Bob", "family_name": "Reddy", "email": "bob@example.com"},
        "Bob": {"given_name": "Bobby", "family_name": 'O"Hara', "phone_number": "+12065550134"},
        "zoe": {"given_name": "Zoë", "name": "100% Zo\\e_", "preferred_username": "\U0010ffff"},
    }
    for name, values in people.items():
        make.user(pool_id, name, **values)
    operator.admin_create_user(UserPoolId=pool_id, Username="new", MessageAction="SUPPRESS")
    operator.admin_disable_user(UserPoolId=pool_id, Username="zoe")
    return pool_id


@pytest.mark.parametrize(
    ("condition", "expected"),
    [
        ('username = "bob"', ["bob"]),
        ('username ^= "bo"', ["bob"]),
        ('username^="B"', ["Bob"]),
        ('  given_name   ^=   "Bob"  ', ["bob", "Bob"]),
        ('family_name = "Reddy"', ["ann", "bob"]),
        (r'family_name = "O\"Hara"', ["Bob"]),
        ('family_name = "reddy"', []),
        ('email ^= "ann@"', ["ann"]),
        ('phone_number ^= "+1206"', ["Bob"]),
        ('given_name = "Zoe\u0308"', ["zoe"]),
        ('given_name ^= "_"', []),
        (r'name ^= "100% Zo\\e_"', ["zoe"]),
        ('name ^= "%"', []),
        ('preferred_username ^= "\U0010ffff"', ["zoe"]),
        ('status = "Disabled"', ["zoe"]),
        ('status = "disabled"', []),
        ('status ^= "En"', ["Bob", "ann", "bob", "new"]),
        ('cognito:user_status = "force_change_password"', ["new"]),
        ('cognito:user_status ^= "CONF"', ["Bob", "ann", "bob", "zoe"]),
        ('cognito:user_status = "nothing"', []),
        ('email = ""', []),
        ("", ["Bob", "ann", "bob", "new", "zoe"]),
        ('given_name ^= "\' OR 1=1 --"', []),
    ],
)
def test_filters(operator: Any, town: str, condition: str, expected: list[str]) -> None:
    found = names(operator.list_users(UserPoolId=town, Filter=condition))
    assert sorted(found) == sorted(expected)


def test_filter_by_sub(operator: Any, town: str) -> None:
    sub = values_of(operator.list_users(UserPoolId=town, Filter='username = "ann"')["Users"][0])["sub"]
    assert names(operator.list_users(UserPoolId=town, Filter=f'sub = "{sub}"')) == ["ann"]
    assert names(operator.list_users(UserPoolId=town, Filter=f'sub ^= "{sub[:18]}"')) == ["ann"]


@pytest.mark.parametrize(
    ("condition", "text"),
    [
        ("username", "Error while parsing filter"),
        ("username = bob", "Error while parsing filter"),
        ('username = "bob', "Error while parsing filter"),
        ('username ~ "bob"', "Error while parsing filter"),
        ('username = "bob" AND email = "x"', "Error while parsing filter"),
        ('custom:age = "1"', "Invalid search attribute: custom:age"),
        ('address = "x"', "Invalid search attribute: address"),
        ('USERNAME = "x"', "Invalid search attribute: USERNAME"),
        ('name = "' + "x" * 256 + '"', "validation error"),
    ],
)
def test_bad_filters(operator: Any, town: str, condition: str, text: str) -> None:
    with pytest.raises(operator.exceptions.InvalidParameterException, match=text):
        operator.list_users(UserPoolId=town, Filter=condition)


def test_results_are_sorted_by_the_attribute(operator: Any, town: str) -> None:
    found = operator.list_users(UserPoolId=town, Filter='given_name ^= ""')["Users"]
    assert [values_of(user)["given_name"] for user in found] == ["Ann", "Bob", "Bobby", "Zoë"]


@pytest.mark.parametrize(
    "condition", ["", 'given_name ^= ""', 'username ^= ""', 'status ^= ""', 'cognito:user_status ^= ""', 'sub ^= ""']
)
def test_pages_cover_everybody_once(operator: Any, town: str, condition: str) -> None:
    whole = names(operator.list_users(UserPoolId=town, Filter=condition))
    pages = operator.get_paginator("list_users").paginate(
        UserPoolId=town, Filter=condition, PaginationConfig={"PageSize": 2}
    )
    assert [name for page in pages for name in names(page)] == whole
    assert "PaginationToken" not in operator.list_users(UserPoolId=town, Filter=condition)


def test_pagination_tokens_are_good_for_one_list_and_an_hour(
    make: Factory, operator: Any, town: str, clock: Clock
) -> None:
    token = operator.list_users(UserPoolId=town, Limit=1)["PaginationToken"]
    operator.list_users(UserPoolId=town, PaginationToken=token)
    for other in (
        {"UserPoolId": town, "Filter": 'status = "Enabled"', "PaginationToken": token},
        {"UserPoolId": make.pool(), "PaginationToken": token},
        {"UserPoolId": town, "PaginationToken": "forged"},
        {"UserPoolId": town, "PaginationToken": token[:-4] + "AAAA"},
    ):
        with pytest.raises(operator.exceptions.InvalidParameterException):
            operator.list_users(**other)
    clock.advance(hours=1, seconds=1)
    with pytest.raises(operator.exceptions.InvalidParameterException):
        operator.list_users(UserPoolId=town, PaginationToken=token)


def test_attributes_to_get(operator: Any, town: str) -> None:
    found = operator.list_users(UserPoolId=town, Filter='family_name = "Reddy"', AttributesToGet=["email", "sub"])
    assert [set(values_of(user)) for user in found["Users"]] == [{"sub", "email"}] * 2
    for missing in ("phone_number", "custom:none"):
        with pytest.raises(operator.exceptions.InvalidParameterException):
            operator.list_users(UserPoolId=town, AttributesToGet=[missing])


def test_case_insensitive_pool_searches_without_case(make: Factory, operator: Any) -> None:
    pool_id = make.pool(UsernameConfiguration={"CaseSensitive": False})
    make.user(pool_id, "Jane", email="Jane@Example.com", family_name="Straße")
    for condition in ('username = "JANE"', 'email ^= "jane@"', 'family_name = "STRASSE"'):
        assert names(operator.list_users(UserPoolId=pool_id, Filter=condition)) == ["Jane"]


def test_long_values_are_found_by_what_a_filter_can_say(make: Factory, operator: Any) -> None:
    pool_id, snake = make.pool(), "\U0001f40d"
    make.user(pool_id, "jane", name=snake * 2_048)
    found = operator.list_users(UserPoolId=pool_id, Filter=f'name ^= "{snake * 200}"')
    assert names(found) == ["jane"]
