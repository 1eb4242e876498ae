"""Passkeys: registered, listed, deleted, and signed in with."""

import datetime
import re
from typing import Any

from tests.equality.language import (
    Call,
    Json,
    NewPasskey,
    On,
    Only,
    Passkey,
    Step,
    by_token,
    call,
    claims,
    on_pool,
    respond,
    row,
    same_set,
    signed_in,
)

PASSKEYS = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]}}
FLOWS = ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
ON = On(pool={"Policies": PASSKEYS}, client={"ExplicitAuthFlows": FLOWS})
WRONG = "InvalidParameterException"
BASE64URL = re.compile(r"[\w-]+")
CREDENTIAL = {
    "CredentialId": BASE64URL,
    "FriendlyCredentialName": str,
    "RelyingPartyId": "localhost",
    "AuthenticatorAttachment": "platform",
    "AuthenticatorTransports": list,
    "CreatedAt": datetime.datetime,
}


def begin() -> Call:
    """StartWebAuthnRegistration; `$options` is the answer."""
    return by_token("StartWebAuthnRegistration").keeps("options")


def complete(**changes: Any) -> Call:
    """CompleteWebAuthnRegistration with what the authenticator made, or made otherwise."""
    return by_token("CompleteWebAuthnRegistration", Credential=NewPasskey(changes=changes))


def listed(*credentials: Any) -> Call:
    """ListWebAuthnCredentials."""
    return by_token("ListWebAuthnCredentials").gives_only(Credentials=list(credentials)).keeps("listed")


def registered() -> list[Step]:
    """A signed-in user with a passkey."""
    return [*signed_in(name="Ada"), begin(), complete()]


def prefer(*, username: str = "$name") -> Call:
    """USER_AUTH with a passkey; `$challenge` is the answer."""
    given = {"USERNAME": username, "PREFERRED_CHALLENGE": "WEB_AUTHN"}
    return call("InitiateAuth", ClientId="$client", AuthFlow="USER_AUTH", AuthParameters=given).keeps("challenge")


ROWS = (
    row(
        "what the authenticator is asked for",
        "cognito.md 1.8 StartWebAuthnRegistration",
        ON,
        signed_in(name="Ada"),
        begin().gives_only(
            CredentialCreationOptions={
                "challenge": BASE64URL,
                "rp": {"id": "localhost", "name": str},
                "user": {"id": BASE64URL, "name": "$name", "displayName": str},
                "pubKeyCredParams": [{"type": "public-key", "alg": -7}, {"type": "public-key", "alg": -257}],
                "timeout": int,
                "excludeCredentials": [],
                "authenticatorSelection": {"userVerification": "preferred"},
            }
        ),
    ),
    row(
        "a passkey",
        "cognito.md 1.8 ListWebAuthnCredentials",
        ON,
        signed_in(),
        listed(),
        begin(),
        complete().gives_only(),
        listed(CREDENTIAL),
        by_token("GetUserAuthFactors").gives(ConfiguredUserAuthFactors=same_set("PASSWORD", "WEB_AUTHN")),
        by_token("DeleteWebAuthnCredential", CredentialId="$listed.Credentials.0.CredentialId").gives_only(),
        listed(),
    ),
    row(
        "a pool without passkeys",
        "cognito.md 12.3 WebAuthnNotEnabled",
        signed_in(),
        begin().fails("WebAuthnNotEnabledException"),
    ),
    row(
        "a pool that has given passkeys up",
        "cognito.md 12.3 WebAuthnNotEnabled",
        ON,
        signed_in(),
        begin(),
        on_pool("UpdateUserPool"),
        complete().fails("WebAuthnNotEnabledException"),
    ).alone(),
    row(
        "a challenge that nobody gave",
        "cognito.md 1.8 WebAuthnChallengeNotFound",
        ON,
        signed_in(),
        begin(),
        complete(client_data={"challenge": "AAAA"}).fails("WebAuthnChallengeNotFoundException"),
    ),
    row(
        "a challenge is good once",
        "cognito.md 1.8 WebAuthnChallengeNotFound",
        ON,
        registered(),
        complete().fails("WebAuthnChallengeNotFoundException"),
    ),
    row(
        "another page's origin",
        "cognito.md 1.8 WebAuthnOriginNotAllowed",
        ON,
        signed_in(),
        begin(),
        complete(origin="https://evil.example").fails("WebAuthnOriginNotAllowedException"),
    ),
    row(
        "another relying party",
        "cognito.md 1.8 WebAuthnRelyingPartyMismatch",
        ON,
        signed_in(),
        begin(),
        complete(rp_id="evil.example").fails("WebAuthnRelyingPartyMismatchException"),
    ),
    row(
        "another app's token",
        "cognito.md 1.8 WebAuthnClientMismatch",
        ON,
        signed_in(),
        begin(),
        on_pool("CreateUserPoolClient", ClientName="other", ExplicitAuthFlows=FLOWS).keeps("other", "UserPoolClient"),
        call(
            "InitiateAuth",
            ClientId="$other.ClientId",
            AuthFlow="USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": "$name", "PASSWORD": "Correct-Horse-7"},
        ).keeps("tokens", "AuthenticationResult"),
        complete().fails("WebAuthnClientMismatchException"),
    ),
    row(
        "a credential that is none",
        "botocore: CompleteWebAuthnRegistration.Credential",
        ON,
        signed_in(),
        begin(),
        by_token("CompleteWebAuthnRegistration", Credential={"id": "x"}).fails(WRONG),
    ),
    row(
        "an authenticator that does not verify where it must",
        "cognito.md 1.8 WebAuthnCredentialNotSupported",
        ON,
        on_pool("SetUserPoolMfaConfig", MfaConfiguration="OFF", WebAuthnConfiguration={"UserVerification": "required"}),
        signed_in(),
        begin().gives(CredentialCreationOptions={"authenticatorSelection": {"userVerification": "required"}}),
        complete(flags=0x41).fails("WebAuthnCredentialNotSupportedException"),
    ).alone(),
    row(
        "a passkey that there is not",
        "cognito.md 12.2 ResourceNotFound",
        ON,
        signed_in(),
        by_token("DeleteWebAuthnCredential", CredentialId="AAAA").fails("ResourceNotFoundException"),
    ),
    row(
        "21 passkeys a page",
        "cognito.md 0.2 Pagination",
        ON,
        signed_in(),
        by_token("ListWebAuthnCredentials", MaxResults=21).fails(WRONG),
    ),
    row(
        "a twenty-first passkey",
        "cognito.md 11.3 passkeys per user",
        ON,
        signed_in(),
        *[step for _ in range(20) for step in (begin(), complete())],
        begin().fails("LimitExceededException"),
    ),
    row(
        "a passkey signs in",
        "cognito.md 2.4 WEB_AUTHN",
        ON,
        registered(),
        prefer().gives(
            ChallengeName="WEB_AUTHN",
            Session=str,
            ChallengeParameters={
                "CREDENTIAL_REQUEST_OPTIONS": Json(
                    {
                        "challenge": BASE64URL,
                        "rpId": "localhost",
                        "userVerification": "preferred",
                        "allowCredentials": [{"id": BASE64URL, "type": "public-key"}],
                    }
                )
            },
        ),
        respond("WEB_AUTHN", CREDENTIAL=Passkey())
        .gives(AuthenticationResult={"TokenType": "Bearer"})
        .keeps("tokens", "AuthenticationResult"),
        claims("$tokens.IdToken", {"acr": "urn:cognito:loa:3", "amr": ["swk"]}),
    ),
    row(
        "a passkey is chosen",
        "cognito.md 2.4 SELECT_CHALLENGE WEB_AUTHN",
        ON,
        registered(),
        call("InitiateAuth", ClientId="$client", AuthFlow="USER_AUTH", AuthParameters={"USERNAME": "$name"})
        .gives(AvailableChallenges=same_set("PASSWORD", "PASSWORD_SRP", "WEB_AUTHN"))
        .keeps("challenge"),
        respond("SELECT_CHALLENGE", ANSWER="WEB_AUTHN").gives(ChallengeName="WEB_AUTHN").keeps("challenge"),
        respond("WEB_AUTHN", CREDENTIAL=Passkey()).gives(AuthenticationResult={"TokenType": "Bearer"}),
    ),
    *[
        row(
            f"a pool that has given passkeys up when the answer comes, by {operation}",
            "cognito.md 12.3 InvalidUserPoolConfigurationException",
            ON,
            registered(),
            prefer(),
            on_pool("UpdateUserPool"),
            call(
                operation,
                ClientId="$client",
                ChallengeName="WEB_AUTHN",
                Session="$challenge.Session",
                ChallengeResponses={"USERNAME": "$name", "CREDENTIAL": Passkey()},
                **pool,
            ).fails("InvalidUserPoolConfigurationException"),
        ).alone()
        for operation, pool in (
            ("RespondToAuthChallenge", {}),
            ("AdminRespondToAuthChallenge", {"UserPoolId": "$pool"}),
        )
    ],
    row(
        "no credential",
        "cognito.md 12.2 InvalidParameter",
        ON,
        registered(),
        prefer(),
        respond("WEB_AUTHN").fails(WRONG, "Missing required parameter CREDENTIAL"),
    ),
    row(
        "who has no passkey chooses",
        "cognito.md 2.8 Not available",
        ON,
        signed_in(),
        prefer().gives(ChallengeName="SELECT_CHALLENGE", ChallengeParameters=Only({})),
    ),
)
