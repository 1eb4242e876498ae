"""Settings of pools and clients do what they say wherever it matters, not only where they were thought of first."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from app.kit.clock import HOUR, MINUTE, SECOND
from tests.conftest import Clock
from tests.factories import PASSWORD, Factory, MadeUser, claims_of

LONG = {"PasswordPolicy": {"MinimumLength": 20}}
GOOD = "a-password-of-twenty-letters"
SHORT = "Short-Horse-7"


def told(call: Callable[..., Any], **members: Any) -> str:
    """The error code of a call, "" if it succeeds."""
    try:
        call(**members)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return ""


class Place:
    """A pool with one client, its operator, and whoever else calls."""

    def __init__(self, make: Factory, operator: Any, public: Any) -> None:
        self.make, self.operator, self.public = make, operator, public
        self.pool_id = ""
        self.client_id = ""

    def build(self, client: dict[str, Any] | None = None, **pool: Any) -> "Place":
        self.pool_id = self.make.pool(**pool)
        self.client_id = self.make.client(self.pool_id, **(client or {}))["ClientId"]
        return self

    def start(self, user: MadeUser, password: str | None = None, flow: str = "USER_PASSWORD_AUTH") -> dict[str, Any]:
        parameters = {"USERNAME": user.username, "PASSWORD": password or user.password}
        answer: dict[str, Any] = self.public.initiate_auth(
            ClientId=self.client_id, AuthFlow=flow, AuthParameters=parameters
        )
        return answer


@pytest.fixture
def place(make: Factory, operator: Any, public: Any) -> Place:
    return Place(make, operator, public)


def test_the_password_policy_holds_wherever_a_password_comes_in(place: Place) -> None:
    place.build(AutoVerifiedAttributes=["email"])
    pool_id, operator, public = place.pool_id, place.operator, place.public
    user = place.make.user(pool_id, email="policy@example.com", email_verified="true")
    invited = {"UserPoolId": pool_id, "Username": "invited", "MessageAction": "SUPPRESS"}
    operator.admin_create_user(**invited, TemporaryPassword="Temporary-Horse-7")
    access_token = place.make.tokens(place.client_id, user)["AccessToken"]
    operator.update_user_pool(UserPoolId=pool_id, AutoVerifiedAttributes=["email"], Policies=LONG)
    public.forgot_password(ClientId=place.client_id, Username=user.username)
    asked = place.start(MadeUser("invited", "", "Temporary-Horse-7"))
    responses = {"USERNAME": "invited", "NEW_PASSWORD": SHORT}
    doors: list[tuple[Callable[..., Any], dict[str, Any]]] = [
        (public.sign_up, {"ClientId": place.client_id, "Username": "new", "Password": SHORT}),
        (
            public.change_password,
            {"AccessToken": access_token, "PreviousPassword": PASSWORD, "ProposedPassword": SHORT},
        ),
        (
            public.confirm_forgot_password,
            {
                "ClientId": place.client_id,
                "Username": user.username,
                "ConfirmationCode": "000000",
                "Password": SHORT,
            },
        ),
        (
            public.respond_to_auth_challenge,
            {
                "ClientId": place.client_id,
                "ChallengeName": asked["ChallengeName"],
                "Session": asked["Session"],
                "ChallengeResponses": responses,
            },
        ),
        (operator.admin_set_user_password, {"UserPoolId": pool_id, "Username": "invited", "Password": SHORT}),
        (operator.admin_create_user, {**invited, "Username": "other", "TemporaryPassword": SHORT}),
    ]
    assert [told(call, **members) for call, members in doors] == ["InvalidPasswordException"] * len(doors)
    assert place.start(user)["AuthenticationResult"], "a password that was set before stays good"
    responses["NEW_PASSWORD"] = GOOD
    assert told(doors[3][0], **doors[3][1]) == ""


SCHEMA = [
    {"Name": "nickname", "StringAttributeConstraints": {"MinLength": "3", "MaxLength": "5"}},
    {"Name": "family_name", "Required": True, "Mutable": True},
    {"Name": "gender", "Mutable": False},
    {"Name": "level", "AttributeDataType": "Number", "NumberAttributeConstraints": {"MinValue": "2", "MaxValue": "4"}},
    {"Name": "code", "AttributeDataType": "String", "StringAttributeConstraints": {"MinLength": "2", "MaxLength": "3"}},
]
BAD = [
    {"nickname": "ab"},
    {"nickname": "abcdef"},
    {"custom:level": "1"},
    {"custom:level": "5"},
    {"custom:level": "many"},
    {"custom:code": "a"},
    {"custom:code": "abcd"},
]
CHANGES = [*BAD, {"gender": "other"}, {"family_name": ""}]


def listed(values: dict[str, str]) -> list[dict[str, str]]:
    return [{"Name": name, "Value": value} for name, value in values.items()]


@pytest.fixture
def strict(place: Place) -> Place:
    """A pool with bounds on standard and custom attributes."""
    writable = ["nickname", "family_name", "gender", "custom:level", "custom:code"]
    return place.build({"WriteAttributes": writable}, Schema=SCHEMA)


@pytest.mark.parametrize("values", BAD)
def test_bounds_hold_for_new_users(strict: Place, values: dict[str, str]) -> None:
    whole = listed({"family_name": "Doe", **values})
    signed_up = {"ClientId": strict.client_id, "Password": PASSWORD, "Username": "jane"}
    created = {"UserPoolId": strict.pool_id, "Username": "jane", "MessageAction": "SUPPRESS"}
    assert told(strict.public.sign_up, **signed_up, UserAttributes=whole) == "InvalidParameterException"
    assert told(strict.operator.admin_create_user, **created, UserAttributes=whole) == "InvalidParameterException"


@pytest.mark.parametrize("values", CHANGES)
def test_bounds_hold_for_changes(strict: Place, values: dict[str, str]) -> None:
    good = {"nickname": "abc", "gender": "any", "custom:level": "3", "custom:code": "ab"}
    user = strict.make.user(strict.pool_id, family_name="Doe", **good)
    access_token = strict.make.tokens(strict.client_id, user)["AccessToken"]
    own = {"AccessToken": access_token, "UserAttributes": listed(values)}
    by_operator = {"UserPoolId": strict.pool_id, "Username": user.username, "UserAttributes": listed(values)}
    assert told(strict.public.update_user_attributes, **own) == "InvalidParameterException"
    assert told(strict.operator.admin_update_user_attributes, **by_operator) == "InvalidParameterException"


@pytest.mark.parametrize("name", ["family_name", "gender"])
def test_what_must_stay_is_not_deleted(strict: Place, name: str) -> None:
    user = strict.make.user(strict.pool_id, family_name="Doe", gender="any")
    access_token = strict.make.tokens(strict.client_id, user)["AccessToken"]
    by_operator = {"UserPoolId": strict.pool_id, "Username": user.username}
    for call, members in (
        (strict.public.delete_user_attributes, {"AccessToken": access_token}),
        (strict.operator.admin_delete_user_attributes, by_operator),
    ):
        assert told(call, **members, UserAttributeNames=[name]) == "InvalidParameterException"


def test_tokens_live_as_long_as_the_client_says(place: Place, clock: Clock) -> None:
    units = {"AccessToken": "minutes", "IdToken": "seconds", "RefreshToken": "hours"}
    lives = {"AccessTokenValidity": 7, "IdTokenValidity": 400, "RefreshTokenValidity": 2}
    place.build({"TokenValidityUnits": units, **lives})
    result = place.make.tokens(place.client_id, place.make.user(place.pool_id))
    access, identity = claims_of(result["AccessToken"]), claims_of(result["IdToken"])
    assert (result["ExpiresIn"], access["exp"] - access["iat"], identity["exp"] - identity["iat"]) == (420, 420, 400)

    def refresh() -> str:
        parameters = {"REFRESH_TOKEN": result["RefreshToken"]}
        flow = {"ClientId": place.client_id, "AuthFlow": "REFRESH_TOKEN_AUTH", "AuthParameters": parameters}
        return told(place.public.initiate_auth, **flow)

    clock.advance(ms=7 * MINUTE - SECOND)
    assert told(place.public.get_user, AccessToken=result["AccessToken"]) == ""
    clock.advance(ms=SECOND)
    assert told(place.public.get_user, AccessToken=result["AccessToken"]) == "NotAuthorizedException"
    clock.advance(ms=2 * HOUR - 7 * MINUTE - SECOND)
    assert refresh() == ""
    clock.advance(ms=SECOND)
    assert refresh() == "NotAuthorizedException"


def test_a_changed_validity_counts_for_the_next_tokens(place: Place) -> None:
    place.build()
    user = place.make.user(place.pool_id)
    names = {"UserPoolId": place.pool_id, "ClientId": place.client_id}
    flows = ["ALLOW_USER_PASSWORD_AUTH"]
    place.operator.update_user_pool_client(**names, ExplicitAuthFlows=flows, AccessTokenValidity=2)
    assert place.make.tokens(place.client_id, user)["ExpiresIn"] == 7_200


FLOWS = {
    "ALLOW_USER_PASSWORD_AUTH": "USER_PASSWORD_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH": "ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH": "USER_SRP_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH": "REFRESH_TOKEN_AUTH",
}


@pytest.mark.parametrize("allowed", FLOWS)
def test_a_client_does_what_its_flows_allow_and_nothing_else(place: Place, allowed: str) -> None:
    place.build()
    user = place.make.user(place.pool_id)
    refresh_token = place.make.tokens(place.client_id, user)["RefreshToken"]
    names = {"UserPoolId": place.pool_id, "ClientId": place.client_id}
    place.operator.update_user_pool_client(**names, ExplicitAuthFlows=[allowed])
    given = {"USERNAME": user.username, "PASSWORD": PASSWORD, "SRP_A": "7" * 64, "REFRESH_TOKEN": refresh_token}
    needed = {"USER_SRP_AUTH": ("USERNAME", "SRP_A"), "REFRESH_TOKEN_AUTH": ("REFRESH_TOKEN",)}
    for permission, flow in FLOWS.items():
        parameters = {name: given[name] for name in needed.get(flow, ("USERNAME", "PASSWORD"))}
        call = {"AuthFlow": flow, "AuthParameters": parameters}
        if not flow.startswith("ADMIN"):
            answer = told(place.public.initiate_auth, ClientId=place.client_id, **call)
            assert (answer == "") == (permission == allowed), flow
        if flow != "USER_PASSWORD_AUTH":
            answer = told(place.operator.admin_initiate_auth, **names, **call)
            assert (answer == "") == (permission == allowed), flow
    answer = told(place.public.get_tokens_from_refresh_token, ClientId=place.client_id, RefreshToken=refresh_token)
    assert answer == ("" if allowed == "ALLOW_REFRESH_TOKEN_AUTH" else "InvalidParameterException")


def test_a_challenge_waits_as_long_as_the_client_says(place: Place, clock: Clock) -> None:
    place.build({"AuthSessionValidity": 5})
    invited = MadeUser("invited", "", "Temporary-Horse-7")
    for wait, expected in ((5 * MINUTE, "NotAuthorizedException"), (5 * MINUTE - SECOND, "")):
        place.operator.admin_create_user(
            UserPoolId=place.pool_id,
            Username="invited",
            TemporaryPassword=invited.password,
            MessageAction="SUPPRESS",
        )
        asked = place.start(invited)
        clock.advance(ms=wait)
        answer = {
            "ClientId": place.client_id,
            "ChallengeName": "NEW_PASSWORD_REQUIRED",
            "Session": asked["Session"],
            "ChallengeResponses": {"USERNAME": "invited", "NEW_PASSWORD": "My-Own-Horse-9"},
        }
        assert told(place.public.respond_to_auth_challenge, **answer) == expected
        place.operator.admin_delete_user(UserPoolId=place.pool_id, Username="invited")


def test_five_failures_lock_and_time_unlocks(place: Place, clock: Clock) -> None:
    place.build()
    user = place.make.user(place.pool_id)
    other = place.make.user(place.pool_id)

    def sign_in(password: str) -> str:
        try:
            place.start(user, password)
        except ClientError as error:
            return str(error.response["Error"]["Message"])
        return ""

    assert [sign_in("Wrong-Horse-7") for _ in range(5)] == ["Incorrect username or password."] * 5
    assert sign_in(PASSWORD) == "Password attempts exceeded"
    assert place.start(other)["AuthenticationResult"], "one is locked, not all"
    clock.advance(seconds=2)
    assert sign_in(PASSWORD) == ""
    assert [sign_in("Wrong-Horse-7") for _ in range(5)] == ["Incorrect username or password."] * 5, "counted anew"


@pytest.mark.parametrize("protected", ["ACTIVE", "INACTIVE"])
def test_protection_can_be_turned_off_again(place: Place, protected: str) -> None:
    place.build(DeletionProtection="ACTIVE")
    place.operator.update_user_pool(UserPoolId=place.pool_id, DeletionProtection=protected)
    expected = "InvalidParameterException" if protected == "ACTIVE" else ""
    assert told(place.operator.delete_user_pool, UserPoolId=place.pool_id) == expected
