"""USER_AUTH: choosing a first factor."""

import re
from typing import Any

from tests.equality.language import (
    Call,
    Code,
    On,
    Only,
    Proof,
    SrpA,
    by_app,
    call,
    claims,
    invited,
    message,
    respond,
    row,
    same_set,
    signed_up,
    user,
)
from tests.factories import PASSWORD

FLOWS = ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
FACTORS = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]}}
CHOICE = On(pool={"Policies": FACTORS, "AutoVerifiedAttributes": ["email"]}, client={"ExplicitAuthFlows": FLOWS})
HIDING = On(
    pool={"Policies": FACTORS},
    client={"ExplicitAuthFlows": FLOWS, "PreventUserExistenceErrors": "ENABLED"},
)
PASSWORDS = On(client={"ExplicitAuthFlows": FLOWS})
VERIFIED = {"email": "$email", "email_verified": "true", "phone_number": "$phone", "phone_number_verified": "true"}
TOKENS = {"AccessToken": str, "IdToken": str, "RefreshToken": str, "ExpiresIn": 3600, "TokenType": "Bearer"}
WRONG = ("NotAuthorizedException", "Incorrect username or password.")
NOT_RIGHT = ("CodeMismatchException", "Invalid code or auth state for the user.")
LOA = "urn:cognito:loa:"


def begin(username: str = "$name", flow: str = "USER_AUTH", **parameters: Any) -> Call:
    """InitiateAuth with USER_AUTH; `$challenge` is the answer."""
    given = {"USERNAME": username, **parameters}
    return call("InitiateAuth", ClientId="$client", AuthFlow=flow, AuthParameters=given).keeps("challenge")


ROWS = (
    row(
        "what there is to choose from",
        "cognito.md 2.8 USERNAME only",
        CHOICE,
        user(**VERIFIED),
        begin().gives_only(
            ChallengeName="SELECT_CHALLENGE",
            Session=str,
            ChallengeParameters=Only({}),
            AvailableChallenges=same_set("EMAIL_OTP", "SMS_OTP", "PASSWORD_SRP", "PASSWORD"),
        ),
    ),
    row(
        "only what the user has",
        "cognito.md 2.8 by the user's verified e-mail/phone",
        CHOICE,
        user(email="$email"),
        begin().gives(AvailableChallenges=same_set("PASSWORD_SRP", "PASSWORD")),
    ),
    row(
        "a temporary password comes first",
        "cognito.md 2.8 FORCE_CHANGE_PASSWORD",
        CHOICE,
        invited(**VERIFIED),
        begin(PREFERRED_CHALLENGE="EMAIL_OTP").gives(
            ChallengeName="SELECT_CHALLENGE", AvailableChallenges=same_set("PASSWORD_SRP", "PASSWORD")
        ),
    ),
    row(
        "a flow that the app has not",
        "cognito.md 2.1 Wrong flow for client",
        user(),
        begin().fails("InvalidParameterException", "USER_AUTH flow not enabled for this client"),
    ),
    row(
        "a code is preferred",
        "cognito.md 2.8 PREFERRED_CHALLENGE available",
        CHOICE,
        user(**VERIFIED),
        begin(PREFERRED_CHALLENGE="EMAIL_OTP").gives(
            ChallengeName="EMAIL_OTP",
            Session=str,
            AvailableChallenges=["EMAIL_OTP"],
            ChallengeParameters={
                "CODE_DELIVERY_DELIVERY_MEDIUM": "EMAIL",
                "CODE_DELIVERY_DESTINATION": re.compile(r"u\*\*\*@e\*\*\*"),
            },
        ),
        message("$email", code=re.compile(r"\d{8}")),
        respond("EMAIL_OTP", EMAIL_OTP_CODE="no-code").fails(*NOT_RIGHT),
        respond("EMAIL_OTP", EMAIL_OTP_CODE=Code("$email"))
        .gives(AuthenticationResult=Only(TOKENS))
        .keeps("tokens", "AuthenticationResult"),
        claims("$tokens.IdToken", {"acr": f"{LOA}2", "amr": ["email_otp"]}),
    ),
    row(
        "a code by SMS is chosen",
        "cognito.md 2.4 SMS_OTP",
        CHOICE,
        user(**VERIFIED),
        begin(),
        respond("SELECT_CHALLENGE", ANSWER="SMS_OTP")
        .gives(
            ChallengeName="SMS_OTP",
            ChallengeParameters={
                "CODE_DELIVERY_DELIVERY_MEDIUM": "SMS",
                "CODE_DELIVERY_DESTINATION": re.compile(r"\+\*{7}\d{4}"),
            },
        )
        .keeps("challenge"),
        message("$phone", code=re.compile(r"\d{6}")),
        respond("SMS_OTP", SMS_OTP_CODE=Code("$phone")).gives(AuthenticationResult=Only(TOKENS)),
    ),
    row(
        "a password is preferred and comes along",
        "cognito.md 2.8 PASSWORD inline",
        CHOICE,
        user(),
        begin(PREFERRED_CHALLENGE="PASSWORD", PASSWORD=PASSWORD).gives(AuthenticationResult=Only(TOKENS)),
    ),
    row(
        "a password is chosen",
        "cognito.md 2.4 SELECT_CHALLENGE",
        CHOICE,
        user(),
        begin(),
        respond("SELECT_CHALLENGE", ANSWER="PASSWORD", PASSWORD=PASSWORD).gives(AuthenticationResult=Only(TOKENS)),
    ),
    row(
        "a password is asked for",
        "cognito.md 2.4 PASSWORD",
        CHOICE,
        user(),
        begin(PREFERRED_CHALLENGE="PASSWORD").gives(ChallengeName="PASSWORD", Session=str),
        respond("PASSWORD", PASSWORD=PASSWORD).gives(AuthenticationResult=Only(TOKENS)),
    ),
    row(
        "SRP is chosen",
        "cognito.md 2.4 PASSWORD_SRP",
        CHOICE,
        user(),
        begin(),
        respond("SELECT_CHALLENGE", ANSWER="PASSWORD_SRP", SRP_A=SrpA())
        .gives(ChallengeName="PASSWORD_VERIFIER", ChallengeParameters={"SALT": str, "SRP_B": str, "SECRET_BLOCK": str})
        .keeps("challenge"),
        call(
            "RespondToAuthChallenge",
            ClientId="$client",
            ChallengeName="PASSWORD_VERIFIER",
            ChallengeResponses=Proof(),
        ).gives(AuthenticationResult=Only(TOKENS)),
    ),
    row(
        "SRP is preferred",
        "cognito.md 2.8 PASSWORD_SRP needs SRP_A",
        PASSWORDS,
        user(),
        begin(PREFERRED_CHALLENGE="PASSWORD_SRP", SRP_A=SrpA()).gives(ChallengeName="PASSWORD_VERIFIER"),
    ),
    row(
        "what is preferred but not there",
        "cognito.md 2.8 Not available",
        CHOICE,
        user(),
        begin(PREFERRED_CHALLENGE="EMAIL_OTP").gives(ChallengeName="SELECT_CHALLENGE"),
    ),
    row(
        "what was not offered cannot be chosen",
        "cognito.md 2.4 SELECT_CHALLENGE",
        CHOICE,
        user(),
        begin(),
        respond("SELECT_CHALLENGE", ANSWER="WEB_AUTHN").fails("InvalidParameterException"),
        respond("SELECT_CHALLENGE").fails("InvalidParameterException", "Missing required parameter ANSWER"),
    ),
    row(
        "a choice is made once",
        "cognito.md 2.3 Re-used after success",
        CHOICE,
        user(**VERIFIED),
        begin(),
        respond("SELECT_CHALLENGE", ANSWER="EMAIL_OTP").gives(ChallengeName="EMAIL_OTP"),
        respond("SELECT_CHALLENGE", ANSWER="PASSWORD", PASSWORD=PASSWORD).fails(
            "NotAuthorizedException", "Invalid session for the user, session can only be used once."
        ),
    ),
    row(
        "a wrong password in the choice",
        "cognito.md 12.2 NotAuthorized",
        CHOICE,
        user(),
        begin(),
        respond("SELECT_CHALLENGE", ANSWER="PASSWORD", PASSWORD="Wrong-Horse-Battery-9").fails(*WRONG),
    ),
    row(
        "nobody chooses",
        "cognito.md 2.13 USER_AUTH OTP LEGACY",
        CHOICE,
        begin().fails("UserNotFoundException", "User does not exist."),
    ),
    row(
        "nobody prefers a code, at an app that hides users",
        "cognito.md 2.13 USER_AUTH OTP ENABLED",
        HIDING,
        begin("nobody@example.com", PREFERRED_CHALLENGE="EMAIL_OTP").gives(
            ChallengeName="EMAIL_OTP",
            Session=str,
            ChallengeParameters={"CODE_DELIVERY_DELIVERY_MEDIUM": "EMAIL", "CODE_DELIVERY_DESTINATION": "n***@e***"},
        ),
        respond("EMAIL_OTP", USERNAME="nobody@example.com", EMAIL_OTP_CODE="12345678").fails(*NOT_RIGHT),
    ),
    row(
        "straight in after the sign-up",
        "cognito.md 2.8 After ConfirmSignUp",
        CHOICE,
        signed_up(email="$email"),
        by_app("ConfirmSignUp", ConfirmationCode=Code("$email"), Session="$made.Session")
        .gives_only(Session=str)
        .keeps("confirmed"),
        call(
            "InitiateAuth",
            ClientId="$client",
            AuthFlow="USER_AUTH",
            AuthParameters={"USERNAME": "$name"},
            Session="$confirmed.Session",
        ).gives(AuthenticationResult=Only(TOKENS)),
    ),
)
