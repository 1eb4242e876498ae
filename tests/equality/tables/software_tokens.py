"""Authenticator apps: set up and signed in with."""

import re
from typing import Any

from tests.equality.language import (
    ABSENT,
    Call,
    On,
    Only,
    Step,
    Totp,
    WrongTotp,
    by_admin,
    by_token,
    call,
    claims,
    password_sign_in,
    respond,
    row,
    signed_in,
    wait,
)

TOTP = On(mfa={"MfaConfiguration": "OPTIONAL", "SoftwareTokenMfaConfiguration": {"Enabled": True}})
ENABLED = {"Enabled": True}
TOKENS = {"AccessToken": str, "IdToken": str, "RefreshToken": str, "ExpiresIn": 3600, "TokenType": "Bearer"}
NO_TOTP = ("SoftwareTokenMFANotFoundException", "Software Token MFA has not been enabled by the userPool")
NOBODY = ("UserNotFoundException", "User does not exist.")


def prefer(**settings: Any) -> Call:
    """SetUserMFAPreference."""
    return by_token("SetUserMFAPreference", **settings)


def enrolled() -> list[Step]:
    """The signed-in user's authenticator, set up and switched on; `$seed` is its SecretCode. Its code may be used anew."""
    return [
        by_token("AssociateSoftwareToken").keeps("seed", "SecretCode"),
        by_token("VerifySoftwareToken", UserCode=Totp("$seed"), FriendlyDeviceName="Ada's phone"),
        prefer(SoftwareTokenMfaSettings=ENABLED),
        wait(seconds=61),
    ]


def challenged(name: str) -> Call:
    """A password sign-in that goes on with a challenge."""
    return password_sign_in().gives(ChallengeName=name, AuthenticationResult=ABSENT).keeps("challenge")


ROWS = (
    row(
        "an authenticator is set up",
        "cognito.md 1.8 AssociateSoftwareToken",
        TOTP,
        signed_in(),
        by_token("AssociateSoftwareToken")
        .gives_only(SecretCode=re.compile(r"[A-Z2-7]{16,}"))
        .keeps("seed", "SecretCode"),
        by_token("VerifySoftwareToken", UserCode=Totp("$seed"), FriendlyDeviceName="Ada's phone").gives_only(
            Status="SUCCESS"
        ),
        password_sign_in().gives(AuthenticationResult=Only(TOKENS)),
    ),
    row(
        "one time step later is early enough",
        "cognito.md 1.8 VerifySoftwareToken ±1 time step",
        TOTP,
        signed_in(),
        by_token("AssociateSoftwareToken").keeps("seed", "SecretCode"),
        by_token("VerifySoftwareToken", UserCode=Totp("$seed", -1)).gives(Status="SUCCESS"),
    ),
    row(
        "a code that the authenticator does not show",
        "cognito.md 12.2 EnableSoftwareTokenMFA ?",
        TOTP,
        signed_in(),
        by_token("AssociateSoftwareToken").keeps("seed", "SecretCode"),
        by_token("VerifySoftwareToken", UserCode=WrongTotp("$seed")).fails("EnableSoftwareTokenMFAException"),
    ),
    row(
        "a code of five digits",
        "cognito.md 0.2 TOTP UserCode",
        TOTP,
        signed_in(),
        by_token("VerifySoftwareToken", UserCode="12345").fails("InvalidParameterException"),
    ),
    row(
        "a pool without authenticators",
        "cognito.md 12.2 SoftwareTokenMFANotFound",
        signed_in(),
        by_token("AssociateSoftwareToken").fails(*NO_TOTP),
        by_token("VerifySoftwareToken", UserCode="123456").fails(*NO_TOTP),
    ),
    row(
        "neither a token nor a session",
        "cognito.md 1.8 AssociateSoftwareToken",
        call("AssociateSoftwareToken").fails("InvalidParameterException"),
    ),
    row(
        "the code of an authenticator signs in",
        "cognito.md 2.4 SOFTWARE_TOKEN_MFA",
        TOTP,
        signed_in(),
        enrolled(),
        challenged("SOFTWARE_TOKEN_MFA").gives(
            ChallengeName="SOFTWARE_TOKEN_MFA",
            Session=str,
            ChallengeParameters=Only({"USER_ID_FOR_SRP": "$name", "FRIENDLY_DEVICE_NAME": "Ada's phone"}),
        ),
        respond("SOFTWARE_TOKEN_MFA", SOFTWARE_TOKEN_MFA_CODE=Totp("$seed"))
        .gives_only(ChallengeParameters=Only({}), AuthenticationResult=Only(TOKENS))
        .keeps("tokens", "AuthenticationResult"),
        claims("$tokens.IdToken", {"amr": ["pwd", "otp", "mfa"], "acr": "urn:cognito:loa:4"}),
    ),
    row(
        "extra responses are ignored",
        "cognito.md 2.4 ignore extras",
        TOTP,
        signed_in(),
        enrolled(),
        challenged("SOFTWARE_TOKEN_MFA"),
        respond("SOFTWARE_TOKEN_MFA", SMS_MFA_CODE="1", SOFTWARE_TOKEN_MFA_CODE=Totp("$seed")).gives(
            AuthenticationResult=Only(TOKENS)
        ),
    ),
    row(
        "a wrong code leaves the session",
        "cognito.md 2.3 A wrong OTP",
        TOTP,
        signed_in(),
        enrolled(),
        challenged("SOFTWARE_TOKEN_MFA"),
        *[respond("SOFTWARE_TOKEN_MFA", SOFTWARE_TOKEN_MFA_CODE=WrongTotp("$seed")).fails("CodeMismatchException")] * 3,
        respond("SOFTWARE_TOKEN_MFA", SOFTWARE_TOKEN_MFA_CODE=Totp("$seed")).gives(AuthenticationResult=Only(TOKENS)),
    ),
    row(
        "a code is used once",
        "cognito.md 12.2 ExpiredCode ?",
        TOTP,
        signed_in(),
        enrolled(),
        challenged("SOFTWARE_TOKEN_MFA"),
        respond("SOFTWARE_TOKEN_MFA", SOFTWARE_TOKEN_MFA_CODE=Totp("$seed")),
        challenged("SOFTWARE_TOKEN_MFA"),
        respond("SOFTWARE_TOKEN_MFA", SOFTWARE_TOKEN_MFA_CODE=Totp("$seed")).fails("ExpiredCodeException"),
    ),
    row(
        "five wrong codes lock",
        "cognito.md 2.12 MFA codes use the same scheme",
        TOTP,
        signed_in(),
        enrolled(),
        challenged("SOFTWARE_TOKEN_MFA"),
        *[respond("SOFTWARE_TOKEN_MFA", SOFTWARE_TOKEN_MFA_CODE=WrongTotp("$seed")).fails("CodeMismatchException")] * 5,
        respond("SOFTWARE_TOKEN_MFA", SOFTWARE_TOKEN_MFA_CODE=Totp("$seed")).fails(
            "NotAuthorizedException", "Password attempts exceeded"
        ),
    ),
    row(
        "no code",
        "cognito.md 12.2 InvalidParameter",
        TOTP,
        signed_in(),
        enrolled(),
        challenged("SOFTWARE_TOKEN_MFA"),
        respond("SOFTWARE_TOKEN_MFA").fails(
            "InvalidParameterException", "Missing required parameter SOFTWARE_TOKEN_MFA_CODE"
        ),
    ),
    row(
        "an administrator removes the authenticator",
        "cognito.md 1.6 AdminDeleteSoftwareToken",
        TOTP,
        signed_in(),
        enrolled(),
        by_admin("AdminDeleteSoftwareToken").gives_only(),
        by_admin("AdminGetUser").gives(UserMFASettingList=ABSENT),
        password_sign_in().gives(AuthenticationResult=Only(TOKENS)),
        by_admin("AdminDeleteSoftwareToken").gives_only(),
    ),
    row(
        "the authenticator of nobody",
        "cognito.md 12.2 UserNotFound",
        TOTP,
        by_admin("AdminDeleteSoftwareToken").fails(*NOBODY),
    ),
)
