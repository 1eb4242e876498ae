"""Users linked to identities at third-party providers, through a real botocore client."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from botocore.exceptions import ClientError
from joserfc import jws
from sqlalchemy import select, update

from app.db.tables.audit import AuditEvent
from app.db.tables.identities import LinkedIdentity
from app.db.tables.users import User
from app.flows.work import Resources
from tests.aws.cognito_idp.saml import ENTITY, metadata
from tests.aws.refusals import refusal
from tests.factories import PASSWORD, Factory, MadeUser

OIDC = {
    "client_id": "poolhouse",
    "authorize_scopes": "openid",
    "attributes_request_method": "GET",
    "oidc_issuer": "https://idp.example",
}
SOCIAL = {"client_id": "id-7", "client_secret": "secret", "authorize_scopes": "email"}
Pool = Callable[[], str]


@pytest.fixture
def pool(operator: Any, make: Factory) -> Pool:
    """Makes pools with the providers Oidc, Saml and Google; the first two map `email`."""

    def made() -> str:
        pool_id = make.pool()
        for name, kind, details in (
            ("Oidc", "OIDC", OIDC),
            ("Saml", "SAML", {"MetadataFile": metadata()}),
            ("Google", "Google", SOCIAL),
        ):
            operator.create_identity_provider(
                UserPoolId=pool_id,
                ProviderName=name,
                ProviderType=kind,
                ProviderDetails=details,
                AttributeMapping={"email": "mail"},
            )
        return pool_id

    return made


def identity(provider: str, value: str, attribute: str = "Cognito_Subject") -> dict[str, str]:
    return {"ProviderName": provider, "ProviderAttributeName": attribute, "ProviderAttributeValue": value}


def link(operator: Any, pool_id: str, username: str, source: dict[str, str]) -> None:
    operator.admin_link_provider_for_user(
        UserPoolId=pool_id, DestinationUser=identity("Cognito", username), SourceUser=source
    )


def links(operator: Any, pool_id: str, username: str) -> list[tuple[str, str]]:
    """Provider and userId of each identity that AdminGetUser shows."""
    found = operator.admin_get_user(UserPoolId=pool_id, Username=username)["UserAttributes"]
    texts = [attribute["Value"] for attribute in found if attribute["Name"] == "identities"]
    return [(item["providerName"], item["userId"]) for text in texts for item in json.loads(text)]


def test_links_are_shown_wherever_a_user_is(operator: Any, make: Factory, pool: Pool, clock: Any) -> None:
    pool_id = pool()
    user, other = make.user(pool_id, email="ada@example.com"), make.user(pool_id)
    client_id = make.client(pool_id, ReadAttributes=["email"])["ClientId"]
    operator.create_group(UserPoolId=pool_id, GroupName="team")
    operator.admin_add_user_to_group(UserPoolId=pool_id, GroupName="team", Username=user.username)
    before = clock.now
    link(operator, pool_id, user.username, identity("Google", "1164"))
    clock.advance(seconds=5)
    operator.admin_link_provider_for_user(
        UserPoolId=pool_id,
        DestinationUser={"ProviderName": "cognito", "ProviderAttributeValue": user.username},
        SourceUser=identity("Saml", "Ada@Example.com", "email"),
    )
    link(operator, pool_id, user.username, identity("Oidc", "a|b_c ü"))
    assert operator.admin_get_user(UserPoolId=pool_id, Username=user.username)["UserStatus"] == "CONFIRMED"
    entry = {"primary": False, "dateCreated": before + 5_000}
    saml = {"providerName": "Saml", "providerType": "SAML", "issuer": ENTITY}
    oidc = {"providerName": "Oidc", "providerType": "OIDC", "issuer": "https://idp.example"}
    google = {"providerName": "Google", "providerType": "Google", "issuer": None, "dateCreated": before}
    expected = [
        {**entry, **google, "userId": "1164"},
        {**entry, **oidc, "userId": "a|b_c ü"},
        {**entry, **saml, "userId": "Ada@Example.com"},
    ]
    tokens = make.tokens(client_id, user)
    listed = {found["Username"]: found for found in operator.list_users(UserPoolId=pool_id)["Users"]}
    views = [
        operator.admin_get_user(UserPoolId=pool_id, Username=user.username)["UserAttributes"],
        operator.get_user(AccessToken=tokens["AccessToken"])["UserAttributes"],
        operator.list_users_in_group(UserPoolId=pool_id, GroupName="team")["Users"][0]["Attributes"],
        listed[user.username]["Attributes"],
    ]
    for view in views:
        (text,) = (attribute["Value"] for attribute in view if attribute["Name"] == "identities")
        assert json.loads(text) == expected
    assert "identities" not in {attribute["Name"] for attribute in listed[other.username]["Attributes"]}
    claims = json.loads(jws.extract_compact(tokens["IdToken"].encode()).payload)
    as_text = {"primary": "false", "dateCreated": str(before)}
    assert claims["identities"][0] == {**expected[0], **as_text}


def test_links_outlive_changes_of_other_attributes(operator: Any, make: Factory, pool: Pool) -> None:
    pool_id = pool()
    user = make.user(pool_id)
    link(operator, pool_id, user.username, identity("Google", "1164"))
    names = {"UserPoolId": pool_id, "Username": user.username}
    operator.admin_update_user_attributes(**names, UserAttributes=[{"Name": "name", "Value": "Ada"}])
    operator.admin_delete_user_attributes(**names, UserAttributeNames=["name"])
    assert links(operator, pool_id, user.username) == [("Google", "1164")]
    forged = {"Name": "identities", "Value": "[]"}
    token = make.tokens(make.client(pool_id)["ClientId"], user)["AccessToken"]
    for call, given in (
        (operator.admin_update_user_attributes, {**names, "UserAttributes": [forged]}),
        (operator.admin_delete_user_attributes, {**names, "UserAttributeNames": ["identities"]}),
        (operator.update_user_attributes, {"AccessToken": token, "UserAttributes": [forged]}),
        (operator.admin_create_user, {**names, "Username": "new", "UserAttributes": [forged]}),
    ):
        assert refusal(call, **given)[0] == "InvalidParameterException"
    assert links(operator, pool_id, user.username) == [("Google", "1164")]


def test_an_invited_user_who_is_linked_can_choose_a_password(operator: Any, make: Factory, pool: Pool) -> None:
    """What the challenge tells comes back as it is told, from clients that do not look."""
    pool_id = pool()
    names = {"UserPoolId": pool_id, "Username": "ada"}
    operator.admin_create_user(**names, TemporaryPassword="Temporary-Horse-7", MessageAction="SUPPRESS")
    link(operator, pool_id, "ada", identity("Google", "1164"))
    client = {"ClientId": make.client(pool_id)["ClientId"]}
    begun = operator.initiate_auth(
        **client,
        AuthFlow="USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ada", "PASSWORD": "Temporary-Horse-7"},
    )
    told = json.loads(begun["ChallengeParameters"]["userAttributes"])
    answers = {"USERNAME": "ada", "NEW_PASSWORD": PASSWORD}
    done = operator.respond_to_auth_challenge(
        **client,
        ChallengeName="NEW_PASSWORD_REQUIRED",
        Session=begun["Session"],
        ChallengeResponses={**answers, **{f"userAttributes.{name}": value for name, value in told.items()}},
    )
    assert done["AuthenticationResult"]["AccessToken"]
    assert links(operator, pool_id, "ada") == [("Google", "1164")]


def test_an_identity_belongs_to_one_user(operator: Any, make: Factory, pool: Pool) -> None:
    pool_id, other_pool = pool(), pool()
    first, second = make.user(pool_id), make.user(pool_id)
    source = identity("Oidc", "7")
    link(operator, pool_id, first.username, source)
    given = {"UserPoolId": pool_id, "SourceUser": source}
    for user, expected in (
        (first, ("InvalidParameterException", "SourceUser is already linked to DestinationUser")),
        (second, ("AliasExistsException", "SourceUser is already linked to another user.")),
    ):
        destination = identity("Cognito", user.username)
        assert refusal(operator.admin_link_provider_for_user, **given, DestinationUser=destination)[:2] == expected
    # Another attribute, another provider and another pool are other identities.
    link(operator, pool_id, second.username, identity("Oidc", "7", "email"))
    link(operator, pool_id, second.username, identity("Google", "7"))
    link(operator, other_pool, make.user(other_pool).username, source)
    operator.admin_disable_provider_for_user(UserPoolId=pool_id, User=source)
    link(operator, pool_id, second.username, source)
    assert sorted(links(operator, pool_id, second.username)) == [("Google", "7"), ("Oidc", "7"), ("Oidc", "7")]


def test_a_user_has_at_most_five_identities(operator: Any, make: Factory, pool: Pool) -> None:
    pool_id = pool()
    user = make.user(pool_id)

    def attempt(number: int) -> str:
        try:
            link(operator, pool_id, user.username, identity("Oidc", f"subject-{number}"))
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "linked"

    with ThreadPoolExecutor(8) as threads:
        outcomes = list(threads.map(attempt, range(8)))
    assert outcomes.count("linked") == 5
    assert outcomes.count("LimitExceededException") == 3
    assert len(links(operator, pool_id, user.username)) == 5


def test_users_racing_for_an_identity(operator: Any, make: Factory, pool: Pool) -> None:
    pool_id = pool()
    crowd = [make.user(pool_id) for _ in range(6)]

    def attempt(user: MadeUser) -> str:
        try:
            link(operator, pool_id, user.username, identity("Oidc", "the-one"))
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "linked"

    with ThreadPoolExecutor(6) as threads:
        outcomes = list(threads.map(attempt, crowd))
    assert outcomes.count("linked") == 1
    assert outcomes.count("AliasExistsException") == 5
    shown = [links(operator, pool_id, user.username) for user in crowd]
    assert [bool(found) for found in shown] == [outcome == "linked" for outcome in outcomes]


@pytest.mark.parametrize(
    ("source", "code", "text"),
    [
        (identity("None", "1"), "ResourceNotFoundException", "Identity provider None does not exist."),
        (
            identity("Cognito", "somebody"),
            "InvalidParameterException",
            "Invalid SourceUser: Cognito users with a username/password may not be passed in as a SourceUser, "
            "only as a DestinationUser",
        ),
        (
            identity("Google", "1", "email"),
            "InvalidParameterException",
            "ProviderAttributeName must be Cognito_Subject.",
        ),
        (
            identity("Oidc", "1", "phone_number"),
            "InvalidParameterException",
            "ProviderAttributeName must be Cognito_Subject or an attribute that the identity provider maps.",
        ),
        (
            identity("Oidc", "1", "username"),
            "InvalidParameterException",
            "ProviderAttributeName must be Cognito_Subject or an attribute that the identity provider maps.",
        ),
        (
            {"ProviderName": "Oidc", "ProviderAttributeValue": "1"},
            "InvalidParameterException",
            "ProviderAttributeName must be Cognito_Subject or an attribute that the identity provider maps.",
        ),
        (
            identity("Oidc", " "),
            "InvalidParameterException",
            "SourceUser needs a ProviderName and a ProviderAttributeValue.",
        ),
        (
            {"ProviderAttributeName": "Cognito_Subject", "ProviderAttributeValue": "1"},
            "InvalidParameterException",
            "SourceUser needs a ProviderName and a ProviderAttributeValue.",
        ),
        (
            identity("Oidc", "x" * 513),
            "InvalidParameterException",
            "ProviderAttributeValue of SourceUser can have at most 512 characters.",
        ),
    ],
)
def test_sources_that_are_refused(
    operator: Any, make: Factory, pool: Pool, source: dict[str, str], code: str, text: str
) -> None:
    pool_id = pool()
    user = make.user(pool_id)
    given = {"UserPoolId": pool_id, "DestinationUser": identity("Cognito", user.username), "SourceUser": source}
    assert refusal(operator.admin_link_provider_for_user, **given)[:2] == (code, text)
    assert links(operator, pool_id, user.username) == []


def test_the_longest_subject(operator: Any, make: Factory, pool: Pool) -> None:
    pool_id = pool()
    user = make.user(pool_id)
    link(operator, pool_id, user.username, identity("Oidc", "\U0001f600" * 512))
    assert links(operator, pool_id, user.username) == [("Oidc", "\U0001f600" * 512)]


def test_unknown_users_and_pools(operator: Any, make: Factory, pool: Pool) -> None:
    pool_id = pool()
    make.user(pool_id, "Oidc_7")
    source = identity("Oidc", "1")
    for destination in (identity("Cognito", "nobody"), identity("Google", "1164"), identity("Oidc", "7")):
        given = {"UserPoolId": pool_id, "DestinationUser": destination, "SourceUser": source}
        assert refusal(operator.admin_link_provider_for_user, **given)[0] == "UserNotFoundException"
    nowhere = {"UserPoolId": "us-east-1_Nobody123", "DestinationUser": identity("Cognito", "a"), "SourceUser": source}
    assert refusal(operator.admin_link_provider_for_user, **nowhere)[0] == "ResourceNotFoundException"
    nowhere = {"UserPoolId": "us-east-1_Nobody123", "User": source}
    assert refusal(operator.admin_disable_provider_for_user, **nowhere)[0] == "ResourceNotFoundException"


def test_whoever_has_a_profile_cannot_be_linked(operator: Any, make: Factory, pool: Pool, resources: Resources) -> None:
    pool_id = pool()
    user, profile = make.user(pool_id), make.user(pool_id, "Oidc_7")
    given = {
        "UserPoolId": pool_id,
        "DestinationUser": identity("Cognito", user.username),
        "SourceUser": identity("Oidc", "7"),
    }
    code, text, _ = refusal(operator.admin_link_provider_for_user, **given)
    assert (code, text.split(":")[0]) == ("InvalidParameterException", "Invalid SourceUser")
    with resources.database.write() as db:
        row = (User.pool_id == pool_id) & (User.sub == profile.sub)
        db.execute(update(User).where(row).values(status="EXTERNAL_PROVIDER"))
    code, text, _ = refusal(operator.admin_link_provider_for_user, **given)
    assert (code, text) == (
        "InvalidParameterException",
        "Merging is not currently supported, provide a SourceUser that has not been signed up in order to link",
    )
    # But others can be linked to it.
    operator.admin_link_provider_for_user(
        UserPoolId=pool_id, DestinationUser=identity("Oidc", "7"), SourceUser=identity("Google", "8")
    )
    assert links(operator, pool_id, "Oidc_7") == [("Google", "8")]


def test_unlinking(operator: Any, make: Factory, pool: Pool, resources: Resources) -> None:
    pool_id = pool()
    user = make.user(pool_id)
    link(operator, pool_id, user.username, identity("Oidc", "7"))
    link(operator, pool_id, user.username, identity("Saml", "ada@example.com", "email"))

    def unlink(source: dict[str, str]) -> None:
        operator.admin_disable_provider_for_user(UserPoolId=pool_id, User=source)

    # An identity is named as when it was linked.
    for other in (
        identity("Oidc", "8"),
        identity("Google", "7"),
        identity("Saml", "ada@example.com"),
        identity("Saml", "Ada@example.com", "email"),
    ):
        given = {"UserPoolId": pool_id, "User": other}
        assert refusal(operator.admin_disable_provider_for_user, **given)[0] == "UserNotFoundException"
    for other, code in (
        (identity("Google", "7", "email"), "InvalidParameterException"),
        (identity("None", "7"), "ResourceNotFoundException"),
        ({"ProviderName": "Oidc"}, "InvalidParameterException"),
    ):
        given = {"UserPoolId": pool_id, "User": other}
        assert refusal(operator.admin_disable_provider_for_user, **given)[0] == code
    unlink(identity("Oidc", "7"))
    assert links(operator, pool_id, user.username) == [("Saml", "ada@example.com")]
    # A link stays when its provider goes, and can be removed all the same.
    operator.delete_identity_provider(UserPoolId=pool_id, ProviderName="Saml")
    assert links(operator, pool_id, user.username) == [("Saml", "ada@example.com")]
    unlink(identity("Saml", "ada@example.com", "email"))
    shown = operator.admin_get_user(UserPoolId=pool_id, Username=user.username)["UserAttributes"]
    assert "identities" not in {attribute["Name"] for attribute in shown}
    with resources.database.read() as db:
        kinds = db.execute(
            select(AuditEvent.kind).where(AuditEvent.pool_id == pool_id, AuditEvent.sub == user.sub)
        ).scalars()
        found = [kind for kind in kinds if kind.startswith("identity.")]
    assert sorted(found) == ["identity.linked"] * 2 + ["identity.unlinked"] * 2


def test_a_deleted_user_frees_their_identities(operator: Any, make: Factory, pool: Pool, resources: Resources) -> None:
    pool_id = pool()
    gone, user = make.user(pool_id), make.user(pool_id)
    link(operator, pool_id, gone.username, identity("Oidc", "7"))
    operator.admin_delete_user(UserPoolId=pool_id, Username=gone.username)
    with resources.database.read() as db:
        assert db.execute(select(LinkedIdentity).where(LinkedIdentity.pool_id == pool_id)).all() == []
    link(operator, pool_id, user.username, identity("Oidc", "7"))


def test_a_local_user_without_the_password(operator: Any, public: Any, make: Factory, pool: Pool) -> None:
    pool_id = pool()
    user = make.user(pool_id, email="ada@example.com", email_verified="true")
    client_id = make.client(pool_id)["ClientId"]
    given = {"UserPoolId": pool_id, "User": identity("Cognito", user.username)}
    for wrong, code in (
        (identity("Cognito", user.username, "email"), "InvalidParameterException"),
        (identity("Cognito", "nobody"), "UserNotFoundException"),
    ):
        assert refusal(operator.admin_disable_provider_for_user, UserPoolId=pool_id, User=wrong)[0] == code
    assert make.tokens(client_id, user)["AccessToken"]
    for _ in range(2):
        operator.admin_disable_provider_for_user(**given)
    names = {"UserPoolId": pool_id, "Username": user.username}
    assert operator.admin_get_user(**names)["UserStatus"] == "EXTERNAL_PROVIDER"
    sign_in = {
        "ClientId": client_id,
        "AuthFlow": "USER_PASSWORD_AUTH",
        "AuthParameters": {"USERNAME": user.username, "PASSWORD": PASSWORD},
    }
    assert refusal(public.initiate_auth, **sign_in)[:2] == (
        "NotAuthorizedException",
        "Incorrect username or password.",
    )
    forgotten = {"ClientId": client_id, "Username": user.username}
    assert refusal(public.forgot_password, **forgotten)[:2] == (
        "NotAuthorizedException",
        "User password cannot be reset in the current state.",
    )
    # An operator who sets a password turns the user into a local one again.
    operator.admin_set_user_password(**names, Password="Another-Horse-7", Permanent=True)
    assert operator.admin_get_user(**names)["UserStatus"] == "CONFIRMED"
    sign_in["AuthParameters"] = {"USERNAME": user.username, "PASSWORD": "Another-Horse-7"}
    assert public.initiate_auth(**sign_in)["AuthenticationResult"]["AccessToken"]


def test_the_password_taken_away_is_remembered(operator: Any, make: Factory) -> None:
    policy = {"MinimumLength": 8, "PasswordHistorySize": 3}
    pool_id = make.pool(Policies={"PasswordPolicy": policy})
    user = make.user(pool_id)
    operator.admin_disable_provider_for_user(UserPoolId=pool_id, User=identity("Cognito", user.username))
    given = {"UserPoolId": pool_id, "Username": user.username, "Password": PASSWORD, "Permanent": True}
    assert refusal(operator.admin_set_user_password, **given)[0] == "PasswordHistoryPolicyViolationException"
