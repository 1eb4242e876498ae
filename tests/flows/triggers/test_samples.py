"""Sample events: one for every trigger source that Cognito has, of the form that real events have."""

import json

import pytest

from app.flows.trigger_events import MEMBERS
from app.flows.trigger_samples import SOURCES, sample_event

POOL = "us-east-1_AbCdEfGhI"
# Developer Guide, "User pool Lambda trigger sources", with what its pages on single triggers add.
EVERY = {
    *(f"PreSignUp_{name}" for name in ("SignUp", "AdminCreateUser", "ExternalProvider")),
    *(f"PostConfirmation_{name}" for name in ("ConfirmSignUp", "ConfirmForgotPassword")),
    "PreAuthentication_Authentication",
    "PostAuthentication_Authentication",
    *(f"{name}_Authentication" for name in ("DefineAuthChallenge", "CreateAuthChallenge")),
    "VerifyAuthChallengeResponse_Authentication",
    *(
        f"TokenGeneration_{name}"
        for name in (
            "HostedAuth",
            "Authentication",
            "NewPasswordChallenge",
            "AuthenticateDevice",
            "RefreshTokens",
            "ClientCredentials",
        )
    ),
    *(f"UserMigration_{name}" for name in ("Authentication", "ForgotPassword")),
    *(
        f"{trigger}_{name}"
        for trigger in ("CustomMessage", "CustomEmailSender", "CustomSMSSender")
        for name in (
            "SignUp",
            "AdminCreateUser",
            "ResendCode",
            "ForgotPassword",
            "UpdateUserAttribute",
            "VerifyUserAttribute",
            "Authentication",
        )
    ),
    "CustomEmailSender_AccountTakeOverNotification",
    "InboundFederation_ExternalProvider",
}
# What the request of a trigger holds, clientMetadata apart; the Developer Guide's page of each.
REQUESTS = {
    "PreSignUp": {"userAttributes", "validationData"},
    "PostConfirmation": {"userAttributes"},
    "PreAuthentication": {"userAttributes", "validationData", "userNotFound"},
    "PostAuthentication": {"userAttributes", "newDeviceUsed"},
    "DefineAuthChallenge": {"userAttributes", "session", "userNotFound"},
    "CreateAuthChallenge": {"userAttributes", "challengeName", "session", "userNotFound"},
    "VerifyAuthChallengeResponse": {
        "userAttributes",
        "privateChallengeParameters",
        "challengeAnswer",
        "userNotFound",
    },
    "TokenGeneration": {"userAttributes", "groupConfiguration"},
    "CustomMessage": {"userAttributes", "codeParameter", "linkParameter", "usernameParameter"},
    "CustomEmailSender": {"type", "code", "userAttributes"},
    "CustomSMSSender": {"type", "code", "userAttributes"},
    "InboundFederation": {"providerName", "providerType", "attributes"},
}


def test_there_is_one_of_every_source() -> None:
    assert set(SOURCES) == EVERY
    assert len(SOURCES) == len(EVERY)


@pytest.mark.parametrize("source", sorted(EVERY))
def test_it_is_an_event(source: str) -> None:
    event = sample_event(source, POOL, "eu-west-1")
    assert tuple(event) == MEMBERS
    assert json.loads(json.dumps(event)) == event
    assert (event["triggerSource"], event["userPoolId"], event["region"]) == (source, POOL, "eu-west-1")
    trigger = source.split("_", 1)[0]
    if trigger in REQUESTS:
        told = event["request"].keys() - {"clientMetadata"}
        assert told == REQUESTS[trigger] | ({"scopes"} if source.endswith("ClientCredentials") else set())


@pytest.mark.parametrize(
    ("version", "members", "response"),
    [
        ("1", {"userAttributes", "groupConfiguration", "clientMetadata"}, {"claimsOverrideDetails": None}),
        ("2", {"userAttributes", "groupConfiguration", "clientMetadata", "scopes"}, None),
        ("3", {"userAttributes", "groupConfiguration", "clientMetadata", "scopes"}, None),
    ],
)
def test_versions_of_token_events(version: str, members: set[str], response: dict[str, None] | None) -> None:
    event = sample_event("TokenGeneration_Authentication", POOL, "eu-west-1", version)
    assert (event["version"], event["request"].keys()) == (version, members)
    assert event["response"] == response or event["response"] == {"claimsAndScopeOverrideDetails": None}


def test_a_password_is_told_at_sign_in_only() -> None:
    assert "password" in sample_event("UserMigration_Authentication", POOL, "eu-west-1")["request"]
    assert "password" not in sample_event("UserMigration_ForgotPassword", POOL, "eu-west-1")["request"]


def test_an_unknown_source() -> None:
    with pytest.raises(LookupError, match="TokenGeneration_Nothing"):
        sample_event("TokenGeneration_Nothing", POOL, "eu-west-1")
